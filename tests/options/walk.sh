#!/bin/sh
# Whatever the systems that mmsdfs succeeds were told is honoured, or answered
# by one line that says what to use instead: runs the program for every line of
# predecessors.tsv, which says what each of these is.
set -eu
cd "$(dirname "$0")"

# "yes" when no option of predecessors.tsv is left that is still to be built:
# from then on one that is missing is a failure.
COMPLETE=yes

MMSDFS=${MMSDFS:-../../build/mmsdfs}
BRIDGE=../../contrib/haproxy-marathon-bridge
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
failed=0
count=0
tab=$(printf '\t')

fail() {
	echo "FAILED: $system: $kind $name $example: $*"
	sed 's/^/	/' "$T/out" "$T/err"
	failed=1
}

# run VARIABLE=VALUE|- ARGUMENT...: in an environment with that alone.
run() {
	variable=$1
	shift
	[ "$variable" != - ] || variable=NOTHING=
	status=0
	timeout 60 env -i PATH="$PATH" "$variable" "$MMSDFS" --print-options \
		"$@" >"$T/out" 2>"$T/err" || status=$?
}

silent() {
	[ ! -s "$T/err" ] || fail "it says something"
}

# succeeds [LINES]: exit 0 and these lines, "; " between; "-": nothing.
succeeds() {
	[ "$status" -eq 0 ] || fail "exit $status"
	: >"$T/expected"
	[ "$1" = - ] || printf '%s\n' "$1" | sed 's/; \([a-z-]* = \)/\
\1/g' >"$T/expected"
	cmp -s "$T/expected" "$T/out" || fail "expected: $1"
}

# says PREFIX MIDDLE: one line on stderr, with the words behind the name of the
# system.
says() {
	[ "$(wc -l <"$T/err")" -eq 1 ] || fail "not one line"
	case $(cat "$T/err") in
	"mmsdfs: $1 of "*"${system%% (*}"*"$2: $expected") ;;
	*) fail "expected: mmsdfs: $1 of $system$2: $expected" ;;
	esac
}

refused() {
	[ "$status" -eq 2 ] || fail "exit $status"
	[ ! -s "$T/out" ] || fail "it prints something"
}

later() {
	[ "$(wc -l <"$T/err")" -eq 1 ] || fail "not one line"
	grep -q "not built yet in this version" "$T/err" || fail "not later"
}

# What was run must have become what the line says; $1 is the name that is
# shown.
judge() {
	count=$((count + 1))
	if [ "$verdict" = honoured ] && grep -q "unknown option" "$T/err"; then
		echo "$1	$system: $name" >>"$T/missing"
		return
	fi
	case $kind:$verdict in
	*:honoured) succeeds "$expected"; silent ;;
	*:default) succeeds -; silent ;;
	*:noted) succeeds -; says "warning: $1" "" ;;
	*:unread) succeeds -; silent ;;
	variable:instead) succeeds -; says "warning: $1" " has no effect" ;;
	variable:later) succeeds -; later ;;
	*:later) refused; later ;;
	variable:stops | *:instead) refused; says "$1" "" ;;
	*:help) grep -q '^Usage: mmsdfs' "$T/out" || fail "no help" ;;
	*:version) grep -q '^mmsdfs [0-9]' "$T/out" || fail "no version" ;;
	*) fail "no such verdict: $verdict" ;;
	esac
	if [ "$verdict" = honoured ]; then
		again
	fi
}

# The lines are a configuration that says the same.
again() {
	cp "$T/out" "$T/config"
	run - --config="$T/config"
	cmp -s "$T/config" "$T/out" || fail "read again it is another"
}

# The example's words, in each way in which an option takes them.
walk_option() {
	first=${example%% + *}
	rest=
	[ "$first" = "$example" ] || rest=${example#* + }
	if [ "$example" = - ]; then
		run - "$name"
		judge "${name%%=*}"
		return
	fi
	if [ "$kind" = option ]; then
		run - "$name" "$first" ${rest:+"$rest"}
		judge "$name"
	fi
	case $name:$rest in
	*:http*) return ;; # of URLs in words, the first is one
	--*) run - "$name=$first" ${rest:+"$rest"} ;;
	-?:*) run - "$name$first" ${rest:+"$rest"} ;;
	*) return ;;
	esac
	judge "$name"
}

walk_key() {
	printf '%s = %s\n' "$name" "$example" >"$T/file"
	run - --config="$T/file"
	judge "$T/file:1: $name"
}

# How the others of this kind work is shown by bridge.sh.
walk_bridge() {
	count=$((count + 1))
	if [ "$verdict" = honoured ]; then
		grep -qF "try '$name'" bridge.sh ||
			fail "bridge.sh does not try it"
		return
	fi
	status=0
	"$BRIDGE" "$name" h:1 >"$T/out" 2>"$T/err" || status=$?
	refused
	[ "$(cat "$T/err")" = "haproxy-marathon-bridge: $name: $expected" ] ||
		fail "expected: $expected"
}

walk() {
	case $kind in
	option | flag) walk_option ;;
	variable) run "$name=$example"; judge "$name" ;;
	key) walk_key ;;
	word) run - "$name"; judge "$name" ;;
	bridge) walk_bridge ;;
	*) fail "no such kind" ;;
	esac
}

# The options that the line's last word is about, without dashes.
mentioned() {
	case $verdict:$kind in
	honoured:bridge) ;;
	honoured:*) printf '%s\n' "$expected" | sed 's/; /\
/g' | sed -n 's/ = .*//p' ;;
	*)
		printf '%s\n' "$expected" | grep -oE -e '--[a-z-]+' |
			sed 's/^--//'
		printf '%s\n' "$expected" |
			grep -oE '(use|or) [a-z-]+ =' | cut -d' ' -f2
		;;
	esac || true
}

# Prints those of them that are not there.
missing() {
	mentioned | while read -r option; do
		grep -qE -e "--$option(=| |\$)" "$T/help" || echo "--$option"
	done
}

"$MMSDFS" --help >"$T/help"
: >"$T/missing"
grep -v '^#' predecessors.tsv >"$T/rows"
while IFS=$tab read -r system kind name example verdict expected note; do
	[ -n "$note" ] || fail "a column is missing"
	gone=$(missing)
	if [ -n "$gone" ]; then
		echo "$gone" | sed "s/\$/	$system: $name/" >>"$T/missing"
		[ "$verdict" != honoured ] || continue
	fi
	walk
done <"$T/rows"

sort -u "$T/missing" | sed 's/^/NOT THERE: /'
if [ "$COMPLETE" = yes ] && [ -s "$T/missing" ]; then
	echo "FAILED: these are missing"
	failed=1
elif [ "$COMPLETE" = no ] && [ ! -s "$T/missing" ]; then
	echo "FAILED: all are there: let COMPLETE say so"
	failed=1
fi
[ "$count" -ge 380 ] || { echo "FAILED: only $count runs"; failed=1; }
echo "$count runs of $(wc -l <"$T/rows") lines"
exit $failed
