#!/bin/sh
# --haproxy-socket: the listeners are handed over, and no connection is refused
# in ten reloads.
. "$(dirname "$0")/lib.sh"
command -v haproxy >/dev/null || { echo "no haproxy"; exit 77; }

cat >"$T/connect.py" <<'END'
import os, socket, sys
count = refused = 0
while not os.path.exists(sys.argv[1]):
    try:
        socket.create_connection(("127.0.0.1", 10001), 5).close()
    except OSError as e:
        refused += 1
        print(e, file=sys.stderr)
    count += 1
print(count, refused)
END

web() {
	apps "$(APP_PORT=10001 app /web 127.0.0.1:"$1")"
}

web 1
mount_it --haproxy --haproxy-bind=127.0.0.1 --haproxy-runtime=off \
	--haproxy-pidfile="$T/pid" --haproxy-socket="$T/socket" \
	--reload-interval=0
wait_until "haproxy" hook_is '.last_success > 0'
/usr/bin/python3 "$T/connect.py" "$T/enough" >"$T/count" 2>"$T/refused" &
CLIENT=$!
for i in 1 2 3 4 5 6 7 8 9 10; do
	web $((i + 1))
	wait_until "reload $i" hook_is ".runs - .failures >= $((i + 1))"
done
touch "$T/enough"
wait $CLIENT
tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline" | grep -q -e "-x $T/socket" ||
	fail "not handed over"
[ ! -s "$T/refused" ] || fail "$(cat "$T/count") $(head -n 3 "$T/refused")"
hook_is '.failures == 0' || fail "$(cat "$M/status.json")"
unmount_it
