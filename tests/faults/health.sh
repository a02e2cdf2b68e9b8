#!/bin/sh
# A check that fails takes its instance out. Every check failing at once is
# most likely a partition, and is held back until it has been so for long.
. "$(dirname "$0")/lib.sh"

start_marathon --apps="$APPS"
mount_marathon --shrink-hold=600
same "the start"
php='id=/developer/trapni/php'
control "health?$php&task=0&alive=false"
same "one is sick"
control "health?$php&alive=true"
same "and well"

remember
control "health-all?alive=false"
wait_until "it is held" \
	sh -c "[ \$(jq .sources[0].held '$M/status.json') -gt 0 ]"
kill -USR1 "$DAEMON"
sleep 1
unchanged "all checks fail at once"
# What is announced counts meanwhile.
control "kill?$php&task=0"
wait_until "the killed one is gone" sh -c \
	"[ \$(wc -l <'$M/services/developer.trapni.php.instances') -eq 2 ]"
control "health-all?alive=true"
same "all is well"
well
unmount_it

# When it is so for long it is believed.
mount_marathon --shrink-hold=2
control "health-all?alive=false"
same "it was true"
wait_until "nothing is held" \
	sh -c "[ \$(jq .sources[0].held '$M/status.json') -eq 0 ]"
control "health-all?alive=true"
same "and is over"
unmount_it

# Other policies.
control "health?$php&task=0&alive=false"
mount_marathon --health=ignore
[ "$(wc -l <"$M/services/developer.trapni.php.instances")" -eq 2 ] ||
	fail "--health=ignore: $(cat "$M/services/developer.trapni.php.instances")"
unmount_it
mount_marathon --shrink-guard=off
control "health-all?alive=false"
same "--shrink-guard=off believes at once"
unmount_it
