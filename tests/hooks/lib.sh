# SPDX-License-Identifier: MIT
# For the tests of hooks, on top of those of the mount:
#
#	. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../mount/lib.sh"

# hook_is FILTER [NUMBER]: what the status says of a hook (0: the first).
hook_is() {
	jq -e ".hooks[${2:-0}] | $1" "$M/status.json" >/dev/null
}

# script NAME: makes stdin a command of its own, at $T/NAME. It knows $T.
script() {
	{
		printf '#!/bin/sh\nT=%s\n' "$T"
		cat
	} >"$T/$1"
	chmod 755 "$T/$1"
}

# lines FILE: how many there are.
lines() {
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

# at_least NUMBER FILE: so many lines are there.
at_least() {
	[ "$(lines "$2")" -ge "$1" ]
}

# As that of the mount; a hook that has a file open may be in the way.
unmount_it() {
	wait_until "umount" umount "$M"
	wait "$DAEMON" || fail "exit status $? after umount"
}
