#!/bin/sh
# Two clusters with secrets of their own: each is shown its own alone, also
# after a failure of the other, and when the files change.
. "$(dirname "$0")/../faults/lib.sh"

start_marathon --apps="$APPS" --auth=basic:west:westward
WEST=$NODE1
start_marathon --apps="$APPS" --auth=token:eastward
EAST=$NODE1
printf 'west:westward\n' >"$T/user"
printf 'eastward\n' >"$T/token"
chmod 600 "$T/user" "$T/token"

report() {
	jq -r ".sources[] | select(.name == \"$1\") | .$2" "$M/status.json"
}

# reported CLUSTER WHAT: a filter of its report.
reported() {
	wait_until "$1: $2" sh -c "jq -e '.sources[] |
		select(.name == \"$1\") | $2' '$M/status.json'"
}

# shown CLUSTER SECRET...: what its server was shown, sorted, is just that.
shown() {
	CONTROL=$1
	shift
	control "log"
	jq -r '.secrets[].authorization' "$T/answer" | sort -u >"$T/shown"
	printf '%s\n' "$@" | sort -u >"$T/wanted"
	diff "$T/wanted" "$T/shown" || fail "what $CONTROL was shown"
}

URL=west=$WEST
mount_marathon --marathon="east=$EAST" --marathon-user-file=west="$T/user" \
	--marathon-token-file=east="$T/token"
reported west '.complete and .streaming'
reported east '.complete and .streaming'
shown "$WEST" "Basic $(printf west:westward | base64)"
shown "$EAST" "token=eastward"

# One is refused: the other does not hear of it.
CONTROL=$EAST
control "access?token=changed"
reported east '.why | test("HTTP 401")'
[ "$(report west why)" = "" ] || fail "west: $(report west why)"
printf 'changed\n' >"$T/token"
reported east '.why == ""'
printf 'west:wrong\n' >"$T/user"
reported west '.why | test("HTTP 401")'
printf 'west:westward\n' >"$T/user"
reported west '.why == ""'
shown "$WEST" "Basic $(printf west:westward | base64)" \
	"Basic $(printf west:wrong | base64)"
shown "$EAST" "token=eastward" "token=changed"
unmount_it
grep -n 'westward\|eastward\|changed' "$T/stderr" "$T/stdout" &&
	fail "a secret was logged"
exit 0
