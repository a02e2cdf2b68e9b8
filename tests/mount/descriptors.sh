#!/bin/sh
# The thread that tells changes has descriptors of its own (fs/teller.c): those
# that it uses and no others, else a port or a pipe that another thread closes
# would stay open, by chance of the moment at which the thread started.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mount_it --on-change=services=/bin/true
notifier_pid >"$T/pid"

own=0
for task in "/proc/$DAEMON/task"/*; do
	for fd in "$task"/fd/*; do
		readlink "$fd" || true
	done | sed 's/:\[[0-9]*\]$//' | sort >"$T/fds"
	# Whoever shares them has the signals.
	grep -q signalfd "$T/fds" && continue
	own=$((own + 1))
	# The device, the mount of the notifier, its socket, the hooks' eventfd.
	printf '%s\n' / /dev/fuse 'anon_inode:[eventfd]' socket | sort >"$T/used"
	grep -vxF -e /dev/null -e "$T/stdout" "$T/fds" >"$T/kept" || true
	diff "$T/used" "$T/kept" || fail "other descriptors than it uses"
done
[ $own -eq 1 ] || fail "$own threads with descriptors of their own"
unmount_it
