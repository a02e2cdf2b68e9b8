#!/bin/sh
# 1 000 watchers that come, see one change and leave: the number of live nodes
# returns to what it was.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mount_it
nodes() {
	jq .nodes.live "$M/status.json"
}
before=$(nodes)
"$WATCH" crowd "$M/services" web.instances 1000 >"$T/crowd" &
CROWD=$!
i=0
while kill -0 $CROWD 2>/dev/null; do
	i=$((i + 1))
	apps "$(app /web host-a:$((1000 + i % 50000)))"
done
wait $CROWD || fail "the crowd: $(tail -n 1 "$T/crowd")"
grep -q done "$T/crowd" || fail "the crowd was not through"
# status.json itself has versions too; it is rendered once a second.
wait_until "nodes as before ($before)" \
	sh -c "[ \$(jq .nodes.live '$M/status.json') -le $((before + 3)) ]"
unmount_it
