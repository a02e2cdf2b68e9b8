#!/bin/sh
# render prints what the mount shows, byte for byte, of a directory and of Mesos
# masters together, without any Marathon; what two sources want alike goes to
# the first of them, and the conflict is reported.
. "$(dirname "$0")/lib.sh"

mkdir "$D"
MORE=',"domains":["www.example.com","*.shop.example.com"],"proxyPath":"/a"' \
	service /web 80 10.0.0.1:8001 10.0.0.2:8001 | put web.json
service /jobs/a 10001 10.0.0.3:1 | put a.json
service /Strange_Id 10002 10.0.0.4:1 | put strange.json
start_mesos --masters=2
cluster '{"frameworks":{"jobs":[{"id":"a.1","resources":{"ports":"[1-2]"},
	"labels":[{"key":"HAPROXY_0_PORT","value":"10001"}]}]}}'
options="--services-dir=$D --mesos-masters=$MASTERS
	--mesos-master-domain=mesos.example.com --haproxy-map
	--haproxy-map-dir=$M/haproxy"
# shellcheck disable=SC2086
mount_sources $options
# They want one name: whose source goes before has it.
shows jobs.a 10.0.0.3:1
shows jobs_a 10.1.0.1:1
wait_until "the conflict" sh -c "jq -e '[.problems[] | select(.view ==
	\"services\")] | length > 0' '$M/status.json'"
wait_until "the port" sh -c "jq -e '[.problems[].why | select(test(
	\"port 10001 is taken\"))] | length == 1' '$M/status.json'"

count=0
for view in haproxy.cfg haproxy/domain2backend.map haproxy/app2backend.map \
	$(cd "$M" && ls services/*.instances); do
	# shellcheck disable=SC2086
	timeout 60 "$MMSDFS" render "$view" $options >"$T/rendered" \
		2>>"$T/warnings" || fail "render $view: $?"
	cmp "$T/rendered" "$M/$view" || fail "$view differs"
	count=$((count + 1))
done
[ $count -ge 8 ] || fail "only $count views"
haproxy -c -f "$M/haproxy.cfg" >"$T/check" 2>&1 || fail "$(cat "$T/check")"
grep -q 'mesos.example.com' "$M/haproxy/domain2backend.map" || fail "the map"

# Each source is told of by its name, and nobody needs a Marathon.
"$MMSDFS" status "$M" >"$T/status" || true
grep -q 'files' "$T/status" && grep -q 'mesos' "$T/status" ||
	fail "status: $(cat "$T/status")"
grep -q 'mmsdfs_source.*source="mesos"' "$M/metrics.prom" ||
	grep -q 'mesos' "$M/metrics.prom" || fail "metrics.prom"

# Without an answer render says who was waited for.
status=0
"$MMSDFS" render haproxy.cfg --services-dir="$T/none" --wait=1 \
	>"$T/rendered" 2>"$T/err" || status=$?
[ $status -eq 3 ] || fail "exit $status"
grep -q "$T/none" "$T/err" || fail "$(cat "$T/err")"
unmount_it
