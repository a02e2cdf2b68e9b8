#!/bin/sh
# An export follows the cluster in real files, each replaced whole, and touches
# nothing that it has not made.
. "$(dirname "$0")/lib.sh"

E=$T/export
S=$E/services
mkdir "$E"

# start_export [OPTION...]: returns when it is ready.
start_export() {
	"$MMSDFS" -f export "$E" --log-level=debug --marathon="file:$A" \
		--shrink-guard=off "$@" >>"$T/stdout" 2>>"$T/stderr" &
	EXPORT=$!
	wait_until "its first answer" sh -c "[ -e '$E/haproxy.cfg' ] &&
		[ \$(jq .pid '$E/status.json') -eq $EXPORT ] &&
		[ \$(jq .apps '$E/status.json') -gt 0 ]"
}

stop_export() {
	kill -"${1:-TERM}" $EXPORT
	wait $EXPORT || fail "exit status $? after SIG${1:-TERM}"
}

kill_export() {
	kill -KILL $EXPORT
	wait $EXPORT 2>/dev/null || true
}

# has NAME LINE...: the file comes to have just these lines.
has() {
	lib_name=$1
	shift
	: >"$T/lines"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$T/lines"
	wait_until "$lib_name is $*: $(cat "$S/$lib_name" 2>&1)" \
		cmp "$T/lines" "$S/$lib_name"
}

has_not() {
	wait_until "$1 goes" sh -c "[ ! -e '$S/$1' ]"
}

# status_says FILTER: what jq finds true of the status.
status_says() {
	wait_until "$1: $(jq -c .export "$E/status.json")" \
		jq -e "$1" "$E/status.json"
}

web() {
	app /web "$@"
}

echo "-- added, changed, emptied, removed"
apps "$(web host-a:1000)"
start_export
has web.instances host-a:1000
apps "$(web host-a:1000 host-b:1000)" "$(APP_PORT=10002 app /db host-c:1)"
has web.instances host-a:1000 host-b:1000
has db.instances host-c:1
wait_until "haproxy.cfg follows" grep -q host-c:1 "$E/haproxy.cfg"
apps "$(web)"
has web.instances
has_not db.instances
[ "$(ls -A "$S")" = web.instances ] || fail "$(ls -A "$S")"

echo "-- what is the same is left alone"
apps "$(web host-a:1000)" "$(APP_PORT=10002 app /db host-c:1)"
has web.instances host-a:1000
has db.instances host-c:1
touch -d 2001-01-01 "$S/web.instances"
inode=$(stat -c %i "$S/web.instances")
apps "$(web host-a:1000)" "$(APP_PORT=10002 app /db host-d:1)"
has db.instances host-d:1
[ "$(stat -c %i "$S/web.instances")" -eq "$inode" ] || fail "written again"
status_says '.export.written > 0'
# Nothing happens: nothing is written.
before=$(stat -c %i "$E/status.json")
wait_until "the status rests" sh -c "
	old=\$(stat -c %i '$E/status.json'); sleep 2.5
	[ \$(stat -c %i '$E/status.json') -eq \$old ]"
[ "$before" ] || fail "no status"

echo "-- one event for each change, MOVED_TO"
inotifywait -m -q -e create,modify,close_write,moved_to,delete \
	--format '%e %f' "$S" >"$T/events" 2>/dev/null &
WAITER=$!
wait_until "the watch" sh -c "grep -qs inotify /proc/$WAITER/fdinfo/*"
apps "$(web host-e:1)" "$(APP_PORT=10003 app /new host-f:1)"
has web.instances host-e:1
has new.instances host-f:1
has_not db.instances
wait_until "the events" sh -c "[ \$(wc -l <'$T/events') -ge 3 ]"
sort "$T/events" >"$T/sorted"
printf '%s\n' 'DELETE db.instances' 'MOVED_TO new.instances' \
	'MOVED_TO web.instances' | diff - "$T/sorted" || fail "the events"
kill $WAITER

echo "-- the status, and a second export"
ends 0 "$MMSDFS" status "$E"
says_out '^ok: 2 apps'
says_not notifier
ends 2 "$MMSDFS" -f export "$E" --marathon="file:$A"
says_error 'another mmsdfs exports there'
status_says '.state == "ok"'

echo "-- SIGHUP puts back what was removed by hand"
rm "$S/web.instances" "$E/haproxy.cfg"
kill -HUP $EXPORT
has web.instances host-e:1
wait_until "haproxy.cfg" test -s "$E/haproxy.cfg"

echo "-- ended: the files stay, and the status says that nobody keeps them"
stop_export INT
[ "$(cat "$S/web.instances")" = host-e:1 ] || fail "the files are gone"
ends 1 "$MMSDFS" status "$E"
says_error 'has ended'

echo "-- foreign files: neither replaced nor removed"
echo mine >"$S/mine.instances"
echo mine >"$S/db.instances"
echo mine >"$E/nginx.conf"
apps "$(web host-g:1)" "$(APP_PORT=10002 app /db host-c:1)"
start_export
has web.instances host-g:1
has_not new.instances
status_says '.state == "degraded" and .export.waiting == 1 and
	(.export.why | test("db.instances.*somebody else"))'
grep -q 'db.instances: is somebody else' "$T/stderr" || fail "not in the log"
ends 0 "$MMSDFS" status "$E"
says_out 'db.instances'
for file in "$S/mine.instances" "$S/db.instances" "$E/nginx.conf"; do
	[ "$(cat "$file")" = mine ] || fail "$file is spoiled"
done
apps "$(web host-h:1)" "$(APP_PORT=10002 app /db host-z:1)"
has web.instances host-h:1
[ "$(cat "$S/db.instances")" = mine ] || fail "it is spoiled"
# It goes: the name is ours, with what is newest.
rm "$S/db.instances"
has db.instances host-z:1
status_says '.state == "ok" and .export.waiting == 0'
# A foreign file outlives the app of its name, and of a name that has been ours.
apps "$(web host-h:1)"
has_not db.instances
echo mine >"$S/db.instances"
apps "$(web host-h:1)" "$(APP_PORT=10002 app /db host-c:1)"
status_says '.export.waiting == 1'
apps "$(web host-h:1)"
status_says '.export.waiting == 0'
stop_export
start_export
has web.instances host-h:1
stop_export
[ "$(cat "$S/db.instances")" = mine ] || fail "the foreign file is gone"

echo "-- links are not followed"
rm -rf "$S/db.instances"
mkdir "$T/elsewhere"
echo precious >"$T/elsewhere/precious"
ln -s "$T/elsewhere/precious" "$S/db.instances"
apps "$(web host-h:2)" "$(APP_PORT=10002 app /db host-c:1)"
start_export
has web.instances host-h:2
status_says '.export.waiting == 1'
[ "$(cat "$T/elsewhere/precious")" = precious ] || fail "written through a link"
stop_export
rm "$S/db.instances"
# Nor believed: whoever wrote the manifest cannot lead us out of here.
printf '+../elsewhere/precious\n+services/../../elsewhere/precious\n' \
	>>"$E/.mmsdfs.export"
start_export
has db.instances host-c:1
stop_export
[ "$(cat "$T/elsewhere/precious")" = precious ] || fail "it was removed"

echo "-- killed: the next one takes over, and removes what has gone"
for i in $(seq 20); do
	apps "$(web "host-a:$i")" "$(app "/x$i" host-x:1)" "$(app "/y$i" h:1)"
	start_export --haproxy-check=off
	apps "$(web "host-b:$i")" "$(app "/z$i" host-z:1)"
	sleep "0.0$((i * 7 % 10))"
	kill_export
done
apps "$(web host-last:1)" "$(APP_PORT=10009 app /only host-o:1)"
start_export
has web.instances host-last:1
has only.instances host-o:1
wait_until "leftovers: $(ls "$S")" sh -c "[ \$(ls -A '$S' |
	grep -vc 'web.inst\|only.inst\|mine.inst') -eq 0 ]"
status_says '.state == "ok"'
stop_export
[ -z "$(find "$E" -name ".mmsdfs.new*")" ] || fail "a temporary file is left"

echo "-- maps that are not asked for any more"
start_export --haproxy-map
wait_until "a map" test -e "$E/haproxy/domain2backend.map"
stop_export
start_export
wait_until "no map" sh -c "[ ! -e '$E/haproxy/domain2backend.map' ]"
stop_export

echo "-- no answer: what is there stays, and exit 3"
cp "$E/haproxy.cfg" "$T/before"
ends 3 "$MMSDFS" export "$E" --marathon=http://127.0.0.1:1 --wait=1
[ "$(cat "$S/web.instances")" = host-last:1 ] || fail "the old file is gone"
cmp "$T/before" "$E/haproxy.cfg" || fail "the old haproxy.cfg is gone"
jq -e '.state == "waiting"' "$E/status.json" >/dev/null ||
	fail "$(jq .state "$E/status.json")"

echo "-- what haproxy refuses never replaces what it has accepted"
echo nonsense >"$T/tail.cfg"
"$MMSDFS" -f export "$E" --marathon="file:$A" --haproxy-tail="$T/tail.cfg" \
	>>"$T/stdout" 2>>"$T/stderr" &
EXPORT=$!
wait_until "the reason" jq -e --arg pid $EXPORT '.pid == ($pid | tonumber) and
	(.views[0].why | test("nonsense"))' "$E/status.json"
cmp "$T/before" "$E/haproxy.cfg" || fail "the old haproxy.cfg is gone"
stop_export

echo "-- in the background, with owner and mode of choice"
rm -rf "$E"
mkdir "$E"
ends 0 "$MMSDFS" export "$E" --marathon="file:$A" --log=stderr \
	--uid=65534 --gid=65533 --umask=027
EXPORT=$(jq .pid "$E/status.json")
[ "$(stat -c %a:%u:%g "$S/web.instances")" = 640:65534:65533 ] ||
	fail "$(stat -c %a:%u:%g "$S/web.instances")"
[ "$(stat -c %a:%u:%g "$S")" = 750:65534:65533 ] || fail "$(stat "$S")"
kill "$EXPORT"
wait_until "its end" gone "$EXPORT"

echo "-- as an ordinary user, where nobody may mount"
rm -rf "$E"
mkdir "$E"
chown nobody "$E"
chmod 644 "$A"
setpriv --reuid=nobody --clear-groups "$MMSDFS" -f export "$E" \
	--marathon="file:$A" >>"$T/stdout" 2>>"$T/stderr" &
EXPORT=$!
has web.instances host-last:1
ends 0 "$MMSDFS" status "$E"
stop_export
