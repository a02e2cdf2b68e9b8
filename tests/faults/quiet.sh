#!/bin/sh
# Nothing changes: over several full reads, in which the times of the health
# checks move as they do in life, no event is raised and no file gets a new
# time. What everybody does with a tree works on it.
. "$(dirname "$0")/lib.sh"

start_marathon --apps="$APPS"
mount_marathon --refresh-interval=1
same "the start"
sleep 2
inotifywait -q -m -o "$T/log" --format '%w%f %e' -e modify -e close_write \
	-e attrib -e create -e delete -e delete_self -e move \
	"$M" "$M/services" "$M/services/developer.trapni.php.instances" &
wait_until "the watches" sh -c "grep -q inotify /proc/$!/fdinfo/*"
before=$(stat -c '%n %y %s' "$M"/services/* "$M/haproxy.cfg")
reads=$(source_is full_reads)
wait_until "five lists are read" sh -c \
	"[ \$(jq .sources[0].full_reads '$M/status.json') -ge $((reads + 5)) ]"
[ ! -s "$T/log" ] || fail "events: $(head -n 5 "$T/log")"
[ "$(stat -c '%n %y %s' "$M"/services/* "$M/haproxy.cfg")" = "$before" ] ||
	fail "a file that did not change has a new time"

setpriv --reuid=65534 --regid=65534 --clear-groups \
	cat "$M/services/developer.trapni.php.instances" >"$T/read"
grep -q ':31000$' "$T/read" || fail "an ordinary user reads $(cat "$T/read")"
# Its agents have no addresses here, which HAProxy only warns of.
haproxy -c -f "$M/haproxy.cfg" >"$T/check" 2>&1 ||
	fail "haproxy -c: $(cat "$T/check")"
find "$M" -type f -exec cat {} + >/dev/null || fail "find"
tar -C "$M" -cf "$T/all.tar" . || fail "tar"
cp -a "$M" "$T/copy" || fail "cp -a"
diff -r "$M/services" "$T/copy/services" || fail "the copy differs"
unmount_it
