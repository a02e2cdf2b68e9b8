#!/bin/sh
# An app is scaled up and down under a steady load, and each time an instance
# is killed when it has no clients left: no request fails. Told by the runtime
# API (auto) nothing is reloaded; without it (off) the listeners are handed
# over, and there are never more than two old processes.
MODE=$1
. "$(dirname "$0")/lib.sh"
command -v haproxy >/dev/null || { echo "no haproxy"; exit 77; }

apps "$(APP_LABELS='"HAPROXY_0_MODE":"http"' APP_PORT=10001 app /web 127.0.0.1:20000)"
mount_it --haproxy --haproxy-bind=127.0.0.1 --haproxy-pidfile="$T/pid" \
	--haproxy-socket="$T/socket" --haproxy-runtime="$MODE" \
	--reload-interval=0 --shrink-guard=off
wait_until "haproxy" hook_is '.last_success > 0'
PYTHONPATH=$(dirname "$0")/../haproxy /usr/bin/python3 \
	"$(dirname "$0")/scaling.py" "$MODE" "$T" "$M" "$A" ||
	fail "$(jq -c '.hooks, .runtime' "$M/status.json")"
hook_is '.failures == 0' || fail "$(jq -c .hooks "$M/status.json")"
if [ "$MODE" = auto ]; then
	hook_is '.runs == 1' || fail "$(jq -c '.hooks, .runtime' \
		"$M/status.json")"
	jq -e '.runtime | .why == "" and .changes >= 200' "$M/status.json" \
		>/dev/null || fail "$(jq -c .runtime "$M/status.json")"
fi
unmount_it
