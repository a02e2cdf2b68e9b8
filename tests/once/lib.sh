# SPDX-License-Identifier: MIT
# For the tests of what works without a mount, which source it first:
#
#	. "$(dirname "$0")/lib.sh"
LIB_NO_FUSE=${LIB_NO_FUSE-1}
export LIB_NO_FUSE
. "$(dirname "$0")/../faults/lib.sh"

# ends STATUS COMMAND...: with that exit status; what it says is in $T/out and
# $T/err.
ends() {
	lib_expected=$1
	shift
	lib_got=0
	timeout 120 "$@" >"$T/out" 2>"$T/err" || lib_got=$?
	[ "$lib_got" -eq "$lib_expected" ] ||
		fail "$*: exit $lib_got, not $lib_expected: $(cat "$T/out" "$T/err")"
}

# says_error WORDS: the command before has, on stderr.
says_error() {
	grep -q -e "$1" "$T/err" || fail "no '$1' in: $(cat "$T/err")"
}

# says_out WORDS; says_not WORDS: the same on stdout.
says_out() {
	grep -q -e "$1" "$T/out" || fail "no '$1' in: $(cat "$T/out")"
}

says_not() {
	! grep -q -e "$1" "$T/out" || fail "'$1' in: $(cat "$T/out")"
}

# small_disk DIR: a file system of 256 KB there; full DIR: there is no room
# left; roomy DIR: there is again.
small_disk() {
	mkdir -p "$1"
	mount -t tmpfs -o size=256k,nr_inodes=100 small "$1"
}

full() {
	dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null || true
}

roomy() {
	rm -f "$1/filler"
}
