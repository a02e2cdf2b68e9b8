#!/bin/sh
# Agents that are known by names: haproxy.cfg has their addresses from its first
# version on. Without a name server it has the names, the instances files wait
# for nothing, and after a restart it has what was known before.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../mount/naming.sh"
begin_naming

S=$T/state
mkdir "$S"
zone "$(for i in 1 2 3 4 5 6 7 8 9; do echo "192.0.2.$i agent-$i"; done)"
stop_names
start_names
start_marathon --apps="$APPS"

# numeric: no server of haproxy.cfg is known by its name alone.
numeric() {
	! by_name && grep -qE '^	server agent-[1-9]_192_0_2_[1-9]_[0-9]+ 192\.0\.2\.[1-9]:' \
		"$M/haproxy.cfg"
}

# Its first version: HAProxy would have to judge it, and take its time.
echo "-- a name server"
mount_marathon --haproxy-check=off --state-dir="$S"
numeric || fail "servers by name: $(by_name)"
same "the start"
wait_until "all are known" hosts_are '.missing == 0 and .failing == 0 and
	.known > 0'
[ "$(jq '.views[0].renders' "$M/status.json")" -eq 1 ] ||
	fail "haproxy.cfg had another version"
"$MMSDFS" render haproxy.cfg --marathon="$URL" >"$T/once"
cmp "$T/once" "$M/haproxy.cfg" || fail "render prints something else"
control "scale?id=/developer/trapni/php&instances=9"
same "more instances"
wait_until "they are servers" sh -c "[ \$(grep -c \
	'^	server agent.* 192\.0\.2' '$M/haproxy.cfg') -ge 9 ]"
numeric || fail "servers by name: $(by_name)"
grep -q '^mmsdfs_hosts_known [1-9]' "$M/metrics.prom" || fail "metrics.prom"
wait_until "addresses are kept" grep -q '"address":"192.0.2' \
	"$S/marathon.state"
unmount_it

echo "-- switched off and on again"
echo "resolve-hosts = on" >"$T/conf"
mount_marathon --config="$T/conf"
numeric || fail "servers by name: $(by_name)"
echo "resolve-hosts = off" >"$T/conf"
kill -HUP "$DAEMON"
wait_until "servers by name" sh -c "! grep -q '192\.0\.2' '$M/haproxy.cfg'"
echo "resolve-hosts = on" >"$T/conf"
kill -HUP "$DAEMON"
wait_until "addresses again" numeric
same "after both"
unmount_it

# What waits does so without a bound, so that the order tells.
echo "-- a name server that is silent"
silence_names
mount_marathon
by_name >"$T/named" || fail "no server by name"
! grep -q '192\.0\.2' "$M/haproxy.cfg" || fail "an address from nowhere"
same "the start"
grep -nE 'instances in service|no address for the name' "$T/stderr" |
	tail -n 2 >"$T/order"
head -n 1 "$T/order" | grep -q 'instances in service' ||
	fail "instances files waited for names: $(cat "$T/order")"
tail -n 1 "$T/order" | grep -q 'no address for the name' ||
	fail "names were not waited for: $(cat "$T/order")"
wait_until "it is said" hosts_are '.missing > 0 and .since > 0 and
	(.name | startswith("agent-")) and .why != ""'
"$MMSDFS" status "$M" | grep -q 'names of agents without an address' ||
	fail "mmsdfs status: $("$MMSDFS" status "$M")"
[ "$(jq -r .state "$M/status.json")" = degraded ] || fail "state"
stop_names
start_names
wait_until "addresses" numeric
wait_until "nothing is missing" hosts_are '.missing == 0 and .name == ""'
same "with addresses"
grep -q 'all names have addresses again' "$T/stderr" || fail "the log"
unmount_it

echo "-- after a restart, without a name server"
stop_names
mount_marathon --state-dir="$S"
numeric || fail "servers by name: $(by_name)"
wait_until "it is said" hosts_are '.missing == 0 and .failing > 0'
"$MMSDFS" status "$M" | grep -q 'names of agents with their last' ||
	fail "mmsdfs status: $("$MMSDFS" status "$M")"
same "the start"
unmount_it

echo "-- and without a Marathon"
kill "$MARATHON_PID"
wait "$MARATHON_PID" || fail "the test Marathon: exit $?"
mount_marathon --state-dir="$S"
numeric || fail "servers by name: $(by_name)"
unmount_it
# Nothing is believed that may not be shown.
mount_marathon --state-dir="$S" --resolve-hosts=off
by_name >"$T/named" || fail "no server by name"
! grep -q '192\.0\.2' "$M/haproxy.cfg" || fail "an address"
jq -e '.hosts == null' "$M/status.json" >"$T/null" || fail "status.json"
unmount_it
