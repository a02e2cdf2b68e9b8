#!/bin/sh
# umount, SIGTERM and SIGINT during a storm of changes: at the first try, with
# exit 0, and nothing left behind. With a reader that holds files open too.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
start_storm

for i in $(seq 10); do
	for how in umount TERM INT; do
		mount_it
		notifier=$(notifier_pid)
		if [ $how = umount ]; then
			umount "$M" || fail "umount, round $i"
		else
			kill -$how "$DAEMON"
		fi
		wait "$DAEMON" || fail "$how, round $i: exit status $?"
		wait_until "$how: the notifier ends" gone "$notifier"
		grep -q " $M " /proc/self/mountinfo && fail "$how: still mounted"
	done
done

# Busy: SIGTERM still ends the process.
mount_it
exec 7<"$M/services/web.instances"
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "SIGTERM while a file is open: $?"
exec 7<&-
stop_storm
