#!/bin/sh
# Beside a Marathon, with --groups and --state-dir: whose service it is, who is
# shown, and what is known when etcd does not answer at the start.
. "$(dirname "$0")/lib.sh"

mkdir "$T/state"
start_etcd
set_key web/host-1:web:80 10.0.0.1:32001
set_key redis/host-1:redis:6379 10.0.0.1:32379
apps "$(app /web agent:1)" "$(app /php agent:2)"
mount_etcd --marathon="file:$A" --state-dir="$T/state"
wait_until "both" jq -e '[.sources[].name] == ["marathon", "registrator"]' \
	"$M/status.json"
lines_are "of Marathon" php.instances agent:2
lines_are "of registrator" redis.instances 10.0.0.1:32379
lines_are "of Marathon, which goes before" web.instances agent:1
wait_until "the conflict is told" jq -e '[.problems[] |
	select(.app == "/web" and .source == "registrator")] | length > 0' \
	"$M/status.json"
"$MMSDFS" status "$M" >"$T/told"
grep -q registrator "$T/told" || fail "status: $(cat "$T/told")"
set_key redis/host-2:redis:6379 10.0.0.2:32379
lines_are "added" redis.instances 10.0.0.1:32379 10.0.0.2:32379
wait_until "it is kept" grep -q 10.0.0.2 "$T/state/registrator.state"
unmount_it

kill_etcd
mount_etcd --state-dir="$T/state"
lines_are "as it was kept" redis.instances 10.0.0.1:32379 10.0.0.2:32379
status_is '.stale and .restored > 0 and (.why | test("refused"))'
start_etcd
set_key redis/host-3:redis:6379 10.0.0.3:32379
lines_are "as it is" redis.instances \
	10.0.0.1:32379 10.0.0.2:32379 10.0.0.3:32379
status_is '(.stale | not) and .restored == 0'
unmount_it

mount_etcd --groups=redis
lines_are "of the group" redis.instances \
	10.0.0.1:32379 10.0.0.2:32379 10.0.0.3:32379
set_key web/host-2:web:80 10.0.0.2:32001
status_is '.events == 1'
[ "$(ls "$M/services")" = redis.instances ] || fail "more than the group"
unmount_it
