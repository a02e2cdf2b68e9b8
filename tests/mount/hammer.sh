#!/bin/sh
# Readers of four kinds and a lister during 10 000 changes of a small file and
# 5 000 of a big one: nothing torn, short or empty. The twin in which versions
# share an inode must fail.
. "$(dirname "$0")/lib.sh"

"$HAMMER" "$M" "${HAMMER_CHANGES:-10000}" 2>"$T/stderr" ||
	fail "$(sort "$T/stderr" | uniq -c | sort -rn | head -n 5)"
mkdir "$T/plain"
mount -t tmpfs none "$T/plain"
if HAMMER_SHARE_INODE=1 "$HAMMER" "$T/plain" 300 >/dev/null 2>&1; then
	fail "the twin did not notice torn files"
fi
umount "$T/plain"
