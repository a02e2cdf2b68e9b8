#!/bin/sh
# Marathon is not there at the start: the root holds the status alone, never an
# empty services directory; when it comes everything is there. It dies for
# good: the files stay.
. "$(dirname "$0")/lib.sh"

# The second node is only there to be asked while the first does not listen.
start_marathon --apps="$APPS" --listen=127.0.0.1:0 --listen=127.0.0.1:0
URL=$NODE1
CONTROL=$NODE2
control "fault?kind=refuse&node=0"
"$MMSDFS" -f --marathon="$URL" $QUICK "$M" >>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
wait_until "the mount" test -e "$M/status.json"
[ "$(ls "$M" | tr '\n' ' ')" = "metrics.prom status.json " ] ||
	fail "the root holds $(ls "$M")"
if ls "$M/services" 2>/dev/null; then
	fail "services is there before anything is known"
fi
says 'refused|reset|answer'
[ "$(jq -r .state "$M/status.json")" = waiting ] || fail "not waiting"
control clear-faults
same "it came"
well

remember
kill "$MARATHON_PID"
wait "$MARATHON_PID" || fail "the test Marathon: exit $?"
says 'refused'
sleep 2
unchanged "it is gone for good"
[ "$(source_is stale)" = true ] || fail "not stale"
"$MMSDFS" status "$M" >"$T/words"
grep -q stale "$T/words" || fail "mmsdfs status: $(cat "$T/words")"
unmount_it
