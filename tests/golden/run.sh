#!/bin/sh
# Each folder is a case: input.json (a reply of /v2/apps?embed=apps.tasks),
# options (for the command line, if any), and what is expected of it:
# haproxy.cfg, warnings (what is left out, and why), and the maps where the
# options ask for them. HAProxy itself must accept each without a warning.
#
# @T@ in input.json and options stands for a directory that is there while this
# runs, with the certificates cert.pem and other.pem and the maps in it.
#
#	run.sh [--accept]	--accept: what comes out is what is expected
set -eu
cd "$(dirname "$0")"
MMSDFS=${MMSDFS:-../../build/mmsdfs}
# The names of agents in these cases are nobody's.
MMSDFS_RESOLVE_HOSTS=off
export MMSDFS_RESOLVE_HOSTS
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
failed=0
count=0

fail() {
	echo "FAILED: $*"
	failed=1
}

for name in cert other; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -subj "/CN=$name" -days 1 -keyout "$T/$name.key" \
		-out "$T/$name.crt" 2>"$T/openssl" || cat "$T/openssl"
	cat "$T/$name.crt" "$T/$name.key" >"$T/$name.pem"
done

render() {
	# The options are words of our own, to be split.
	# shellcheck disable=SC2086
	"$MMSDFS" render "$1" --marathon="file:$T/input.json" $options
}

for case in */; do
	case=${case%/}
	options=
	[ ! -e "$case/options" ] || options=$(sed "s|@T@|$T|g" "$case/options")
	sed "s|@T@|$T|g" "$case/input.json" >"$T/input.json"
	files="haproxy.cfg warnings"
	render haproxy.cfg >"$T/haproxy.cfg" 2>"$T/warnings" ||
		fail "$case: exit $?: $(cat "$T/warnings")"
	case $options in
	*--haproxy-map*)
		files="$files domain2backend.map app2backend.map"
		for map in domain2backend.map app2backend.map; do
			render "haproxy/$map" >"$T/$map" 2>/dev/null ||
				fail "$case: $map: exit $?"
		done
		;;
	esac
	for file in $files; do
		sed "s|$T|@T@|g" "$T/$file" >"$T/got"
		[ "${1:-}" != --accept ] || cp "$T/got" "$case/$file"
		diff -u "$case/$file" "$T/got" || fail "$case: $file"
	done
	if haproxy -c -f "$T/haproxy.cfg" >"$T/check" 2>&1; then
		! grep -E 'WARNING|ALERT' "$T/check" || fail "$case: haproxy warns"
	else
		cat "$T/check"
		fail "$case: haproxy refuses it"
	fi
	count=$((count + 1))
done
[ $count -ge 60 ] || fail "only $count cases"
exit $failed
