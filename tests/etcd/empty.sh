#!/bin/sh
# etcd comes back without its data: the shrink guard keeps what was known, and
# the status says what is held and why, until it has been repeated for long
# enough. A service that is registered meanwhile is shown.
. "$(dirname "$0")/lib.sh"

start_etcd
for i in 1 2 3 4; do
	set_key web/host-$i:web:80 10.0.0.$i:32001
done
set_key redis/host-1:redis:6379 10.0.0.1:32379
mount_etcd --shrink-hold=30
well
cp "$M/services/web.instances" "$T/before"

kill_etcd
rm -r "$T/data"
start_etcd
says "begins anew"
status_is '.held == 5 and .held_since > 0'
cmp "$T/before" "$M/services/web.instances" || fail "not held"
set_key web/host-1:web:80 10.0.0.1:32001
set_key new/host-1:new:70 10.0.0.1:32070
lines_are "registered again" new.instances 10.0.0.1:32070
status_is '.held == 4'
cmp "$T/before" "$M/services/web.instances" || fail "not held any more"
lines_are "held for long enough" web.instances 10.0.0.1:32001
wait_until "the other is gone" [ ! -e "$M/services/redis.instances" ]
well

# A path that was never there is an answer, too.
unmount_it
ADDRESS=${ADDRESS%/services}/nowhere
mount_etcd
says "nothing at /nowhere"
status_is '.complete and (.stale | not) and .streaming'
[ "$(ls "$M/services" | wc -l)" -eq 0 ] || fail "services out of nothing"
case $API in
v2) keys2 PUT /nowhere/web/host-1:web:80 -d value=10.0.0.1:32001 ;;
v3) ctl put /nowhere/web/host-1:web:80 10.0.0.1:32001 ;;
esac
lines_are "the first" web.instances 10.0.0.1:32001
well
unmount_it
