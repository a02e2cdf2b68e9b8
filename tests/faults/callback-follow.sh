#!/bin/sh
# Events by callback alone, as Marathon 0.8 has them: the list is read once an
# hour, so that what becomes right at once was called for. Ends and starts.
. "$(dirname "$0")/callback-lib.sh"

SEEN=http://127.0.0.1:8099/callback

mount_callback() {
	mount_marathon --marathon-callback="$SEEN" \
		--refresh-interval=60m --poll-interval=60m "$@"
	wait_until "callbacks come" \
		jq -e '.sources[0].callbacks' "$M/status.json"
}

start_marathon --apps="$APPS" --profile="${PROFILE:-0.8.0}" \
	--event-subscriber --listen=127.0.0.1:0 --listen=127.0.0.1:0
has '' || fail "at the start: $(registered)"
mount_callback
has "\"$SEEN\"" || fail "registered: $(registered)"
same "the start"
well

control "scale?$php&instances=6"
same "scaled up"
control "scale?$php&instances=2"
same "scaled down"
control "kill?$php&count=1"
same "killed"
control "kill?$php&task=0&replace=1"
same "killed and replaced"
control "deploy?id=/developer/trapni/redis"
same "deployed"
control "health?$php&task=0&alive=false"
same "a failed check"
control "health?$php&alive=true"
same "passed again"
control app --data '{"id":"/new/one","cmd":"x","instances":2,"ports":[0,0]}'
same "a new app"
control "scale?id=/new/one&instances=3&duplicate=1&shuffle=1"
same "events twice, shuffled"
control "delete?id=/new/one"
same "a deleted app"
control "storm?events=400&rate=400"
wait_until "the storm is over" sh -c \
	"curl -sS '$NODE1/control/storm-state' | jq -e '.running | not'"
same "a storm"

# Nobody misses it while it is away; it has kept the URL.
control "restart?down-ms=1000"
control "scale?$php&instances=4"
same "after a restart"
control "leader?node=1"
control "scale?$php&instances=5"
same "another leader"
wait_until "all is well" well
[ "$(source_is callbacks_refused)" -eq 0 ] ||
	fail "refused: $(source_is callback_refused_why)"

unmount_it
wait_until "the URL is gone: $(registered)" has ''

# A first list has to know all.
control health-all?alive=true
# Who is killed leaves it behind, and finds it again.
mount_callback
kill -KILL "$DAEMON"
wait "$DAEMON" 2>/dev/null || true
umount -l "$M"
has "\"$SEEN\"" || fail "left behind: $(registered)"
mount_callback
has "\"$SEEN\"" || fail "registered twice: $(registered)"
control "scale?$php&instances=2"
same "followed again"
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "exit status $? after SIGTERM"
has '' || fail "after SIGTERM: $(registered)"

# A Marathon that says nothing delays no end.
mount_callback
control "fault?kind=hang&path=/v2/eventSubscriptions"
unmount_it
control clear-faults
