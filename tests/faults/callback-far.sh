#!/bin/sh
# Marathons on another machine, of which one answers and another calls: who may
# call is learned from those who answer. By IPv4 and IPv6.
. "$(dirname "$0")/callback-lib.sh"

# The other machine, 10.2.0.2 and more; we are 10.2.0.1.
unshare --net sleep 600 &
FAR=$!
wait_until "another network" sh -c \
	"[ \$(readlink /proc/$FAR/ns/net) != \$(readlink /proc/$$/ns/net) ]"
far() {
	nsenter --target "$FAR" --net "$@"
}
ip link add near type veth peer name far netns "$FAR"
ip address add 10.2.0.1/24 dev near
ip address add fd00:2::1/64 dev near nodad
ip link set near up
far ip link set lo up
far ip address add 10.2.0.2/24 dev far
far ip address add 10.2.0.3/24 dev far
far ip address add fd00:2::2/64 dev far nodad
far ip link set far up
printf '#!/bin/sh\nexec nsenter --target %s --net %s "$@"\n' \
	"$FAR" "$MARATHON" >"$T/far-marathon"
chmod 755 "$T/far-marathon"
MARATHON=$T/far-marathon

# follow URL: what the Marathons of $URL call for is shown at once.
follow() {
	mount_marathon --marathon-callback="$1" \
		--refresh-interval=60m --poll-interval=60m
	wait_until "callbacks come" \
		jq -e '.sources[0].callbacks' "$M/status.json"
	same "the start"
	control "scale?$php&instances=6"
	same "scaled up"
	control "kill?$php&count=2"
	same "killed"
	well
}

# It calls from 10.2.0.2, and is asked at 10.2.0.3 first. A third is down.
start_marathon --apps="$APPS" --profile=0.8.0 --event-subscriber \
	--listen=10.2.0.3:0 --listen=10.2.0.2:0
URL=${URL%%,*},http://10.2.0.9:1,${URL#*,}
follow http://10.2.0.1:8099/callback
far ip address add 10.2.0.66/24 dev far
code=$(far curl -sS --max-time 10 -o "$T/answer" -w '%{http_code}' \
	--interface 10.2.0.66 --data '{}' http://10.2.0.1:8099/callback)
[ "$code" -eq 403 ] || fail "a stranger: $code"
says "callback from 10.2.0.66 refused: not the address of a Marathon"
unmount_it

kill "$MARATHON_PID"
wait "$MARATHON_PID" || true
start_marathon --apps="$APPS" --profile=0.8.0 --event-subscriber \
	--listen='[fd00:2::2]:0'
follow 'http://[fd00:2::1]:8099/callback'
unmount_it
