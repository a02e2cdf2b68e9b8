#!/bin/sh
# render --if-changed: the exit status says what became of the file, and the
# file is the old one or the new one, whatever happens.
. "$(dirname "$0")/lib.sh"

F=$T/d/haproxy.cfg
mkdir "$T/d"

render() {
	expected=$1
	shift
	ends "$expected" "$MMSDFS" render haproxy.cfg --marathon="file:$A" \
		--if-changed="$F" "$@"
}

# alone: nothing but the file is in its directory.
alone() {
	[ "$(ls -A "$(dirname "$F")")" = "$(basename "$F")" ] ||
		fail "$1: $(ls -A "$(dirname "$F")")"
}

apps "$(app /web host-a:1000)"

echo "-- to stdout"
ends 0 "$MMSDFS" render haproxy.cfg --marathon="file:$A"
cp "$T/out" "$T/first"
grep -q '^backend web_10001' "$T/first" || fail "no backend"

echo "-- made, the same, changed"
render 10
cmp "$F" "$T/first" || fail "not what stdout had"
[ ! -s "$T/out" ] || fail "something on stdout"
[ "$(stat -c %a "$F")" = 644 ] || fail "mode $(stat -c %a "$F")"
touch -d 2001-01-01 "$F"
render 0
[ "$(stat -c %Y "$F")" -eq "$(date -d 2001-01-01 +%s)" ] || fail "touched"
apps "$(app /web host-b:1000)"
chmod 640 "$F"
chown 65534:65533 "$F"
inode=$(stat -c %i "$F")
render 10
grep -q host-b:1000 "$F" || fail "not written"
[ "$(stat -c %a:%u:%g "$F")" = 640:65534:65533 ] ||
	fail "mode and owner: $(stat -c %a:%u:%g "$F")"
[ "$(stat -c %i "$F")" -ne "$inode" ] || fail "written in place"
alone "changed"

echo "-- as cron has it"
cat >"$T/cron" <<'EOC'
"$MMSDFS" render haproxy.cfg --marathon="file:$A" --if-changed="$F"
[ $? = 10 ] && echo reload
EOC
apps "$(app /web host-c:1000)"
export MMSDFS A F
[ "$(sh "$T/cron")" = reload ] || fail "no reload"
[ "$(sh "$T/cron")" = "" ] || fail "a reload for nothing"

echo "-- through links, also to what is not there yet"
mkdir "$T/real"
ln -s ../real/through.cfg "$T/d/link.cfg"
ln -s "$T/d/link.cfg" "$T/twice.cfg"
FILE=$F
F=$T/twice.cfg
render 10
[ -L "$T/twice.cfg" ] && [ -L "$T/d/link.cfg" ] || fail "a link is gone"
cmp "$T/real/through.cfg" "$FILE" || fail "not where the link leads"
render 0
ln -s loop.cfg "$T/loop.cfg"
F=$T/loop.cfg
render 1
says_error 'symbolic links'
rm "$T/d/link.cfg"
F=$FILE

echo "-- what is no file"
for F in "$T/real" /dev/null "$T/fifo" "$T/nowhere/x" "$T/real/"; do
	[ "$F" != "$T/fifo" ] || mkfifo "$F"
	render 1
	says_error "$(basename "$F")"
done
[ -c /dev/null ] || fail "the device is gone"
[ "$(ls -A "$T/real")" = through.cfg ] || fail "$(ls -A "$T/real")"

echo "-- usage"
F=$FILE
ends 2 "$MMSDFS" render nonsense --marathon="file:$A" --if-changed="$F"
ends 2 "$MMSDFS" status "$T" --if-changed="$F"
says_error 'if-changed is for render'
ends 2 "$MMSDFS" render haproxy.cfg --marathon="file:$A" --json
says_error 'json is for explain'

echo "-- a full disk"
small_disk "$T/small"
F=$T/small/haproxy.cfg
render 10
cp "$F" "$T/before"
apps "$(app /web host-d:1000)"
full "$T/small"
for i in 1 2 3; do
	render 1
	says_error 'No space left'
	cmp "$F" "$T/before" || fail "the old file is spoiled"
done
roomy "$T/small"
alone "a full disk"
render 10
grep -q host-d "$F" || fail "not written"

echo "-- a read-only one"
cp "$F" "$T/before"
apps "$(app /web host-e:1000)"
mount -o remount,ro "$T/small"
render 1
says_error 'Read-only'
cmp "$F" "$T/before" || fail "the old file is spoiled"
umount "$T/small"

echo "-- killed at any time"
F=$FILE
# Big enough to be caught while it is written.
python3 - >"$T/big.json" <<'EOP'
import json
print(json.dumps({"apps": [{
    "id": "/app-%d" % i, "instances": 1, "labels": {"n": "N"},
    "networks": [{"mode": "host"}],
    "portDefinitions": [{"port": 10000 + i, "protocol": "tcp"}],
    "tasks": [{"id": "t%d" % i, "appId": "/app-%d" % i, "host": "host-NN",
               "ports": [31000], "state": "TASK_RUNNING"}]}
    for i in range(3000)]}))
EOP
for n in 0 1; do
	sed "s/host-NN/host-$n/g" "$T/big.json" >"$A"
	render 10 --haproxy-check=off
	cp "$F" "$T/version-$n"
done
killed=0
for i in $(seq 60); do
	sed "s/host-NN/host-$((i % 2))/g" "$T/big.json" >"$A"
	"$MMSDFS" render haproxy.cfg --marathon="file:$A" --if-changed="$F" \
		--haproxy-check=off 2>/dev/null &
	pid=$!
	# Each time somewhere else on its way.
	sleep "0.0$((i * 7 % 10))$((i * 3 % 10))"
	! kill -KILL $pid 2>/dev/null || killed=$((killed + 1))
	wait $pid || true
	cmp -s "$F" "$T/version-0" || cmp -s "$F" "$T/version-1" ||
		fail "a damaged file after $i"
	[ "$(ls -A "$T/d" | wc -l)" -le 2 ] || fail "they pile up: $(ls -A "$T/d")"
done
echo "killed $killed of 60"
[ $killed -gt 0 ] || fail "none was killed"
sed "s/host-NN/host-9/g" "$T/big.json" >"$A"
render 10 --haproxy-check=off
alone "killed"

echo "-- two at once: whole files, and never a wrong word"
for i in $(seq 10); do
	for n in 0 1; do
		sed "s/host-NN/host-$n/g" "$T/big.json" >"$T/$n.json"
		"$MMSDFS" render haproxy.cfg --marathon="file:$T/$n.json" \
			--if-changed="$F" --haproxy-check=off \
			2>"$T/err-$n" &
		eval "pid$n=\$!"
	done
	for n in 0 1; do
		got=0
		eval "wait \$pid$n" || got=$?
		case $got in
		0 | 10) ;;
		1) grep -q 'another mmsdfs' "$T/err-$n" ||
			fail "$(cat "$T/err-$n")" ;;
		*) fail "exit $got" ;;
		esac
	done
	cmp -s "$F" "$T/version-0" || cmp -s "$F" "$T/version-1" ||
		fail "a damaged file"
done
alone "two at once"

echo "-- no answer, or not from everybody"
apps "$(app /web host-a:1000)"
cp "$F" "$T/before"
# A port that nobody listens on: it was free a moment ago, and is bound.
python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])
sys.stdout.flush(); time.sleep(600)' >"$T/port" &
wait_until "a port" test -s "$T/port"
DEAD=http://127.0.0.1:$(cat "$T/port")
ends 3 "$MMSDFS" render haproxy.cfg --marathon="$DEAD" --wait=1 \
	--if-changed="$F"
says_error "$DEAD"
ends 3 "$MMSDFS" render haproxy.cfg --marathon="file:$A" \
	--marathon="other=$DEAD" --wait=2 --partial-start=0 --if-changed="$F"
says_error "$DEAD"
cmp "$F" "$T/before" || fail "an incomplete answer was written"
ends 10 "$MMSDFS" render haproxy.cfg --marathon="file:$A" \
	--marathon="other=$DEAD" --wait=20 --partial-start=0 --partial \
	--if-changed="$F"
grep -q host-a:1000 "$F" || fail "not written"
