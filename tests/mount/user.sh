#!/bin/sh
# An ordinary user mounts for himself with fusermount3, follows a change, and
# unmounts at the first try under a storm; root is not let in.
. "$(dirname "$0")/lib.sh"

as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# The device may be for root alone here; users elsewhere have it.
mknod "$T/fuse" c 10 229
chmod 666 "$T/fuse"
mount --bind "$T/fuse" /dev/fuse
chown 65534 "$M"
chmod 755 "$T"
apps "$(app /web host-a:1000)"

start() {
	# Not as_user: its pid would be that of a shell in between.
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$MMSDFS" -f --marathon="file:$A" "$M" 2>>"$T/stderr" &
	DAEMON=$!
	wait_until "ready" as_user test -e "$M/haproxy.cfg"
}

start
[ "$(as_user cat "$M/services/web.instances")" = host-a:1000 ] || fail "read"
if ls "$M/services" 2>/dev/null; then
	fail "root was let into a user's mount"
fi
as_user "$WATCH" file "$M/services" web.instances 10 >"$T/read" &
READER=$!
wait_until "the reader" grep -q ready "$T/read"
for i in $(seq 10); do
	apps "$(app /web host-a:$((1000 + i)))"
	wait_until "change $i" grep -qx "host-a:$((1000 + i))" "$T/read"
done
wait $READER || fail "the reader"
# Changing is refused by the check of pids alone.
if as_user sh -c ": >'$M/services/web.instances'" 2>/dev/null; then
	fail "a user truncated a file"
fi
if as_user touch "$M/services/x" 2>/dev/null; then
	fail "a user made a file"
fi
[ "$(as_user cat "$M/services/web.instances")" = host-a:1010 ] || fail "content"

start_storm
for i in $(seq 10); do
	as_user fusermount3 -u "$M" || fail "fusermount3 -u, round $i"
	wait "$DAEMON" || fail "exit status $? after fusermount3 -u"
	start
done
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "exit status $? after SIGTERM"
stop_storm
