#!/bin/sh
# Nothing that HAProxy refuses is shown: who is guilty stays out, or as it was,
# with HAProxy's own words in the status, and everybody else is shown.
. "$(dirname "$0")/lib.sh"

# cluster [BAD-LABEL=VALUE]: a thousand apps; /app-0500 has the label, and its
# instances are those of $BAD_AT.
cluster() {
	python3 - "${BAD_AT-192.0.2.1:31000}" "$@" >"$A.new" <<'EOP'
import json, sys

places = sys.argv[1].split()
labels = dict(word.split("=", 1) for word in sys.argv[2:])
apps = []
for i in range(1000):
    name = "app-%04d" % i
    at = places if i == 500 else ["192.0.2.2:%d" % (20000 + i)]
    apps.append({
        "id": "/" + name, "instances": len(at),
        "labels": labels if i == 500 else {},
        "networks": [{"mode": "host"}],
        "portDefinitions": [{"port": 10000 + i, "protocol": "tcp"}],
        "tasks": [{"id": name + "." + p.replace(":", "-"), "appId": "/" + name,
                   "host": p.split(":")[0], "ports": [int(p.split(":")[1])],
                   "state": "TASK_RUNNING"} for p in at]})
json.dump({"apps": apps}, sys.stdout)
EOP
	mv "$A.new" "$A"
}

backends() {
	grep -c '^backend app-' "$M/haproxy.cfg"
}

# refused WORDS: the app is named with them.
refused() {
	jq -e --arg words "$1" '[.problems[] | select(.app == "/app-0500") |
		select(.why | startswith("haproxy refuses it")) |
		select(.why | contains($words))] | length == 1' \
		"$M/status.json"
}

nobody_refused() {
	jq -e '[.problems[] | select(.why | startswith("haproxy"))] == []
		and .views[0].refused == 0' "$M/status.json"
}

# HAProxy names the line of the first, and no line of the second: that one has
# to be searched for.
option='HAPROXY_0_BACKEND_HTTP_OPTIONS=	nonsense here'
rule='HAPROXY_0_HTTP_FRONTEND_ACL=	use_backend nowhere if TRUE'
vhost=HAPROXY_0_VHOST=www.example.com

for bad in "$option" "$rule"; do
	words=nonsense
	[ "$bad" = "$option" ] || words=nowhere
	echo "-- $words at the start"
	cluster HAPROXY_0_MODE=http $vhost "$bad"
	mount_it --shrink-guard=off
	[ "$(backends)" -eq 999 ] || fail "$words: $(backends) backends"
	haproxy -c -q -f "$M/haproxy.cfg" || fail "$words: haproxy -c"
	wait_until "the words" refused $words
	[ "$(cat "$M/services/app-0500.instances")" = 192.0.2.1:31000 ] ||
		fail "the instances file is not for HAProxy to judge"

	echo "-- corrected"
	cluster HAPROXY_0_MODE=http $vhost
	wait_until "it is readmitted" grep -q '^backend app-0500_10500' \
		"$M/haproxy.cfg"
	[ "$(backends)" -eq 1000 ] || fail "$words: $(backends) backends"
	wait_until "nobody is refused" nobody_refused

	echo "-- wrong again, with another instance"
	BAD_AT='192.0.2.1:31000 192.0.2.1:31001'
	cluster HAPROXY_0_MODE=http $vhost
	wait_until "two servers" sh -c \
		"[ \$(grep -c '192.0.2.1:3100' '$M/haproxy.cfg') -eq 2 ]"
	cluster HAPROXY_0_MODE=http $vhost "$bad"
	wait_until "the words" refused $words
	[ "$(backends)" -eq 1000 ] || fail "it is gone, and was there"
	BAD_AT=192.0.2.1:31001
	cluster HAPROXY_0_MODE=http $vhost "$bad"
	wait_until "its removal is shown" sh -c \
		"! grep -q 192.0.2.1:31000 '$M/haproxy.cfg'"
	grep -q 192.0.2.1:31001 "$M/haproxy.cfg" || fail "what stays is gone"
	haproxy -c -q -f "$M/haproxy.cfg" || fail "$words: haproxy -c"

	echo "-- gone"
	cluster HAPROXY_0_MODE=http $vhost "$bad" HAPROXY_0_ENABLED=false
	wait_until "it is out" sh -c \
		"! grep -q '^backend app-0500' '$M/haproxy.cfg'"
	wait_until "nobody is refused" nobody_refused
	BAD_AT=192.0.2.1:31000
	unmount_it
done

echo "-- nobody's fault"
cluster
echo 'nonsense at the end' >"$T/tail.cfg"
"$MMSDFS" -f --marathon="file:$A" --haproxy-tail="$T/tail.cfg" "$M" \
	>>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
wait_until "the reason" sh -c "jq -e '.views[0].why |
	startswith(\"without any app\") and contains(\"nonsense\")' \
	'$M/status.json'"
[ ! -e "$M/haproxy.cfg" ] || fail "a refused configuration is shown"
[ "$(find "$M/services" -type f | wc -l)" -eq 1000 ] || fail "the instances"
unmount_it

echo "-- no haproxy: nothing is checked, unless it is asked for"
mount_it --haproxy-bin=/nowhere/haproxy
[ "$(backends)" -eq 1000 ] || fail "$(backends) backends unchecked"
unmount_it
"$MMSDFS" -f --marathon="file:$A" --haproxy-bin=/nowhere/haproxy \
	--haproxy-check=on "$M" >>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
wait_until "the reason" sh -c "jq -e '.views[0].why |
	contains(\"No such file\")' '$M/status.json'"
[ ! -e "$M/haproxy.cfg" ] || fail "it is shown unchecked"
unmount_it

echo "-- one that hangs"
printf '#!/bin/sh\nsleep 600 & wait\n' >"$T/hangs"
chmod +x "$T/hangs"
"$MMSDFS" -f --marathon="file:$A" --haproxy-bin="$T/hangs" \
	--haproxy-check-timeout=200ms "$M" >>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
wait_until "the reason" sh -c "jq -e '.views[0].why |
	contains(\"200 ms\")' '$M/status.json'"
unmount_it
! pgrep -f "$T/hangs" >/dev/null || fail "its process is left"
