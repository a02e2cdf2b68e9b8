#!/bin/sh
# A hundred changes while a run is under way are one more run, and it sees the
# last of them; never are there two at a time.
. "$(dirname "$0")/lib.sh"

script slow <<'END'
echo run >>"$T/runs"
mkdir "$T/alone" || echo "two at a time" >>"$T/bad"
while [ -e "$T/hold" ]; do sleep 0.05; done
grep -o 'host-a:[0-9]*' "$MMSDFS_PATH" >"$T/seen"
rmdir "$T/alone"
END

touch "$T/hold"
apps "$(app /web host-a:1000)"
mount_it --on-change="haproxy.cfg=$T/slow" --reload-interval=0
wait_until "the first run" at_least 1 "$T/runs"
for i in $(seq 100); do
	apps "$(app /web host-a:$((2000 + i)))"
done
wait_until "the last change" \
	grep -qx host-a:2100 "$M/services/web.instances"
wait_until "the last configuration" grep -q host-a:2100 "$M/haproxy.cfg"
[ "$(lines "$T/runs")" -eq 1 ] || fail "$(lines "$T/runs") runs at a time"
rm "$T/hold"
wait_until "the last state" grep -qx host-a:2100 "$T/seen"
wait_until "the end" hook_is '.running_since == 0 and .runs >= 2'
# One more if the last change was told after the second had begun.
[ "$(lines "$T/runs")" -le 3 ] || fail "$(lines "$T/runs") runs"
[ ! -e "$T/bad" ] || fail "$(cat "$T/bad")"

# An interval makes few runs of many changes, too: the last is applied.
unmount_it
rm -rf "$T/runs" "$T/alone"
mount_it --on-change="haproxy.cfg=$T/slow" --reload-interval=1
for i in $(seq 100); do
	apps "$(app /web host-a:$((3000 + i)))"
done
wait_until "the last state" grep -qx host-a:3100 "$T/seen"
[ "$(lines "$T/runs")" -le 50 ] || fail "$(lines "$T/runs") runs"
[ ! -e "$T/bad" ] || fail "$(cat "$T/bad")"
unmount_it
