#!/bin/sh
# A hook that hangs is ended with all of its process group, is reported, and
# holds up neither the files nor other hooks.
. "$(dirname "$0")/lib.sh"

script hang <<'END'
mkdir "$T/alone.$1" || echo "two at a time" >>"$T/bad"
[ "$1" = term ] || trap '' TERM
sleep 1000 &
echo $! $$ >>"$T/pids.$1"
# The lock goes with the group: both have ended when it can be taken again.
[ "$1" = term ] && trap 'rmdir "$T/alone.$1"; exit 1' TERM
wait
wait
[ "$1" = term ] || while :; do sleep 1000; done
END
script fine <<'END'
cat "$MMSDFS_PATH"/*.instances >"$T/shown.new"
mv "$T/shown.new" "$T/shown"
END

apps "$(app /web host-a:1000)"
mount_it --on-change="haproxy.cfg=$T/hang term" \
	--on-change="services=$T/fine" --hook-timeout=5s --reload-interval=0
wait_until "the run that hangs" at_least 1 "$T/pids.term"
for i in 1 2 3; do
	apps "$(app /web host-a:100$i)"
	wait_until "file $i" grep -qx "host-a:100$i" "$M/services/web.instances"
	wait_until "view $i" grep -q "host-a:100$i" "$M/haproxy.cfg"
	wait_until "other hook $i" grep -qx "host-a:100$i" "$T/shown"
done
wait_until "the time limit" hook_is '.failures >= 1
	and (.last_exit | startswith("no end within 5000 ms: "))'
for pid in $(head -n 1 "$T/pids.term"); do
	wait_until "process $pid ends" gone "$pid"
done
wait_until "the next run" at_least 2 "$T/pids.term"
[ ! -e "$T/bad" ] || fail "$(cat "$T/bad")"
# The end of the mount ends what hangs.
unmount_it
for pid in $(tail -n 1 "$T/pids.term"); do
	wait_until "process $pid ends with the mount" gone "$pid"
done

# One that ignores SIGTERM is killed.
rm -rf "$T"/alone.*
mount_it --on-change="haproxy.cfg=$T/hang kill" --hook-timeout=200ms
# On a busy machine the first may end before it can ignore anything, and leave
# its lock, of which the next complains.
wait_until "the kill" hook_is '.last_exit
	| startswith("no end within 200 ms: killed by SIGKILL")'
wait_until "its processes" at_least 1 "$T/pids.kill"
for pid in $(head -n 1 "$T/pids.kill"); do
	wait_until "process $pid ends" gone "$pid"
done
unmount_it
for pid in $(cat "$T"/pids.*); do
	gone "$pid" || wait_until "$pid ends" gone "$pid"
done
