#!/bin/sh
# SIGKILL at a random moment under a storm of changes, 50 times: no process is
# left, and the next start takes the mount point over.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
(
	i=0
	while [ -d "$T" ] && [ ! -e "$T/stop" ]; do
		i=$(((i + 1) % 50000))
		apps "$(app /web host-a:$((1000 + i)))" "$(app "/x$((i % 7))" h:1)"
	done
) 2>/dev/null &
STORM=$!
PIDS="$PIDS $STORM"

gone() {
	[ ! -d "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"
}

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
touch "$T/stop"
wait $STORM 2>/dev/null || true
unmount_it
