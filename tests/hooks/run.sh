#!/bin/sh
# A hook runs when its view is there first and when it has changed, is told
# what and why, and gets nothing else of ours.
. "$(dirname "$0")/lib.sh"

script look <<'END'
{
	echo "view=$MMSDFS_VIEW path=$MMSDFS_PATH reason=$MMSDFS_REASON"
	echo "generation=$MMSDFS_GENERATION inode=$(stat -c %i "$MMSDFS_PATH")"
	echo "words=$# <$1> <$2> cwd=$(pwd) notify=<$NOTIFY_SOCKET>"
	echo "stdin=$(readlink /proc/$$/fd/0)"
	[ "$(cut -d ' ' -f 5 /proc/$$/stat)" = $$ ] && echo "group=own"
	echo
} >>"$T/$MMSDFS_VIEW.out"
echo "said by the hook"
END

apps "$(app /web host-a:1000)"
# A descriptor that nobody meant for hooks, and a service manager.
exec 7</dev/null
export NOTIFY_SOCKET="$T/none"
mount_it --on-change="haproxy.cfg=$T/look 'a  \$HOME' \"b;c\"" \
	--on-change="services=$T/look" --reload-interval=0 \
	--on-change="haproxy.cfg=ls -m /proc/self/fd" \
	--on-change="haproxy.cfg=grep -h SigBlk /proc/self/status"
unset NOTIFY_SOCKET

out=$T/haproxy.cfg.out
wait_until "the first run" hook_is '.runs == 1 and .running_since == 0'
grep -qx "view=haproxy.cfg path=$M/haproxy.cfg reason=start" "$out" ||
	fail "$(cat "$out")"
grep -qx 'words=2 <a  $HOME> <b;c> cwd=/ notify=<>' "$out" ||
	fail "a shell, or other words: $(cat "$out")"
grep -qx 'stdin=/dev/null' "$out" || fail "$(cat "$out")"
# The last is the one by which it looks.
wait_until "the descriptors" grep -qx 'mmsdfs: haproxy.cfg: 0, 1, 2, 3' \
	"$T/stderr"
wait_until "the signals" \
	grep -qx 'mmsdfs: haproxy.cfg: SigBlk:?0*' "$T/stderr"
grep -qx 'group=own' "$out" || fail "$(cat "$out")"
grep -q 'haproxy.cfg: said by the hook' "$T/stderr" || fail "not in the log"
hook_is '.last_exit == "exit status 0" and .failures == 0
	and .last_success > 0 and .failing_since == 0' ||
	fail "$(cat "$M/status.json")"
grep -qx 'mmsdfs_hook_runs_total{hook="0",view="haproxy.cfg"} 1' \
	"$M/metrics.prom" || fail "$(grep hook "$M/metrics.prom")"

wait_until "the first run of services" hook_is '.runs >= 1' 1
grep -qx "view=services path=$M/services reason=start" \
	"$T/services.out" || fail "$(cat "$T/services.out")"

apps "$(app /web host-a:1001)"
wait_until "a run for a change" hook_is '.runs >= 2'
grep -qx "view=haproxy.cfg path=$M/haproxy.cfg reason=change" "$out" ||
	fail "$(cat "$out")"
wait_until "a run of services" grep -q reason=change "$T/services.out"

# The generation is the inode, and it has risen.
grep '^generation' "$out" | tr '=' ' ' |
	awk '{if ($2 > $4 || $2 <= last) exit 1; last = $2}' ||
	fail "generations: $(cat "$out")"
# What raises no event runs no hook: nothing but the counters changes.
before=$(lines "$out")
touch "$A"
wait_until "the counters" \
	sh -c "grep -q '^mmsdfs_hook_runs_total{hook=\"0\".*} 2' '$M/metrics.prom'"
[ "$(lines "$out")" -eq "$before" ] || fail "a run without a change"
unmount_it
