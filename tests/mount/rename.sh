#!/bin/sh
# --notify=rename: MOVED_TO for programs that wait for it, and data as ever.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mount_it --notify=rename
inotifywait -q -m -e moved_to,delete -o "$T/dir.log" --format '%e %f' \
	"$M/services" &
wait_until "a watch" grep -q inotify "/proc/$!/fdinfo/3"
for i in $(seq 10); do
	UNHEARD=$(unheard)
	apps "$(app /web host-a:$((1000 + i)))" "$(app /new$i host-n:1)"
	wait_until "change $i" sh -c \
		"[ \$(grep -c 'MOVED_TO web.instances' '$T/dir.log') -ge $i ]"
	[ "$(cat "$M/services/web.instances")" = "host-a:$((1000 + i))" ] ||
		fail "content after MOVED_TO"
	wait_until "new name $i" heard "^MOVED_TO new$i.instances\$" \
		"$T/dir.log"
	[ "$(cat "$M/services/new$i.instances")" = host-n:1 ] || fail "new name"
done
UNHEARD=$(unheard)
apps "$(app /other host-o:1)"
wait_until "DELETE" heard 'DELETE web.instances' "$T/dir.log"
unmount_it
