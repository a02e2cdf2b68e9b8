#!/bin/sh
# contrib/haproxy-marathon-bridge does what its namesake did; the words that it
# refuses are in predecessors.tsv.
set -eu
cd "$(dirname "$0")"

BRIDGE=$PWD/../../contrib/haproxy-marathon-bridge
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
REAL=$(realpath "${MMSDFS:-../../build/mmsdfs}")
BRIDGE_CFG=$T/haproxy.cfg
HAPROXY_RELOAD="$T/reload"
export BRIDGE_CFG HAPROXY_RELOAD
PATH=$T/bin:$PATH
mkdir "$T/bin"

fail() {
	echo "FAILED: $what: $*"
	cat "$T/out" "$T/err"
	exit 1
}

# try NAME STATUS ARGUMENT...: the script, with what it prints in $T/out, $T/err.
try() {
	what=$1
	expected=$2
	shift 2
	status=0
	timeout 120 "$BRIDGE" "$@" >"$T/out" 2>"$T/err" || status=$?
	[ "$status" -eq "$expected" ] || fail "exit $status"
}

# program NAME: a program of the test's own; what it does is on stdin.
program() {
	{ echo '#!/bin/sh'; cat; } >"$T/$1"
	chmod +x "$T/$1"
}

says() {
	[ "$(cat "$T/$1")" = "$2" ] || fail "expected: $2"
}

# The real one, with an answer of Marathon in a file.
cat >"$T/apps.json" <<'EOF'
{"apps": [{"id": "/web", "networks": [{"mode": "host"}],
 "healthChecks": [{"protocol": "TCP"}],
 "portDefinitions": [{"port": 10001, "protocol": "tcp"}],
 "tasks": [{"id": "web.1", "appId": "/web", "host": "192.0.2.1",
  "ports": [31001], "state": "TASK_RUNNING",
  "healthCheckResults": [{"alive": false}]}]}]}
EOF
MMSDFS=$REAL
MMSDFS_WAIT=1
export MMSDFS MMSDFS_WAIT
for word in '' config main; do
	try "really: $word" 0 ${word:+"$word"} "file://$T/apps.json"
	grep -q 'server.*192.0.2.1:31001' "$T/out" || fail "no sick server"
	grep -q 'bind 127.0.0.1:9090' "$T/out" || fail "no statistics"
	[ ! -s "$T/err" ] || fail "it says something"
done
try 'nobody answers' 3 127.0.0.1:1
[ ! -s "$T/out" ] || fail "it prints something"

# What it is told to do: its words, and the exit status that the test wants.
program stub <<'EOF'
echo "$*"
exit "$(cat "$(dirname "$0")/status")"
EOF
program reload <<'EOF'
echo reload >>"$(dirname "$0")/reloads"
[ ! -e "$(dirname "$0")/broken" ]
EOF
MMSDFS=$T/stub
echo 0 >"$T/status"
try 'HOST:PORT...' 0 a:8080 https://b/x
says out "render haproxy.cfg --marathon=http://a:8080,https://b/x"
try 'config' 0 config a:8080
says out "render haproxy.cfg --marathon=http://a:8080"
try 'main' 0 main a:8080
says out "render haproxy.cfg --marathon=http://a:8080"
try 'config without words' 2 config
try 'nothing' 1
grep -q '^Usage: ' "$T/err" || fail "no usage"
try '-h' 0 -h
grep -q '^Usage: ' "$T/out" || fail "no usage"
try '--help' 0 --help
grep -q '^Usage: ' "$T/out" || fail "no usage"
try 'cronjob' 0 cronjob
says out "* * * * * root $BRIDGE logged refresh_system_haproxy \
\$(cat /etc/haproxy-marathon-bridge/marathons)"

# reloads NUMBER: that many, since the last look.
reloads() {
	touch "$T/reloads"
	[ "$(wc -l <"$T/reloads")" -eq "$1" ] ||
		fail "not $1 reloads"
	rm -f "$T/reloads"
}

try 'refresh_system_haproxy' 0 refresh_system_haproxy a:1 b:2
says out "render haproxy.cfg --marathon=http://a:1,http://b:2 \
--if-changed=$BRIDGE_CFG"
reloads 0
echo 10 >"$T/status"
try 'it has changed' 0 refresh_system_haproxy a:1
reloads 1
touch "$T/broken"
try 'the reload fails' 1 refresh_system_haproxy a:1
reloads 1
echo 0 >"$T/status"
rm "$T/broken"
try 'the reload is still due' 0 refresh_system_haproxy a:1
reloads 1
try 'it is done' 0 refresh_system_haproxy a:1
reloads 0
echo 1 >"$T/status"
try 'Marathon is away' 1 refresh_system_haproxy a:1
reloads 0

program bin/logger <<'EOF'
cat >"$(dirname "$0")/../logged"
EOF
try 'logged' 1 logged refresh_system_haproxy a:1
says logged "render haproxy.cfg --marathon=http://a:1 --if-changed=$BRIDGE_CFG"
[ ! -s "$T/out" ] || fail "it is printed, too"
echo 0 >"$T/status"
try 'logged, and well' 0 logged config a:1

# The line for cron, with programs of the test's own.
program bin/mmsdfs <<'EOF'
exec "$(dirname "$0")/../stub" "$@"
EOF
program bin/systemctl <<'EOF'
echo "systemctl $*"
EOF
sed -n 's/^\* \* \* \* \* root //p' ../../contrib/mmsdfs.cron >"$T/line"
BRIDGE=/bin/sh
try 'cron, no change' 0 "$T/line"
says out "render haproxy.cfg --if-changed=/etc/haproxy/haproxy.cfg"
echo 10 >"$T/status"
try 'cron, a change' 0 "$T/line"
says out "render haproxy.cfg --if-changed=/etc/haproxy/haproxy.cfg
systemctl reload haproxy"

# The real one writes what it would print.
BRIDGE=$PWD/../../contrib/haproxy-marathon-bridge
MMSDFS=$REAL
if "$REAL" --help | grep -q -e --if-changed; then
	try 'written' 0 refresh_system_haproxy "file://$T/apps.json"
	reloads 1
	grep -q 192.0.2.1:31001 "$BRIDGE_CFG" || fail "nothing is written"
	try 'written again' 0 refresh_system_haproxy "file://$T/apps.json"
	reloads 0
else
	echo "NOT THERE: --if-changed"
fi
