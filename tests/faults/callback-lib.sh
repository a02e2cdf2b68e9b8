# SPDX-License-Identifier: MIT
# For the tests of callbacks, which source it first: each is in a network of its
# own, so that its ports are free. What tests/faults/lib.sh has, and the URLs that
# Marathon has.
[ -n "${CALLBACK_NET:-}" ] || [ "$(id -u)" -ne 0 ] ||
	CALLBACK_NET=1 exec unshare --net "$0"
. "$(dirname "$0")/lib.sh"
ip link set lo up

php='id=/developer/trapni/php'

registered() {
	curl -sS --max-time 10 "$NODE1/v2/eventSubscriptions"
}

# has JSON: the URLs that Marathon has.
has() {
	[ "$(registered)" = "{\"callbackUrls\":[$1]}" ]
}
