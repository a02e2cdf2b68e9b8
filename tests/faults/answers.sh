#!/bin/sh
# Every bad answer to the list, while a change is waiting to be read: the files
# stay what they were, status.json says why and since when, and when the cause
# has gone they become what Marathon says. How long that took is printed.
. "$(dirname "$0")/lib.sh"

start_marathon --apps="$APPS"
# An address that does not say that it is this machine: replies are compressed.
URL=$(echo "$URL" | sed 's/127\.0\.0\.1/0.0.0.0/')
mount_marathon --shrink-hold=600
same "the start"
php='id=/developer/trapni/php'
target=3

refresh() {
	kill -USR1 "$DAEMON"
}

# cured WHAT: no faults any more.
cured() {
	control clear-faults
	before=$(date +%s%N)
	refresh
	same "$1"
	well
	echo "$1: whole again after $((($(date +%s%N) - before) / 1000000)) ms"
}

# change: one that no event tells of.
change() {
	target=$((7 - target))
	control "scale?$php&instances=$target&suppress=1"
}

# bad WORDS FAULT: the answer is refused.
bad() {
	remember
	control "fault?path=/v2/apps&kind=$2"
	change
	failures=$(source_is failures)
	refresh
	says "$1"
	wait_until "$2 was met" sh -c \
		"[ \$(jq .sources[0].failures '$M/status.json') -gt $failures ]"
	unchanged "$2"
	wait_until "$2: stale" sh -c "jq -e .sources[0].stale '$M/status.json'"
	cured "$2"
}

bad 'HTTP 500' 'status&value=500'
bad 'HTTP 503' 'status&value=503'
bad 'HTTP 502' 'status&value=502'
bad 'HTTP 401' 'status&value=401'
bad 'html' html200
bad 'empty|ends|end' empty200
bad 'redirect' redirect-loop
bad 'resolved' redirect-away
bad 'cut|broke|ends' 'truncate&value=700&framing=length'
bad 'cut|broke|ends' 'truncate&value=700&framing=chunked'
bad 'cut|broke|ends|end' 'truncate&value=700&framing=close'
bad 'behind|garbage|more' garbage
bad 'encod|gzip|cut|ends' gzip-cut
bad 'encod|gzip|broke|ends' gzip-crc
bad 'answer' close
bad 'broke|reset|answer' 'rst&value=700'
bad 'MB' huge
control "fault?path=/v2/apps&kind=json" --data '{"apps":[{]}'
control clear-faults

json() {
	remember
	control "fault?path=/v2/apps&kind=json" --data "$2"
	change
	refresh
	says "$1"
	unchanged "$2"
	cured "$2"
}

json '.' '{"apps":[{"id":"/developer/trapni/php"]}'
json '.' 'pong'
json '.' '{"message":"hello"}'
json '.' '{"apps":{}}'
json 'tasks' '{"apps":[{"id":"/developer/trapni/php","instances":0}]}'

# What is well formed, and says that most is gone: the guard holds it back.
held() {
	remember
	control "fault?path=/v2/apps&kind=$1"
	refresh
	wait_until "$1 is held" \
		sh -c "[ \$(jq .sources[0].held '$M/status.json') -gt 0 ]"
	refresh
	refresh
	unchanged "$1"
	[ "$(source_is held_since)" -gt 0 ] || fail "$1: since when?"
	cured "$1"
}

held empty-list
held cut-list

# Nobody listens for a while, and whoever comes back knows no health.
remember
change
control "restart?down-ms=6000" &
wait_until "nobody listens" sh -c "! curl -s '$NODE1/ping'"
refresh
says 'refused|reset|answer|ended'
unchanged "nobody listens"
wait_until "somebody listens" curl -s "$NODE1/ping"
control "health-all?alive=true"
before=$(date +%s%N)
same "back"
well
echo "away: whole again $((($(date +%s%N) - before) / 1000000)) ms later"
"$MMSDFS" status "$M" | grep -q '^ok' || fail "mmsdfs status"
unmount_it
