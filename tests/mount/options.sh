#!/bin/sh
# Bad options and bad mount points: one clear line on stderr, exit 2, and
# nothing is mounted.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"

# refused WORDS ARGUMENT...
refused() {
	words=$1
	shift
	status=0
	"$MMSDFS" "$@" >"$T/out" 2>"$T/err" || status=$?
	[ $status -eq 2 ] || fail "$*: exit $status: $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" -eq 1 ] || fail "$*: $(cat "$T/err")"
	grep -qi -e "$words" "$T/err" || fail "$*: $(cat "$T/err")"
	[ ! -s "$T/out" ] || fail "$*: stdout: $(cat "$T/out")"
	if [ "$(grep -c " $M " /proc/self/mountinfo)" -ne "${MOUNTED:-0}" ]; then
		fail "$*: mounted"
	fi
}

refused 'no-such-option' --no-such-option "$M"
refused 'health' --health=maybe --marathon="file:$A" "$M"
refused 'no source' "$M"
refused 'mountpoint' --marathon="file:$A"
refused "$T/missing" --marathon="file:$A" "$T/missing"
refused 'not a directory' --marathon="file:$A" "$A"
mkdir "$T/full"
touch "$T/full/file"
refused 'not empty' --marathon="file:$A" "$T/full"
refused "$T/none.json" --marathon="file:$T/none.json" "$M"
refused "$T/none.pem" --marathon=http://127.0.0.1:1 --marathon-ca="$T/none.pem" "$M"
refused "$T/none.conf" --config="$T/none.conf" "$M"
printf 'marathon = file:%s\nhealth = maybe\n' "$A" >"$T/bad.conf"
refused 'bad.conf:2' --config="$T/bad.conf" "$M"
refused "$T/nodir" --state-dir="$T/nodir" --marathon="file:$A" "$M"
refused 'not a directory' --state-dir="$A" --marathon="file:$A" "$M"
refused 'groups' --groups= --marathon="file:$A" "$M"
refused 'no such directory' export "$T/x" --marathon="file:$A"
refused 'export mounts nothing' export "$T/full" --marathon="file:$A" \
	--upstream-confd="$T/full"

# Nothing answers within --wait: exit 3, unmounted, and it says for what.
status=0
"$MMSDFS" --wait=1 --marathon=http://127.0.0.1:1 "$M" 2>"$T/err" || status=$?
[ $status -eq 3 ] || fail "--wait: exit $status"
grep -q 127.0.0.1:1 "$T/err" || fail "--wait: $(cat "$T/err")"
if grep -q " $M " /proc/self/mountinfo; then
	fail "--wait: still mounted"
fi

# An environment that is full of other people's words changes nothing.
USER=root CONFIG=/none GROUPS=none VERBOSE=1 HOME=/ mount_it
[ "$(cat "$M/services/web.instances")" = host-a:1000 ] || fail "environment"
MOUNTED=1
refused 'already mounted' --marathon="file:$A" "$M"
