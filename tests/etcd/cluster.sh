#!/bin/sh
# Three members: one that dies, even the one that was asked, harms nothing; two,
# and there is no majority: what was known stays, with words, until there is
# one again.
. "$(dirname "$0")/lib.sh"

MEMBERS=m1=http://127.0.0.1:2381,m2=http://127.0.0.1:2382
MEMBERS=$MEMBERS,m3=http://127.0.0.1:2383

# member N: starts it; its pid is in $MEMBER_N.
member() {
	etcd --name="m$1" --data-dir="$T/data-$1" --enable-v2 --logger=zap \
		--log-outputs="$T/etcd-$1.log" \
		--listen-client-urls="http://127.0.0.1:239$1" \
		--advertise-client-urls="http://127.0.0.1:239$1" \
		--listen-peer-urls="http://127.0.0.1:238$1" \
		--initial-advertise-peer-urls="http://127.0.0.1:238$1" \
		--initial-cluster="$MEMBERS" >"$T/etcd-$1.out" 2>&1 &
	eval "MEMBER_$1=$!"
}

kill_member() {
	eval "kill -KILL \$MEMBER_$1"
	eval "wait \$MEMBER_$1" 2>/dev/null || true
}

member 1
member 2
member 3
E=127.0.0.1:2391
wait_until "the cluster" etcd_there
ADDRESS=${ADDRESS%%//*}//127.0.0.1:2391,127.0.0.1:2392,127.0.0.1:2393/services
set_key web/host-1:web:80 10.0.0.1:32001
set_key web/host-2:web:80 10.0.0.2:32001
# A watch says nothing of a majority: the full reads do.
mount_etcd --refresh-interval=2
well
status_is '.url | test(":2391/")'

kill_member 1
E=127.0.0.1:2392
wait_until "a new leader" etcd_there
set_key web/host-3:web:80 10.0.0.3:32001
lines_are "the first member died" web.instances \
	10.0.0.1:32001 10.0.0.2:32001 10.0.0.3:32001
well
status_is '.url | test(":2391/") | not'

kill_member 3
# The last one is asked again and again, and says each time that it cannot.
says 'timed out|no leader|refused|internal'
status_is '.stale and .held == 0'
lines_are "no majority" web.instances \
	10.0.0.1:32001 10.0.0.2:32001 10.0.0.3:32001

member 3
wait_until "a majority" etcd_there
set_key web/host-4:web:80 10.0.0.4:32001
lines_are "a majority again" web.instances \
	10.0.0.1:32001 10.0.0.2:32001 10.0.0.3:32001 10.0.0.4:32001
well
unmount_it
