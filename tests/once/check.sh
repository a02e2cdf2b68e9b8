#!/bin/sh
# check: one line for each item, 0 when all is well, and nothing is changed.
. "$(dirname "$0")/lib.sh"

check() {
	expected=$1
	shift
	ends "$expected" "$MMSDFS" check "$@"
	[ -s "$T/out" ] || fail "no line: $(cat "$T/err")"
	# Each line is a verdict on something.
	! grep -vE '^(ok     |note   |FAILED ) [^:]+: .' "$T/out" ||
		fail "what line is that?"
}

# A haproxy that is not there, so that it is found nowhere.
apps "$(app /web host-a:1000)" "$(APP_PORT=10002 app /db)"
mkdir "$T/state" "$T/empty" "$T/full"
touch "$T/full/file"

echo "-- good"
check 0 --marathon="file:$A" --state-dir="$T/state"
says_out '^ok .*source marathon: file:.*2 apps, 1 instances in service'
says_out '^ok .*haproxy: .*HAProxy version'
says_out '^ok .*haproxy.cfg: accepted by haproxy'
says_out '^ok .*state: .* can be written'
says_not FAILED
if [ -e /dev/fuse ]; then
	check 0 --marathon="file:$A" "$T/empty" --on-change=services=true
	says_out '^ok .*mount: .*empty'
	says_out '^ok .*fuse: '
	says_out '^ok .*hooks: 1'
fi
[ -z "$(ls -A "$T/state" "$T/empty" | grep -v :)" ] || fail "it has left something"

echo "-- the words of options are for the others: exit 2, and no line"
ends 2 "$MMSDFS" check --marathon="file:$A" --health=maybe
[ ! -s "$T/out" ] || fail "$(cat "$T/out")"

echo "-- sources"
start_marathon --apps="$APPS"
check 0 --marathon="$URL"
says_out '^ok .*source marathon: http'
check 1 --marathon="$URL" --marathon=other=http://127.0.0.1:1 --wait=10
says_out '^ok .*source marathon: http'
says_out '^FAILED .*source other: http://127.0.0.1:1: .*refused; see whether it runs'
says_out '^ok .*haproxy.cfg: '
check 1 --marathon="file:$T/none.json"
says_out 'FAILED .*none.json: No such file'
echo '{"apps": 7}' >"$T/bad.json"
check 1 --marathon="file:$T/bad.json" --wait=1
says_out '^FAILED .*source marathon: '

echo "-- credentials"
kill "$MARATHON_PID"
start_marathon --apps="$APPS" --auth=basic:alice:secret
printf 'alice:secret\n' >"$T/right"
printf 'alice:wrong\n' >"$T/wrong"
check 0 --marathon="$URL" --marathon-user-file="$T/right"
says_out '^ok .*source marathon: .*the credentials are accepted'
check 1 --marathon="$URL" --marathon-user-file="$T/wrong" --wait=10
says_out '^FAILED .*source marathon: .*401.*see the options [*]-user-file'
! grep -e secret -e wrong: "$T/out" "$T/err" || fail "a secret"
check 1 --marathon="$URL" --marathon-user-file="$T/none"
says_out '^FAILED .*sources: .*none'
check 1 --marathon="$URL" --wait=10
says_out '^FAILED .*401'

echo "-- haproxy: missing, none at all, refusing"
check 0 --marathon="file:$A" --haproxy-bin=/nowhere/haproxy
says_out '^note .*haproxy: .*/nowhere/haproxy.*unchecked'
check 1 --marathon="file:$A" --haproxy-bin=/nowhere/haproxy --haproxy-check=on
says_out '^FAILED .*haproxy: .*/nowhere/haproxy.*install it'
check 1 --marathon="file:$A" --haproxy-bin=/bin/false
says_out '^FAILED .*haproxy: /bin/false does not tell its version'
echo 'nonsense at the end' >"$T/tail.cfg"
check 1 --marathon="file:$A" --haproxy-cfgtail="$T/tail.cfg"
says_out '^FAILED .*haproxy.cfg: .*nonsense'
check 1 --marathon="file:$A" --haproxy-cfgtail="$T/none.cfg"
says_out '^FAILED .*files: .*none.cfg'
apps "$(app /web host-a:1000)" "$(APP_PORT=10006 \
	APP_LABELS='"HAPROXY_0_VHOST":"www.example.com","HAPROXY_0_BACKEND_HTTP_OPTIONS":"\tnonsense here"' \
	app /bad host-b:1)" "$(APP_PORT=10001 app /zzz host-c:1)"
check 1 --marathon="file:$A" --haproxy-check=off
says_out '^FAILED .*haproxy.cfg: accepted by haproxy only without 1 apps'
says_out '^note .*haproxy.cfg: /bad: haproxy refuses it: .*nonsense'
says_out '^note .*haproxy.cfg: /zzz: '
apps "$(app /web host-a:1000)"

echo "-- directories"
check 1 --marathon="file:$A" --state-dir="$T/nowhere"
says_out '^FAILED .*state: .*nowhere'
check 1 --marathon="file:$A" "$T/full"
says_out '^FAILED .*mount: .*not empty'
check 1 --marathon="file:$A" "$T/nowhere"
says_out '^FAILED .*mount: .*no such directory'
if [ -e /dev/fuse ]; then
	mount_it
	check 0 --marathon="file:$A" "$M"
	says_out '^note .*mount: .*already mounted'
	kill -KILL "$DAEMON"
	wait "$DAEMON" 2>/dev/null || true
	# It says that it is dead, and leaves it there.
	check 0 --marathon="file:$A" "$M"
	says_out '^note .*mount: .*a dead mount'
	grep -q " $M " /proc/self/mountinfo || fail "the dead mount is gone"
	umount -l "$M"
	mkdir "$T/dev"
	mount -t tmpfs none "$T/dev" -o nodev
	mknod "$T/dev/fuse" c 10 229
	mount --bind "$T/dev/fuse" /dev/fuse
	check 1 --marathon="file:$A" "$T/empty"
	says_out '^FAILED .*fuse: .*mmsdfs export'
	umount /dev/fuse
fi
