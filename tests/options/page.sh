#!/bin/sh
# The tables of mmsdfs-migrating(7) say what walk.sh finds to be true.
#
#	page.sh [--accept]	--accept: writes them
set -eu
cd "$(dirname "$0")"
page=../../contrib/man/mmsdfs-migrating.7.scd
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

# All from the first system to the heading behind the last.
{
	awk '/^# MMSD /{ seen = 1 } !seen' "$page"
	awk -f page.awk predecessors.tsv
	echo
	awk '/^# COMMANDS/{ seen = 1 } seen' "$page"
} >"$T/expected"
[ "${1:-}" != --accept ] || cp "$T/expected" "$page"
diff -u "$page" "$T/expected"
