#!/bin/sh
# Agents that are known by names: a running HAProxy is told of servers on them,
# on an agent that is known and on a new one, and nothing is reloaded.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../mount/naming.sh"
command -v haproxy >/dev/null || { echo "no haproxy"; exit 77; }
begin_naming
zone "127.0.1.1 agent-1" "127.0.1.2 agent-2"
stop_names
start_names

# has NAME...: HAProxy has these servers, ready and at an address, and no other.
has() {
	/usr/bin/python3 - "$T/socket" "$@" <<'EOP'
import socket, sys

asked = socket.socket(socket.AF_UNIX)
asked.connect(sys.argv[1])
asked.sendall(b"show servers state web_10001\n")
answer = b""
while piece := asked.recv(65536):
    answer += piece
rows = [line.split() for line in answer.decode().splitlines()[2:] if line]
ready = sorted(row[3] for row in rows if row[6] == "0" and row[4][:4] == "127.")
sys.exit(ready != sorted(sys.argv[2:]))
EOP
}

is_told() {
	wait_until "$*" has "$@"
}

cluster() {
	apps "$(APP_PORT=10001 app /web "$@")"
}

cluster agent-1:20000
mount_it --haproxy --haproxy-bind=127.0.0.1 --haproxy-pidfile="$T/pid" \
	--haproxy-socket="$T/socket" --reload-interval=0 --shrink-guard=off
wait_until "haproxy" hook_is '.last_success > 0'
is_told agent-1_127_0_1_1_20000
cluster agent-1:20000 agent-1:20001
is_told agent-1_127_0_1_1_20000 agent-1_127_0_1_1_20001
cluster agent-1:20000 agent-1:20001 agent-2:20002
is_told agent-1_127_0_1_1_20000 agent-1_127_0_1_1_20001 \
	agent-2_127_0_1_2_20002
cluster agent-2:20002
is_told agent-2_127_0_1_2_20002
wait_until "the status" jq -e '.runtime | .changes >= 4 and .why == ""' \
	"$M/status.json"
hook_is '.runs == 1' || fail "$(jq -c .hooks "$M/status.json")"
# The start is the one.
jq -e '.runtime.reloads == 1' "$M/status.json" >"$T/reloads" ||
	fail "$(jq -c .runtime "$M/status.json")"
unmount_it
