#!/bin/sh
# What becomes of callbacks when Marathon forgets them, has none, cannot reach
# us, or has a stream instead.
. "$(dirname "$0")/callback-lib.sh"

SEEN=http://127.0.0.1:8099/callback

status_is() {
	jq -e ".sources[0] | $1" "$M/status.json" >"$T/is"
}

stop_marathon() {
	kill "$MARATHON_PID"
	wait "$MARATHON_PID" || true
}

start_marathon --apps="$APPS" --profile=0.8.0 --event-subscriber
mount_marathon --marathon-callback="$SEEN" \
	--refresh-interval=1s --poll-interval=60m
wait_until "callbacks come" status_is .callbacks
same "the start"

# Behind our back; what happens until it is seen the list says.
curl -sS -X DELETE "$NODE1/v2/eventSubscriptions?callbackUrl=$SEEN" \
	>"$T/answer"
control "scale?$php&instances=5"
wait_until "the URL is there again" has "\"$SEEN\""
same "what nobody called for"
wait_until "callbacks come again" status_is .callbacks

control "restart?down-ms=1500&forget=1"
control "scale?$php&instances=2"
wait_until "a Marathon without memory is told again" has "\"$SEEN\""
same "what it forgot to call for"
wait_until "callbacks come again" status_is .callbacks
well

# Upgraded: from 0.9 on there is a stream, and no need to be told twice.
control "restart?profile=1.4&down-ms=1500"
wait_until "the stream is there" status_is .streaming
wait_until "the URL is taken back" has ''
status_is '.callbacks | not' || fail "both"
control "scale?$php&instances=3"
same "by the stream"
# One that is left by somebody else is taken back when it is used.
curl -sS -X POST "$NODE1/v2/eventSubscriptions?callbackUrl=$SEEN" \
	>"$T/answer"
wait_until "the URL is taken back again" has ''
well
unmount_it
stop_marathon

# Off at Marathon: the words say what to do, and the list is polled.
start_marathon --apps="$APPS" --profile=0.8.0
mount_marathon --marathon-callback="$SEEN"
says "start Marathon with --event_subscriber http_callback"
control "scale?$php&instances=6"
same "polled"
[ "$(source_is streaming)$(source_is callbacks)" = falsefalse ] ||
	fail "neither stream nor callbacks"
unmount_it
stop_marathon

# Neither stream nor callbacks, as one of 1.5 behind a proxy.
start_marathon --apps="$APPS" --profile=1.5.0
control "fault?kind=status&value=405&path=/v2/events"
mount_marathon --marathon-callback="$SEEN"
says "405"
control "scale?$php&instances=6"
same "polled, too"
unmount_it
stop_marathon

# A stream that a proxy spoils is not missed where callbacks come.
start_marathon --apps="$APPS" --profile=1.4 --event-subscriber
control "fault?kind=status&value=405&path=/v2/events"
mount_marathon --marathon-callback="$SEEN"
wait_until "callbacks come" status_is .callbacks
control "scale?$php&instances=6"
same "called for"
well
unmount_it
stop_marathon

# Taken, but nobody gets through: a port where nobody listens.
start_marathon --apps="$APPS" --profile=0.8.0 --event-subscriber
mount_marathon --marathon-callback=http://127.0.0.1:8098/callback \
	--callback-bind=127.0.0.1:8099
says "has http://127.0.0.1:8098/callback for callbacks, but none comes"
status_is '.callbacks | not' || fail "none came"
control "scale?$php&instances=2"
same "polled, as none comes"
unmount_it
stop_marathon

# The URL is of one address, we listen at another, by a name.
start_marathon --apps="$APPS" --profile=0.8.0 --event-subscriber
mount_marathon --marathon-callback=http://localhost:8099/a/b \
	--callback-bind=0.0.0.0:8099
wait_until "callbacks come" status_is .callbacks
well

# What cannot be is one line, and nothing is begun.
# refuses URL WORDS
mkdir "$T/second"
refuses() {
	if "$MMSDFS" -f --marathon="$URL" --listening="$1" "$T/second" \
		2>"$T/words"; then
		fail "$1 was accepted"
	fi
	grep -q "$2" "$T/words" || fail "$1: $(cat "$T/words")"
	[ "$(wc -l <"$T/words")" -eq 1 ] || fail "$1: $(cat "$T/words")"
}
refuses https://us/ 'is not http://HOST:PORT/PATH'
refuses http://127.0.0.1:8099/ 'on 127.0.0.1 port 8099.*in use'
refuses http://192.0.2.1:8099/ 'on 192.0.2.1 port 8099.*--callback-bind'
unmount_it
