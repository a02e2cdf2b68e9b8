#!/bin/sh
# Each folder is a case: input.json (a reply of /v2/apps?embed=apps.tasks),
# options (for the command line, if any), and what is expected of it:
# haproxy.cfg, and warnings (what is left out, and why). HAProxy itself must
# accept each without a warning.
#
#	run.sh [--accept]	--accept: what comes out is what is expected
set -eu
cd "$(dirname "$0")"
MMSDFS=${MMSDFS:-../../build/mmsdfs}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
failed=0
count=0

fail() {
	echo "FAILED: $*"
	failed=1
}

for case in */; do
	case=${case%/}
	options=
	[ ! -e "$case/options" ] || options=$(cat "$case/options")
	# The options are words of our own, to be split.
	# shellcheck disable=SC2086
	"$MMSDFS" render haproxy.cfg --marathon="file:$case/input.json" \
		$options >"$T/haproxy.cfg" 2>"$T/warnings" ||
		fail "$case: exit $?: $(cat "$T/warnings")"
	if [ "${1:-}" = --accept ]; then
		cp "$T/haproxy.cfg" "$T/warnings" "$case/"
	fi
	for file in haproxy.cfg warnings; do
		diff -u "$case/$file" "$T/$file" || fail "$case: $file"
	done
	if haproxy -c -f "$T/haproxy.cfg" >"$T/check" 2>&1; then
		! grep -E 'WARNING|ALERT' "$T/check" || fail "$case: haproxy warns"
	else
		cat "$T/check"
		fail "$case: haproxy refuses it"
	fi
	count=$((count + 1))
done
[ $count -ge 20 ] || fail "only $count cases"
exit $failed
