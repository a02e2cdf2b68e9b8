#!/bin/sh
# SIGKILL and SIGSTOP of the notifier: data stays current, it comes back, and
# status.json counts it.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mount_it
i=0
for how in KILL KILL STOP; do
	i=$((i + 1))
	old=$(notifier_pid)
	kill -$how "$old"
	apps "$(app /web host-a:100$i)" "$(app /new$i host-n:$i)"
	wait_until "the change" grep -qx "host-a:100$i" "$M/services/web.instances"
	wait_until "the new name" \
		grep -qx "host-n:$i" "$M/services/new$i.instances"
	wait_until "another notifier" \
		sh -c "[ \$(jq .notifier.pid '$M/status.json') -ne $old ]"
	wait_until "restart $i counted" \
		sh -c "[ \$(jq .notifier.restarts '$M/status.json') -ge $i ]"
done
# Events are back.
"$WATCH" dir "$M/services" web.instances 1 >"$T/read" &
READER=$!
wait_until "the reader" grep -q ready "$T/read"
apps "$(app /web host-a:2000)"
wait $READER || fail "no event after the restart"
unmount_it
