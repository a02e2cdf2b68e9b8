#!/bin/sh
# --haproxy: started, reloaded at a change, started again when it was killed,
# adopted by the next mmsdfs; in the mode that is given.
MODE=$1
. "$(dirname "$0")/lib.sh"
command -v haproxy >/dev/null || { echo "no haproxy"; exit 77; }

P=$T/run/haproxy.pid
pid() {
	cat "$P"
}

# The frontend of the app answers on the port of the newest configuration.
listens() {
	/usr/bin/python3 -c "import socket
socket.create_connection(('127.0.0.1', $1), 5)"
}

# Another than $1, and it lives.
is_new() {
	[ "$(pid)" != "$1" ] && ! gone "$(pid)"
}

web() {
	apps "$(APP_PORT=$1 app /web 127.0.0.1:1)"
}

script beside <<'END'
echo "$# $1" >>"$T/around"
END

start() {
	mount_it --haproxy --haproxy-mode="$MODE" --haproxy-pidfile="$P" \
		--haproxy-bind=127.0.0.1 --reload-interval=0 \
		--haproxy-before-cmd="$T/beside" \
		--haproxy-after-cmd="$T/beside" "$@"
}

# Nothing in a pidfile is believed: this is no haproxy.
mkdir "$T/run"
sleep 1000 &
STRANGER=$!
echo $STRANGER >"$P"

web 10001
start
wait_until "haproxy" listens 10001
wait_until "the first run" hook_is '.last_success > 0 and .runs == 1'
first=$(pid)
[ "$(cat /proc/"$first"/comm)" = haproxy ] || fail "$first is no haproxy"
gone $STRANGER && fail "a stranger was signalled"
[ "$(cat "$T/around")" = "1 before
1 after" ] || fail "$(cat "$T/around")"

web 10002
wait_until "the reload" listens 10002
wait_until "the end of it" hook_is '.runs == 2 and .failures == 0'
if [ "$MODE" = daemon ]; then
	is_new "$first" || fail "no new process"
	wait_until "the old one leaves" gone "$first"
else
	[ "$(pid)" = "$first" ] || fail "a new master"
	wait_until "the old listener leaves" sh -c "! $(printf \
		'/usr/bin/python3 -c "import socket
socket.create_connection((\\"127.0.0.1\\", 10001), 5)"')"
fi

second=$(pid)
kill -KILL "$second"
wait_until "another haproxy" is_new "$second"
wait_until "it serves" listens 10002
wait_until "its report" hook_is '.deaths == 1 and .failing_since == 0'

# Nobody else may have it.
third=$(pid)
if "$MMSDFS" -f --marathon="file:$A" --haproxy --haproxy-pidfile="$P" \
	"$T/run" 2>"$T/err"; then
	fail "two for one haproxy"
fi
grep -q 'not empty' "$T/err" || fail "$(cat "$T/err")"
mkdir "$T/other"
if "$MMSDFS" -f --marathon="file:$A" --haproxy --haproxy-pidfile="$P" \
	"$T/other" 2>"$T/err"; then
	fail "two for one haproxy"
fi
grep -q 'another mmsdfs manages' "$T/err" || fail "$(cat "$T/err")"
[ "$(pid)" = "$third" ] || fail "it was touched"

# It outlives us, and the next one adopts it.
unmount_it
gone "$third" && fail "haproxy ended with the mount"
listens 10002 || fail "haproxy does not serve any more"
web 10003
start --hook-timeout=3s
wait_until "the adopted" listens 10003
if [ "$MODE" = daemon ]; then
	wait_until "the old one leaves" gone "$third"
else
	[ "$(pid)" = "$third" ] || fail "not adopted"
fi
wait_until "the end of the run" hook_is '.last_success > 0'
fourth=$(pid)

# A configuration that does not work: reported, the old one stays, and the next
# change is applied. Its port is taken.
/usr/bin/python3 -c 'import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 10004))
s.listen()
open("'"$T"'/taken", "w")
time.sleep(10000)' &
wait_until "the taken port" test -e "$T/taken"
web 10004
wait_until "the failure" hook_is '.failing_since > 0'
gone "$fourth" && fail "the old one has gone"
wait_until "the old one serves" listens 10003
web 10005
wait_until "the next change" listens 10005
wait_until "recovery" hook_is '.failing_since == 0'
unmount_it

# The other mode takes over what this one has left.
fifth=$(pid)
if [ "$MODE" = daemon ]; then MODE=master-worker; else MODE=daemon; fi
start
wait_until "the other mode" is_new "$fifth"
wait_until "the old one leaves" gone "$fifth"
wait_until "the end of the run" hook_is '.last_success > 0'
listens 10005 || fail "it does not serve"
gone $STRANGER && fail "a stranger was signalled"
unmount_it
