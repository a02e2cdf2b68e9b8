#!/bin/sh
# A stream that says nothing more, not even a heartbeat, is given up after 35 s
# and opened anew; what happened meanwhile is found.
. "$(dirname "$0")/lib.sh"

start_marathon --apps="$APPS"
mount_marathon --refresh-interval=600 --poll-interval=600
same "the start"
remember
control "fault?kind=stream-silent"
control "scale?id=/developer/trapni/php&instances=5"
sleep 5
unchanged "silence"
[ "$(source_is attaches)" -eq 1 ] || fail "attached again so soon"
wait_until "attached again" \
	sh -c "[ \$(jq .sources[0].attaches '$M/status.json') -gt 1 ]"
same "after the silence"
well
unmount_it
