#!/bin/sh
# An export under a storm of changes, on a full disk, on a read-only one; and
# the commands that are run on its changes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../hooks/lib.sh"

E=$T/export
S=$E/services
mkdir "$E"

start_export() {
	"$MMSDFS" -f export "$E" --log-level=debug --marathon="file:$A" \
		--shrink-guard=off "$@" >>"$T/stdout" 2>>"$T/stderr" &
	EXPORT=$!
	wait_until "its first answer" sh -c "[ -e '$S/web.instances' ] &&
		[ -e '$E/haproxy.cfg' ] &&
		[ \$(jq .pid '$E/status.json') -eq $EXPORT ]"
}

stop_export() {
	kill $EXPORT
	wait $EXPORT || fail "exit status $?"
}

status_says() {
	wait_until "$1: $(jq -c .export "$E/status.json")" \
		jq -e "$1" "$E/status.json"
}

echo "-- readers see whole versions, and it comes to rest with the last one"
apps "$(app /web host-a:1)"
start_export --haproxy-check=off
python3 - "$S/web.instances" "$E/haproxy.cfg" "$T/stop-readers" \
	>"$T/reads" 2>&1 <<'EOP' &
import os, re, sys
reads = 0
line = re.compile(rb"host-[a-z]+:\d+\n")
while not os.path.exists(sys.argv[3]):
    with open(sys.argv[1], "rb") as f:
        text = f.read()
    assert line.fullmatch(text), text
    with open(sys.argv[2], "rb") as f:
        size = os.fstat(f.fileno()).st_size
        text = f.read()
    assert len(text) == size and b"server host-" in text, text
    assert text.endswith(b"\n") and text.startswith(b"# Written"), text
    reads += 1
print(reads)
EOP
READER=$!
start_storm
wait_until "two hundred files" jq -e '.export.written > 200' "$E/status.json"
stop_storm
touch "$T/stop-readers"
wait $READER || fail "$(cat "$T/reads")"
echo "$(cat "$T/reads") reads, $(jq .export.written "$E/status.json") files"
apps "$(app /web host-last:7)"
wait_until "the last state" sh -c "[ \$(cat '$S/web.instances') = host-last:7 ]
	[ \$(ls '$S') = web.instances ]"
stop_export

echo "-- a full disk: old files, words, and all made good afterwards"
E=$T/small
S=$E/services
small_disk "$E"
apps "$(app /web host-a:1)" "$(APP_PORT=10002 app /db host-b:1)"
start_export --haproxy-check=off
wait_until "all of it" test -e "$S/db.instances"
full "$E"
db=$(APP_PORT=10002 app /db host-b:1)
apps "$(app /web host-c:1)" "$db" "$(APP_PORT=10003 app /new host-d:1)"
wait_until "it is said" grep -q 'No space left' "$T/stderr"
[ "$(cat "$S/web.instances")" = host-a:1 ] || fail "the old file is spoiled"
[ ! -e "$S/new.instances" ] || fail "a file out of nothing"
grep -q 'host-a:1' "$E/haproxy.cfg" || fail "haproxy.cfg is spoiled"
apps "$(app /web host-e:1)" "$db" "$(APP_PORT=10003 app /new host-d:1)"
[ "$(cat "$S/web.instances")" = host-a:1 ] || fail "the old file is spoiled"
# What goes needs no room, and makes some.
apps "$(app /web host-e:1)" "$(APP_PORT=10003 app /new host-d:1)"
wait_until "what has gone goes" sh -c "[ ! -e '$S/db.instances' ]"
roomy "$E"
wait_until "made good" sh -c "[ \$(cat '$S/web.instances') = host-e:1 ] &&
	[ \$(cat '$S/new.instances') = host-d:1 ] &&
	grep -q host-e:1 '$E/haproxy.cfg'"
status_says '.export.waiting == 0 and .export.why == "" and
	.export.failures > 0 and .state == "ok"'
grep -q 'as they should be again' "$T/stderr" || fail "not in the log"
wait_until "no temporary file" sh -c "[ -z \"\$(find '$E' -name '.mmsdfs.new*')\" ]"

echo "-- a start on a full disk"
stop_export
full "$E"
apps "$(app /web host-f:1)" "$(APP_PORT=10003 app /new host-d:1)"
"$MMSDFS" -f export "$E" --marathon="file:$A" --shrink-guard=off \
	--haproxy-check=off >>"$T/stdout" 2>"$T/err" &
EXPORT=$!
wait_until "it is said" grep -q 'No space left' "$T/err"
[ "$(cat "$S/web.instances")" = host-e:1 ] || fail "the old file is spoiled"
roomy "$E"
wait_until "made good" sh -c "[ \$(cat '$S/web.instances') = host-f:1 ]"

echo "-- read-only for a while"
mount -o remount,ro "$E"
apps "$(app /web host-g:1)"
wait_until "it is said" grep -q 'Read-only' "$T/err"
mount -o remount,rw "$E"
wait_until "made good" sh -c "[ \$(cat '$S/web.instances') = host-g:1 ] &&
	[ ! -e '$S/new.instances' ]"
stop_export
mount -o remount,ro "$E"
ends 2 "$MMSDFS" export "$E" --marathon="file:$A"
says_error 'Read-only'
umount "$E"

echo "-- killed in the middle of the first fill: nothing of it is a stranger"
E=$T/many
S=$E/services
python3 - >"$A" <<'EOP'
import json
print(json.dumps({"apps": [{
    "id": "/app-%d" % i, "instances": 1, "labels": {},
    "networks": [{"mode": "host"}],
    "portDefinitions": [{"port": 10000 + i, "protocol": "tcp"}],
    "tasks": [{"id": "t%d" % i, "appId": "/app-%d" % i, "host": "host",
               "ports": [31000], "state": "TASK_RUNNING"}]}
    for i in range(5000)]}))
EOP
# in_the_middle: it was killed when some of the files were there, but not all.
in_the_middle() {
	rm -rf "$E"
	mkdir "$E"
	"$MMSDFS" -f export "$E" --marathon="file:$A" --haproxy-check=off \
		>>"$T/stdout" 2>>"$T/stderr" &
	EXPORT=$!
	wait_until "some file" sh -c "[ -n \"\$(ls '$S' 2>/dev/null)\" ]"
	kill -KILL $EXPORT
	wait $EXPORT 2>/dev/null || true
	count=$(ls "$S" | wc -l)
	[ "$count" -gt 0 ] && [ "$count" -lt 5000 ]
}
tries=1
until in_the_middle; do
	tries=$((tries + 1))
	[ $tries -le 50 ] || fail "never in the middle"
done
echo "$count files, at try $tries"
"$MMSDFS" -f export "$E" --marathon="file:$A" --haproxy-check=off \
	>>"$T/stdout" 2>>"$T/stderr" &
EXPORT=$!
wait_until "all files" sh -c "[ \$(ls '$S' | wc -l) -eq 5000 ]"
status_says '.export.waiting == 0 and .apps == 5000'
[ -z "$(find "$S" -size 0)" ] || fail "an empty file"
stop_export

echo "-- hooks: the first run finds all files, each change makes one"
E=$T/hooked
S=$E/services
mkdir "$E"
script on-services <<'EOP'
ls "$MMSDFS_PATH" | wc -l >>"$T/services-runs"
cat "$MMSDFS_PATH"/app-1.instances >>"$T/services-lines"
EOP
script on-cfg <<'EOP'
sed -n 's/^\tserver [^ ]* \([^ ]*\) .*/\1/p' "$MMSDFS_PATH" | head -n 1 >>"$T/cfg-lines"
EOP
"$MMSDFS" -f export "$E" --marathon="file:$A" --haproxy-check=off \
	--on-change="services=$T/on-services" --reload-interval=100ms \
	--on-change="haproxy.cfg=$T/on-cfg" >>"$T/stdout" 2>>"$T/stderr" &
EXPORT=$!
wait_until "the first run" test -s "$T/services-runs"
[ "$(head -n 1 "$T/services-runs")" -eq 5000 ] ||
	fail "the first run found $(head -n 1 "$T/services-runs")"
wait_until "the first configuration" grep -qx host:31000 "$T/cfg-lines"
sed -i 's/"host": "host"/"host": "moved"/g' "$A"
wait_until "a run for the change" sh -c \
	"tail -n 1 '$T/services-lines' | grep -qx moved:31000"
wait_until "a run for haproxy.cfg" grep -qx moved:31000 "$T/cfg-lines"
status_says '[.hooks[] | select(.runs > 0 and .failures == 0)] | length == 2'
stop_export

echo "-- --haproxy, of the real file"
apps "$(APP_PORT=18080 app /web 127.0.0.1:1)"
"$MMSDFS" -f export "$E" --marathon="file:$A" --haproxy --haproxy-port=18081 \
	--haproxy-pidfile="$T/haproxy.pid" --shrink-guard=off \
	>>"$T/stdout" 2>>"$T/stderr" &
EXPORT=$!
answers() {
	curl -s --max-time 5 "http://127.0.0.1:18081/;csv" | grep -q "$1"
}
wait_until "haproxy serves" answers '^web_18080,127.0.0.1_1,'
apps "$(APP_PORT=18080 app /web 127.0.0.1:2)"
wait_until "haproxy follows" answers '^web_18080,127.0.0.1_2,'
tr '\0' ' ' <"/proc/$(cat "$T/haproxy.pid")/cmdline" | grep -q "$E/haproxy.cfg" ||
	fail "another configuration"
stop_export
answers '^web_18080,127.0.0.1_2,' || fail "haproxy has ended with it"
kill -KILL "$(cat "$T/haproxy.pid")"
