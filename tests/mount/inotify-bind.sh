#!/bin/sh
# The same through a bind mount in another mount and pid namespace.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mount_it
mkdir "$T/inside"
for how in dir file; do
	unshare --mount --pid --fork --propagation slave sh -c "
		mount --bind '$M/services' '$T/inside' &&
		exec '$WATCH' $how '$T/inside' web.instances 20" \
		>"$T/$how.read" &
	eval "$how=$!"
done
for how in dir file; do
	wait_until "the $how reader" grep -q ready "$T/$how.read"
done
for i in $(seq 20); do
	apps "$(app /web host-a:$((1000 + i)))"
	for how in dir file; do
		wait_until "change $i at the $how" \
			grep -qx "host-a:$((1000 + i))" "$T/$how.read"
	done
done
# shellcheck disable=SC2154
wait "$dir" || fail "reader on the directory"
# shellcheck disable=SC2154
wait "$file" || fail "reader on the file"
unmount_it
