#!/bin/sh
# A notifier that is slow delays no data, and watchers hear of it all the same,
# if not by the very event of what has happened.
. "$(dirname "$0")/lib.sh"

watched() {
	inotifywait -m -e create,close_write,moved_to --format '%e %f' \
		-o "$T/events" "$M/services" 2>"$T/watcher" &
	WATCHER=$!
	wait_until "the watcher" grep -q established "$T/watcher"
}

holds() {
	wait_until "$1 has $2" sh -c \
		"[ \"\$(cat '$M/services/$1.instances')\" = '$2' ]"
}

for how in modify rename; do
	rm -f "$T/events"
	apps "$(app /web host-a:1)"
	mount_it --notify=$how
	watched
	notifier=$(notifier_pid)
	kill -STOP "$notifier"
	apps "$(app /web host-a:2)" "$(app /new host-n:1)"
	holds web host-a:2
	holds new host-n:1
	kill -CONT "$notifier" 2>/dev/null || true
	for name in web new; do
		wait_until "$how: an event of $name" grep -qE \
			"(CLOSE_WRITE|MOVED_TO).* $name.instances" "$T/events"
	done
	kill "$WATCHER"
	unmount_it
done
