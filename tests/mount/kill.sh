#!/bin/sh
# SIGKILL at a random moment under a storm of changes, 50 times: no process is
# left, and the next start takes the mount point over.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
start_storm

for i in $(seq 50); do
	mount_it
	notifier=$(notifier_pid)
	# Two readers that are in the way.
	cat "$M"/services/* >/dev/null 2>&1 &
	python3 -c 'import random, time; time.sleep(random.random() * 0.05)'
	kill -KILL "$DAEMON"
	wait "$DAEMON" 2>/dev/null || true
	wait_until "daemon $i ($DAEMON) ends" gone "$DAEMON"
	wait_until "notifier $i ($notifier) ends" gone "$notifier"
	# What a reader gets now is an error, never an empty directory.
	if ls "$M/services" >/dev/null 2>&1; then
		fail "the dead mount still lists"
	fi
done
mount_it
grep -q host-a: "$M/services/web.instances" || fail "the last start"
stop_storm
unmount_it
