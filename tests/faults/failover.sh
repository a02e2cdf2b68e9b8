#!/bin/sh
# Of several Marathons one fails, in every way: what it does not say is read
# from another, at once, and nothing that is there goes. Who leads is preferred,
# where it is configured; who answers for itself alone is not believed; and
# secrets go nowhere else than to those that are configured.
. "$(dirname "$0")/lib.sh"
php='id=/developer/trapni/php'
n=3

three="--listen=127.0.0.1:0 --listen=127.0.0.1:0 --listen=127.0.0.1:0"
# shellcheck disable=SC2086
start_marathon --apps="$APPS" --profile=1.11 $three
mount_marathon --shrink-guard=off
same "the start"
wait_until "the leader is asked" [ "$(source_is url)" = "$NODE1" ]

# What no event tells is read in spite of what the leader answers to us.
for kind in 'status&value=500' 'status&value=503' html200 empty200 \
	redirect-loop redirect-away close 'rst&value=700' garbage \
	'truncate&value=700&framing=length' gzip-cut refuse; do
	control "fault?node=0&path=/v2/apps&kind=$kind"
	CONTROL=$NODE2
	control "scale?$php&instances=$((n = n % 5 + 1))&suppress=1"
	kill -USR1 "$DAEMON"
	same "$kind at the leader"
	[ "$(source_is stale)" = false ] || well
	control clear-faults
	CONTROL=
	wait_until "node 1 listens" curl -sS --max-time 10 "$NODE1/ping"
done
well
unmount_it
kill "$MARATHON_PID"

# A standby of 0.8 without leader answers for itself: here with nothing.
# shellcheck disable=SC2086
start_marathon --apps="$APPS" --profile=0.8 $three
mount_marathon --shrink-guard=off
same "0.8"
wait_until "who leads 0.8" [ "http://$(source_is leader)" = "$NODE1" ]
remember
control "access?standby-empty=1"
control "leader?node=none"
says 'knows no leader'
failures=$(source_is failures)
wait_until "all were asked" sh -c \
	"[ \$(jq .sources[0].failures '$M/status.json') -gt $((failures + 3)) ]"
unchanged "standbys of 0.8 that answer for themselves"
control "leader?node=2"
wait_until "who leads 0.8 now" sh -c \
	"[ \"http://\$(jq -r .sources[0].leader '$M/status.json')\" = '$NODE3' ]"
control "scale?$php&instances=2"
same "another leader of 0.8"
well
unmount_it
# With one URL nobody can tell a standby from a Marathon that is alone.
all=$URL
URL=$NODE1
mount_marathon --shrink-guard=off
control "access?standby-empty=1"
control "leader?node=none"
wait_until "the twin shows nothing" sh -c "! ls '$M/services' | grep -q ."
unmount_it
URL=$all
kill "$MARATHON_PID"

# The leader is not configured: it is used through the standby, which gets the
# token, and itself does not.
printf 'abc.def\n' >"$T/token"
start_marathon --apps="$APPS" --profile=1.7 --auth=token:abc.def \
	--listen=127.0.0.1:0 --listen=127.0.0.1:0
all=$URL
URL=$NODE2
mount_marathon --marathon-token-file="$T/token"
says 'leads there, and it is not in --marathon'
control "scale?$php&instances=5"
same "polled through the standby"
control "log"
jq -e '[.secrets[].node] | unique == [1]' "$T/answer" >"$T/nodes" ||
	fail "who got the token: $(jq -c .secrets "$T/answer")"
control "leader?node=1"
wait_until "a stream when the configured one leads" sh -c \
	"jq -e .sources[0].streaming '$M/status.json'"
unmount_it
# All are configured: the redirect is followed with the token.
control "log?reset=1"
control "leader?node=0"
URL=$NODE2,$NODE1
mount_marathon --marathon-token-file="$T/token"
wait_until "a stream" sh -c "jq -e .sources[0].streaming '$M/status.json'"
control "scale?$php&instances=3"
same "an event"
well
unmount_it
