#!/bin/sh
# Whatever happens to the event stream, and in whatever dialect it comes: what
# it tells is followed, and what it did not tell is found after it is back. The
# list is hardly ever read by itself here.
. "$(dirname "$0")/lib.sh"

start_marathon --apps="$APPS" --profile=1.11
mount_marathon --refresh-interval=600 --poll-interval=600
same "the start"
php='id=/developer/trapni/php'
n=1

attached_again() {
	wait_until "attached again after $1" \
		sh -c "[ \$(jq .sources[0].attaches '$M/status.json') -gt $2 ]"
}

# The stream breaks; a change nobody hears of; it comes back.
for kind in stream-eof stream-rst stream-cut-midline; do
	wait_until "a stream" [ "$(source_is streaming)" = true ]
	attaches=$(source_is attaches)
	control "scale?$php&instances=$((n = n % 5 + 1))&suppress=1"
	control "fault?kind=$kind"
	attached_again $kind "$attaches"
	same "$kind"
	control "scale?$php&instances=$((n = n % 5 + 1))"
	same "events after $kind"
	control clear-faults
done

# 200 and the end, several times: it comes back, and not in a hot loop.
attaches=$(source_is attaches)
control "fault?kind=stream-refuse"
control "fault?kind=stream-eof"
sleep 2
failures=$(jq '.paths["/v2/events"] // 0' "$T/answer" 2>/dev/null || echo 0)
control "log"
opened=$(jq '.paths | to_entries[] | select(.key | startswith("/v2/events")) | .value' \
	"$T/answer" | tail -n 1)
[ "${opened:-0}" -lt 60 ] || fail "a hot loop: $opened streams ($failures)"
control clear-faults
attached_again stream-refuse "$attaches"
control "scale?$php&instances=$((n = n % 5 + 1))"
same "events after stream-refuse"

# Dialects: each byte by itself, glued, and all that is allowed at once.
for kind in stream-split stream-glue stream-hostile; do
	control "fault?kind=$kind"
	for i in 1 2 3; do
		control "scale?$php&instances=$((n = n % 5 + 1))"
		same "$kind, change $i"
	done
	control clear-faults
done

# A line without an end is skipped, and what was in it is read otherwise.
control "fault?kind=stream-endless&value=70000000"
control "scale?$php&instances=$((n = n % 5 + 1))"
same "an endless line"

# Not JSON, an event of nobody, one of an app that is not there, of a pod.
control raw --data-binary 'data: {"eventType":"status_update_event"

data: {"eventType":"x"}

data: nonsense

'
control event --data '{"eventType":"status_update_event","taskStatus":"TASK_RUNNING","appId":"/not/there","taskId":"x","host":"h","ports":[1]}'
control pod --data '{"id":"/a/pod"}'
control "scale?$php&instances=$((n = n % 5 + 1))"
same "odd events"
well
unmount_it
