#!/bin/sh
# --upstream-confd: alone it is the mount point, with the services directory as
# root; with a MOUNTPOINT it is a read-only view of MOUNTPOINT/services.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mkdir "$T/confd"

"$MMSDFS" -f --marathon="file:$A" --upstream-confd="$T/confd" \
	2>>"$T/stderr" &
DAEMON=$!
wait_until "ready" test -e "$T/confd/web.instances"
"$WATCH" dir "$T/confd" web.instances 5 >"$T/read" &
READER=$!
wait_until "the reader" grep -q ready "$T/read"
for i in 1 2 3 4 5; do
	apps "$(app /web host-a:100$i)"
	wait_until "change $i" grep -qx "host-a:100$i" "$T/read"
done
wait $READER
umount "$T/confd"
wait "$DAEMON" || fail "exit status $? after umount"

apps "$(app /web host-a:1000)"
mount_it --upstream-confd="$T/confd"
wait_until "the bind mount" test -e "$T/confd/web.instances"
cmp "$T/confd/web.instances" "$M/services/web.instances" || fail "they differ"
if touch "$T/confd/x" 2>/dev/null; then
	fail "the view can be written"
fi
unmount_it
[ -z "$(ls "$T/confd")" ] || fail "the view is left behind"
if grep -q "$T/confd" /proc/self/mountinfo; then
	fail "the view is left behind"
fi
