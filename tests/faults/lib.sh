# SPDX-License-Identifier: MIT
# For the tests with a Marathon, which source it first. What tests/mount/lib.sh
# has, and the test Marathon, whose own list is what the files are held against.
. "$(dirname "$0")/../mount/lib.sh"

APPS=${APPS:-$(dirname "$0")/../../examples/apps}
# What waits for a minute and more in life is quick here.
QUICK='--shrink-hold=2 --refresh-interval=3 --poll-interval=1'

# start_marathon [OPTION...]: its nodes are in $URL (a comma list) and $NODE1,
# $NODE2, ...; the first leads.
start_marathon() {
	rm -f "$T/ports"
	"$MARATHON" --port-file="$T/ports" --seed=1 \
		"$@" >>"$T/marathon.log" 2>&1 &
	MARATHON_PID=$!
	wait_until "the test Marathon" test -s "$T/ports"
	URL=
	lib_n=0
	while read -r lib_at; do
		lib_n=$((lib_n + 1))
		eval "NODE$lib_n=http://$lib_at"
		URL=$URL${URL:+,}http://$lib_at
	done <"$T/ports"
}

# control PATH [CURL OPTION...]: through $CONTROL, if another node is to be asked
# than the first.
control() {
	lib_path=$1
	shift
	curl -sS --fail-with-body --max-time 60 "$@" \
		"${CONTROL:-$NODE1}/control/$lib_path" >"$T/answer" ||
		fail "control/$lib_path: $(cat "$T/answer")"
}

# mount_marathon [OPTION...]: returns when the first answer is there.
mount_marathon() {
	# The options of $QUICK are words of our own, to be split.
	# shellcheck disable=SC2086
	"$MMSDFS" -f --log-level=debug --marathon="$URL" $QUICK "$@" "$M" \
		>>"$T/stdout" 2>>"$T/stderr" &
	DAEMON=$!
	wait_until "ready" is_ready
}

# Every line of every file, as the oracle writes it.
files() {
	(cd "$M/services" && grep -H '' -- *.instances | sort)
}

is_same() {
	curl -sS --max-time 10 \
		"${CONTROL:-$NODE1}/control/endpoints?format=instances" |
		sort >"$T/expected"
	files >"$T/files"
	cmp -s "$T/expected" "$T/files" || return 1
	curl -sS --max-time 10 \
		"${CONTROL:-$NODE1}/control/endpoints?format=names" |
		sort >"$T/expected-names"
	ls "$M/services" | sort >"$T/names"
	cmp -s "$T/expected-names" "$T/names"
}

# same WHAT: the files become what the Marathon's own list says.
same() {
	lib_tries=0
	until is_same; do
		lib_tries=$((lib_tries + 1))
		if [ $lib_tries -ge 600 ]; then
			diff "$T/expected" "$T/files" | head -n 20
			diff "$T/expected-names" "$T/names" | head -n 20
			jq -c '.sources[0]' "$M/status.json"
			fail "$1: the files never became what Marathon says"
		fi
		sleep 0.05
	done
}

# remember; unchanged WHAT: the files are byte for byte what they were.
remember() {
	files >"$T/remembered"
	ls "$M/services" >>"$T/remembered"
}

unchanged() {
	files >"$T/now"
	ls "$M/services" >>"$T/now"
	diff "$T/remembered" "$T/now" >"$T/diff" ||
		fail "$1: the files changed: $(head -n 5 "$T/diff")"
}

# source KEY: of the first source in status.json.
source_is() {
	jq -r ".sources[0].$1" "$M/status.json"
}

# says WORDS: status.json comes to give them as the reason, and since when.
says() {
	wait_until "status.json says '$1' ($(source_is why))" sh -c \
		"jq -e '.sources[0] | (.why | test(\"$1\"; \"i\")) and .since > 0' \
		'$M/status.json'"
}

# well: nothing is wrong any more.
well() {
	wait_until "status.json has nothing to say: $(source_is why)" sh -c \
		"jq -e '.sources[0] | .why == \"\" and .held == 0 and
		(.stale | not)' '$M/status.json'"
}
