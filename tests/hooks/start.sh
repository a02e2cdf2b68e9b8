#!/bin/sh
# --haproxy-start is run until it has succeeded once, --haproxy-reload from then
# on. What a command leaves in the background lives, and what it prints without
# end is cut.
. "$(dirname "$0")/lib.sh"

script start <<'END'
echo "start $MMSDFS_REASON" >>"$T/runs"
[ -e "$T/well" ]
END
script reload <<'END'
echo "reload $MMSDFS_REASON" >>"$T/runs"
yes | head -n 100000
# Its first line comes when we have ended, and finds somebody who reads it.
(while [ ! -e "$T/go" ]; do sleep 0.05; done; echo behind; echo >"$T/went") &
END

apps "$(app /web host-a:1000)"
mount_it --haproxy-start="$T/start" --haproxy-reload="$T/reload" \
	--reload-interval=0
wait_until "two tries" at_least 2 "$T/runs"
touch "$T/well"
wait_until "the start" hook_is '.failing_since == 0 and .last_success > 0'
grep -q reload "$T/runs" && fail "$(cat "$T/runs")"
grep -qx 'start retry' "$T/runs" || fail "$(cat "$T/runs")"
good=$(jq '.hooks[0].runs' "$M/status.json")

apps "$(app /web host-a:1001)"
wait_until "the reload" hook_is ".runs == $((good + 1))"
[ "$(tail -n 1 "$T/runs")" = 'reload change' ] || fail "$(cat "$T/runs")"
hook_is '.failing_since == 0' || fail "$(cat "$M/status.json")"
[ "$(grep -c ': haproxy.cfg: y$' "$T/stderr")" -eq 100 ] || fail "the log"
[ "$(grep -c 'what it prints more is not shown' "$T/stderr")" -eq 1 ] ||
	fail "the log"
touch "$T/go"
wait_until "what was left behind" test -e "$T/went"
unmount_it
