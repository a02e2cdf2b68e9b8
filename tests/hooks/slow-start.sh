#!/bin/sh
# A HAProxy that takes its time to start: what changes meanwhile it is told when
# it is there, and it is not started twice.
. "$(dirname "$0")/lib.sh"
command -v haproxy >/dev/null || { echo "no haproxy"; exit 77; }

script slow <<'END'
case " $* " in
*" -c "* | *" -v"*) ;;
*)
	touch "$T/starts"
	while [ ! -e "$T/go" ]; do sleep 0.02; done
	;;
esac
exec haproxy "$@"
END

# told PORT...: HAProxy has just these servers.
told() {
	wait_until "HAProxy to have $*" sh -c "
		/usr/bin/python3 -c 'import socket
s = socket.socket(socket.AF_UNIX)
s.connect(\"$T/socket\")
s.sendall(b\"show servers state web_10001\n\")
while piece := s.recv(65536):
    print(piece.decode(), end=\"\")' |
		awk '\$5 ~ /^127/ { print \$19 }' | sort | paste -sd' ' |
		grep -qx '$*'"
}

apps "$(app /web 127.0.0.1:20000)"
mount_it --haproxy --haproxy-bin="$T/slow" --haproxy-bind=127.0.0.1 \
	--haproxy-pidfile="$T/pid" --haproxy-socket="$T/socket" \
	--reload-interval=0 --shrink-guard=off
wait_until "it starts" test -e "$T/starts"
tries=$(jq .runtime.failures "$M/status.json")
apps "$(app /web 127.0.0.1:20000 127.0.0.1:20001)"
wait_until "it is missed" \
	jq -e ".runtime.failures >= $tries + 5" "$M/status.json"
touch "$T/go"
wait_until "haproxy" hook_is '.last_success > 0'
told 20000 20001
apps "$(app /web 127.0.0.1:20001)"
told 20001
hook_is '.runs == 1' || fail "$(jq -c .hooks "$M/status.json")"
jq -e '.runtime.reloads == 1' "$M/status.json" >"$T/reloads" ||
	fail "$(jq -c .runtime "$M/status.json")"
unmount_it
