#!/bin/sh
# Watchers of the directory and of the file see each of 50 changes in a row,
# the coming and the going of a name, and nothing else.
. "$(dirname "$0")/lib.sh"

change() {
	apps "$(app /web host-a:"$1")" "$(app /still host-s:1)"
}

change 1000
mount_it
inotifywait -q -m -o "$T/dir.log" --format '%e %f' "$M/services" &
WATCHERS=$!
inotifywait -q -m -o "$T/file.log" --format '%e' "$M/services/web.instances" &
WATCHERS="$WATCHERS $!"
inotifywait -q -m -o "$T/still.log" --format '%e' \
	"$M/services/still.instances" &
WATCHERS="$WATCHERS $!"
for pid in $WATCHERS; do
	wait_until "a watch" grep -q inotify "/proc/$pid/fdinfo/3"
done
"$WATCH" dir "$M/services" web.instances 50 >"$T/dir.read" &
DIR=$!
"$WATCH" file "$M/services" web.instances 50 >"$T/file.read" &
FILE=$!
wait_until "the readers" grep -q ready "$T/dir.read"
wait_until "the readers" grep -q ready "$T/file.read"

i=0
while [ $i -lt 50 ]; do
	i=$((i + 1))
	change $((1000 + i))
	# One at a time, so that each must have its own event.
	wait_until "change $i at the directory" \
		grep -qx "host-a:$((1000 + i))" "$T/dir.read"
	wait_until "change $i at the file" \
		grep -qx "host-a:$((1000 + i))" "$T/file.read"
done
wait $DIR || fail "reader on the directory: $(tail -n 1 "$T/dir.read")"
wait $FILE || fail "reader on the file: $(tail -n 1 "$T/file.read")"

# inotifywait, which holds the first version for ever, saw them all too.
for log in dir file; do
	for event in MODIFY CLOSE_WRITE; do
		wait_until "50 $event in $log.log" \
			sh -c "[ \$(grep -c $event '$T/$log.log') -ge 50 ]"
		seen=$(grep -c $event "$T/$log.log")
		[ "$seen" -eq 50 ] || fail "$log: $seen times $event"
	done
done

UNHEARD=$(unheard)
apps "$(app /web host-a:1050)" "$(app /still host-s:1)" "$(app /new host-n:5)"
wait_until "CREATE" heard 'CREATE new.instances' "$T/dir.log"
wait_until "CLOSE_WRITE of a new name" \
	grep -q 'CLOSE_WRITE.* new.instances' "$T/dir.log"
[ "$(cat "$M/services/new.instances")" = host-n:5 ] || fail "new.instances"

UNHEARD=$(unheard)
apps "$(app /still host-s:1)" "$(app /new host-n:5)"
wait_until "DELETE" heard 'DELETE web.instances' "$T/dir.log"
wait_until "DELETE_SELF" heard DELETE_SELF "$T/file.log"
[ ! -e "$M/services/web.instances" ] || fail "web.instances is still there"

# The same again, byte for byte and with other order: nothing is told.
lines=$(cat "$T"/*.log | wc -l)
apps "$(app /new host-n:5)" "$(app /still host-s:1)"
reads=$(jq .sources[0].full_reads "$M/status.json")
apps "$(app /still host-s:1)" "$(app /new host-n:5)"
wait_until "the file was read again" \
	sh -c "[ \$(jq .sources[0].full_reads '$M/status.json') -gt $reads ]"
[ "$(cat "$T"/*.log | wc -l)" -eq "$lines" ] || fail "events without a change"
# OPEN, ACCESS and CLOSE_NOWRITE are readers' own.
if grep -qE 'MODIFY|ATTRIB|CLOSE_WRITE|DELETE' "$T/still.log"; then
	fail "events at a file that never changed"
fi
unmount_it
