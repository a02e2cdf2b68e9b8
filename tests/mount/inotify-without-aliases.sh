#!/bin/sh
# The twin of inotify.sh: with the pokes of old versions off, a watch on the
# file must miss what comes after the first change. If this test fails, the
# other one proves nothing.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mount_it --notify-aliases=off
"$WATCH" dir "$M/services" web.instances 3 >"$T/dir.read" &
DIR=$!
inotifywait -q -m -o "$T/file.log" --format '%e' "$M/services/web.instances" &
FILE=$!
wait_until "the readers" grep -q ready "$T/dir.read"
wait_until "a watch" grep -q inotify "/proc/$FILE/fdinfo/3"
for i in 1 2 3; do
	apps "$(app /web host-a:100$i)"
	wait_until "change $i" grep -qx "host-a:100$i" "$T/dir.read"
done
wait $DIR
wait_until "idle" sh -c "! grep -q MODIFY '$T/file.log' || true"
if grep -q MODIFY "$T/file.log"; then
	fail "a watch on the file was told though aliases are off"
fi
unmount_it
