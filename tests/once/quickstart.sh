#!/bin/sh
# The README's first command where there is no /dev/fuse to be had: it says so,
# and keeps real files. /dev is covered in a mount namespace of our own.
. "$(dirname "$0")/lib.sh"

MMSDFS=$(realpath "$MMSDFS")
cd "$(dirname "$0")/../.."
apps
mkdir "$T/dev"
if [ -e /dev/fuse ]; then
	# A file system that knows no devices: even root cannot open it.
	mount -t tmpfs -o nodev none "$T/dev"
	mknod "$T/dev/fuse" c 10 229
	mount --bind "$T/dev/fuse" /dev/fuse
	! (exec 3<>/dev/fuse) 2>/dev/null || fail "it can be opened"
fi

ends 1 "$MMSDFS" --marathon="file:$A" "$M"
ends 0 env -u MARATHON MOUNTPOINT="$T/files" \
	BUILD="$(dirname "$MMSDFS")" examples/quickstart --once
says_out '/dev/fuse cannot be opened'
says_out 'services/developer.trapni.php.instances'
says_out 'MOVED_TO'
[ "$(wc -l <"$T/files/services/developer.trapni.php.instances")" -eq 5 ] ||
	fail "$(cat "$T/files/services/developer.trapni.php.instances")"
[ ! -e "$T/files/haproxy.cfg" ] || grep -q '^backend' "$T/files/haproxy.cfg" ||
	fail "no backend"
# It has ended what it has started.
ends 1 "$MMSDFS" status "$T/files"
