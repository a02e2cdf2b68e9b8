#!/bin/sh
# SIGHUP: who listens for callbacks from then on follows on who did before, at
# the same port or another; a URL that is not wanted any more is taken back.
. "$(dirname "$0")/callback-lib.sh"

# again LINE...: these are the configuration from now on, read again.
again() {
	printf '%s\n' "$@" >"$T/conf"
	lib_read=$(jq .config_read "$M/status.json")
	kill -HUP "$DAEMON"
	wait_until "it is read again" \
		jq -e ".config_read > $lib_read" "$M/status.json"
	[ "$(jq -r .config_why "$M/status.json")" = "" ] ||
		fail "$(jq -r .config_why "$M/status.json")"
}

callbacks_come() {
	wait_until "callbacks come" \
		jq -e '.sources[0].callbacks' "$M/status.json"
}

start_marathon --apps="$APPS" --profile=0.8.0 --event-subscriber
: >"$T/conf"
printf 'marathon-callback = http://127.0.0.1:8099/a\n' >"$T/conf"
mount_marathon --config="$T/conf" --refresh-interval=60m --poll-interval=60m
callbacks_come
same "the start"

# Something else changes: the port is handed over.
again 'marathon-callback = http://127.0.0.1:8099/a' 'settle = 1ms'
callbacks_come
wait_until "the URL is there once" has '"http://127.0.0.1:8099/a"'
control "scale?$php&instances=6"
same "after the hand-over"

again 'marathon-callback = http://127.0.0.1:8098/b' 'settle = 1ms'
callbacks_come
wait_until "the other URL alone" has '"http://127.0.0.1:8098/b"'
control "scale?$php&instances=2"
same "at another port"
well

again 'settle = 1ms' 'poll-interval = 1s'
wait_until "no URL" has ''
unmount_it
