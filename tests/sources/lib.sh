# SPDX-License-Identifier: MIT
# For the tests of sources that are no Marathon, which source it first. What
# tests/mount/lib.sh has, files of services in $D, and the test Mesos.
. "$(dirname "$0")/../mount/lib.sh"

D=$T/services.d
HERE=$(cd "$(dirname "$0")" && pwd)
# What waits for a minute and more in life is quick here.
QUICK='--shrink-hold=2 --refresh-interval=2 --poll-interval=1'

# mount_sources OPTION...: returns when the first answer is there.
mount_sources() {
	# The options of $QUICK are words of our own, to be split.
	# shellcheck disable=SC2086
	"$MMSDFS" -f --log-level=debug $QUICK "$@" "$M" \
		>>"$T/stdout" 2>>"$T/stderr" &
	DAEMON=$!
	wait_until "ready" is_ready
}

# service ID PORT HOST:PORT...: one service as proxym has it, on stdout. More
# JSON for it can be given in $MORE (", ...").
service() {
	lib_id=$1 lib_port=$2
	shift 2
	printf '{"id":"%s","port":%s%s,"hosts":[' "$lib_id" "$lib_port" \
		"${MORE:-}"
	lib_comma=
	for lib_at in "$@"; do
		printf '%s{"ip":"%s","port":%s}' "$lib_comma" \
			"${lib_at%:*}" "${lib_at##*:}"
		lib_comma=,
	done
	printf ']}\n'
}

# put NAME: stdin becomes that file of $D, as an editor does it.
put() {
	cat >"$D/.$1.new"
	mv "$D/.$1.new" "$D/$1"
}

# shows NAME LINE...: services/NAME.instances comes to have just these lines.
shows() {
	lib_name=$1
	shift
	printf '%s\n' "$@" | sort | grep . >"$T/wanted.$lib_name" || true
	wait_until "$lib_name to be $*; it is $(cat \
		"$M/services/$lib_name.instances" 2>&1)" \
		cmp -s "$T/wanted.$lib_name" "$M/services/$lib_name.instances"
}

# has_no NAME: the file goes.
has_no() {
	wait_until "$1 to go" sh -c "! [ -e '$M/services/$1.instances' ]"
}

# one FILTER: of the first source in status.json.
one() {
	jq -r ".sources[0] | $1" "$M/status.json"
}

# becomes FILTER: it comes to be true of the first source.
becomes() {
	wait_until "$1 of $(one . | tr -d '\n\t')" \
		sh -c "jq -e '.sources[0] | $1' '$M/status.json'"
}

# Every line of every file.
files() {
	(cd "$M/services" && grep -H '' -- *.instances | sort)
	ls "$M/services"
}

# remember; unchanged WHAT: the files are byte for byte what they were.
remember() {
	files >"$T/remembered"
}

unchanged() {
	files >"$T/now"
	diff "$T/remembered" "$T/now" >"$T/diff" ||
		fail "$1: the files changed: $(head -n 5 "$T/diff")"
}

# reads N: N more times all of the first source was read.
reads() {
	lib_reads=$(one .full_reads)
	becomes ".full_reads >= $((lib_reads + $1))"
}

# start_mesos [OPTION...]: its masters are in $MASTERS (a comma list) and
# $MASTER1, ...; the first leads.
start_mesos() {
	rm -f "$T/ports"
	"$HERE/test-mesos.py" --port-file="$T/ports" "$@" \
		>>"$T/mesos.log" 2>&1 &
	MESOS=$!
	wait_until "the test Mesos" test -s "$T/ports"
	MASTERS=$(paste -sd, "$T/ports")
	lib_n=0
	while read -r lib_at; do
		lib_n=$((lib_n + 1))
		eval "MASTER$lib_n=$lib_at"
	done <"$T/ports"
}

# cluster JSON: what of it is given takes the place of what was.
cluster() {
	curl -sS --fail --max-time 60 -d "$1" "http://$MASTER1/control" \
		>"$T/answer" || fail "control: $(cat "$T/answer")"
}

# asked KEY: how often, or how much.
asked() {
	curl -sS --fail --max-time 60 "http://$MASTER1/control" | jq ".$1"
}
