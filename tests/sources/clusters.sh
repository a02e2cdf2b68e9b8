#!/bin/sh
# Two clusters with the same apps, one of which comes and goes: nothing of the
# other is disturbed, and who goes before has the names and the ports.
. "$(dirname "$0")/../faults/lib.sh"

start_marathon --apps="$APPS" --listen=127.0.0.1:0
WEST=$URL
start_marathon --apps="$APPS" --listen=127.0.0.1:0
EAST=$URL
EAST_PID=$MARATHON_PID
php='id=/developer/trapni/php'

# is CLUSTER PREFIX: the files of this prefix are what its own list says.
is() {
	curl -sS --max-time 10 "$1/control/endpoints?format=instances" |
		sed "s/^/$2/" | sort >"$T/expected"
	files | grep "^east_" >"$T/east"
	files | grep -v "^east_" >"$T/west"
	[ -n "$2" ] && mine=$T/east || mine=$T/west
	cmp -s "$T/expected" "$mine"
}

# shows CLUSTER PREFIX WHAT
shows() {
	lib_tries=0
	until is "$1" "$2"; do
		lib_tries=$((lib_tries + 1))
		[ $lib_tries -lt 600 ] || {
			diff "$T/expected" "$mine" | head -n 20
			fail "$3: not what the list of $1 says"
		}
		sleep 0.05
	done
}

report() {
	jq -r ".sources[] | select(.name == \"$1\") | .$2" "$M/status.json"
}

reported() {
	wait_until "$1: $2 is $3" sh -c "[ \"\$(jq -r '.sources[] |
		select(.name == \"$1\") | .$2' '$M/status.json')\" = '$3' ]"
}

mount_both() {
	URL=west=$WEST
	mount_marathon --marathon="east=$EAST" --state-dir="$T/state" "$@"
}

mkdir "$T/state"
mount_both
NODE1=$WEST
shows "$WEST" "" "the start"
shows "$EAST" east_ "the start"
[ "$(jq '.sources | length' "$M/status.json")" -eq 2 ] || fail "two sources"
jq -e '[.problems[] | select(.view == "services" and
	(.why | test("shown as east_developer.trapni.php.instances")))] |
	length == 1' "$M/status.json" >"$T/problem" || fail "no word of the name"
jq -e '[.problems[] | select(.view == "haproxy.cfg" and
	(.why | test("taken by /developer/trapni/php of west")))] |
	length > 0' "$M/status.json" >"$T/problem" || fail "no word of the port"
haproxy -c -q -f "$M/haproxy.cfg" || fail "haproxy.cfg"

# Each follows its own.
NODE1=$EAST
control "scale?$php&instances=6"
shows "$EAST" east_ "scaled in the east"
shows "$WEST" "" "and not in the west"
NODE1=$WEST
control "scale?$php&instances=1"
shows "$WEST" "" "scaled in the west"
wait_until "both are well" sh -c "jq -e '[.sources[] |
	select(.why == \"\" and .held == 0)] | length == 2' '$M/status.json'"

# The east dies: all of it stays, and is marked; the west goes on.
files | grep "^east_" >"$T/before"
kill -KILL "$EAST_PID"
reported east stale true
control "scale?$php&instances=4"
shows "$WEST" "" "the west, while the east is away"
files | grep "^east_" | cmp - "$T/before" || fail "the east has changed"
[ "$(report west stale)" = false ] || fail "the west is not stale"
[ -n "$(report east why)" ] && [ "$(report east since)" -gt 0 ] ||
	fail "the east does not say why"

# Started again without it: what was kept of it is shown.
unmount_it
mount_both
shows "$WEST" "" "started without the east"
files | grep "^east_" | cmp - "$T/before" || fail "the east was not kept"
reported east stale true
unmount_it

# And with nothing kept: for a moment it is waited for.
rm -r "$T/state"
mkdir "$T/state"
mount_both --partial-start=300ms
shows "$WEST" "" "the west alone"
! ls "$M/services" | grep "^east_" || fail "where is that from?"
[ "$(report east complete)" = false ] || fail "the east has not answered"

# The configuration is read again while the east is away, with what was known
# of it: that stays, though its place among the sources is another.
start_marathon --apps="$APPS" --listen="${EAST#http://}"
EAST_PID=$MARATHON_PID
shows "$EAST" east_ "the east is back"
files | grep "^east_" >"$T/before"
unmount_it
printf 'marathon = west=%s\nmarathon = east=%s\n' "$WEST" "$EAST" >"$T/conf"
"$MMSDFS" -f --config="$T/conf" --partial-start=300ms $QUICK "$M" \
	>>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
wait_until "ready" test -e "$M/haproxy.cfg"
shows "$EAST" east_ "both again"
kill -KILL "$EAST_PID"
reported east stale true
printf 'marathon = west=%s\nmarathon = dead=http://127.0.0.1:1\n%s\n' \
	"$WEST" "marathon = east=$EAST" >"$T/conf"
kill -HUP "$DAEMON"
reported dead complete false
reported east stale true
sleep 1
files | grep "^east_" | cmp - "$T/before" ||
	fail "the east has gone with the new configuration"
shows "$WEST" "" "the west, configured again"

# It comes back where it was.
start_marathon --apps="$APPS" --listen="${EAST#http://}"
shows "$EAST" east_ "the east is back"
shows "$WEST" "" "the west does not care"
reported east why ''
unmount_it

# One name for both, or none that exists, is a mistake.
! "$MMSDFS" --marathon="$WEST" --marathon-ca=north=/x "$M" 2>"$T/words" ||
	fail "a CA for nobody"
grep -q 'there is no --marathon=north=' "$T/words" || fail "other words"
