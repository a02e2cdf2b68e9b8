# SPDX-License-Identifier: MIT
# For the tests of callbacks, which source it first. What tests/faults/lib.sh has,
# and the URLs that Marathon has.
. "$(dirname "$0")/lib.sh"

php='id=/developer/trapni/php'

registered() {
	curl -sS --max-time 10 "$NODE1/v2/eventSubscriptions"
}

# has JSON: the URLs that Marathon has.
has() {
	[ "$(registered)" = "{\"callbackUrls\":[$1]}" ]
}
