#!/bin/sh
# Bad hooks: one clear line on stderr, exit 2, and nothing is mounted.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"

# refused WORDS ARGUMENT...
refused() {
	words=$1
	shift
	status=0
	"$MMSDFS" --marathon="file:$A" "$@" >"$T/out" 2>"$T/err" || status=$?
	[ $status -eq 2 ] || fail "$*: exit $status: $(cat "$T/err")"
	[ "$(wc -l <"$T/err")" -eq 1 ] || fail "$*: $(cat "$T/err")"
	grep -q -e "$words" "$T/err" || fail "$*: $(cat "$T/err")"
	[ ! -s "$T/out" ] || fail "$*: stdout: $(cat "$T/out")"
	if grep -q " $M " /proc/self/mountinfo; then
		fail "$*: mounted"
	fi
}

refused "'true' is not VIEW=CMD" --on-change=true "$M"
refused "no view 'nginx'" --on-change=nginx=true "$M"
refused "no view ''" --on-change==true "$M"
refused 'no program in it' --on-change=services= "$M"
refused "a ' is not closed" --on-change="services=echo 'x" "$M"
refused 'a backslash at its end' --on-change='services=echo \' "$M"
refused 'nothing behind sh:' --on-change=services=sh: "$M"
refused 'not a time from' --hook-timeout=0 "$M"
refused 'not a time from' --reload-interval=soon "$M"
refused 'not one of daemon|master-worker' --haproxy-mode=x "$M"
refused 'give one of them' --haproxy --haproxy-reload=true "$M"
refused 'needs --haproxy-reload' --haproxy-start=true "$M"
refused 'haproxy-before-cmd needs --haproxy' --haproxy-before-cmd=true "$M"
refused 'haproxy-after-cmd needs --haproxy' --haproxy-after-cmd=true "$M"
refused 'haproxy-after-cmd: .*not closed' --haproxy \
	--haproxy-after-cmd='"x' "$M"
refused 'not found in $PATH' --haproxy --haproxy-bin=no-such-program "$M"
refused "$T/none: No such" --haproxy --haproxy-bin="$T/none" "$M"
refused "$T: Permission" --haproxy --haproxy-bin="$T" "$M"
mkdir "$T/confd"
refused 'without a MOUNTPOINT' --haproxy --upstream-confd="$T/confd"
refused 'without a MOUNTPOINT' --on-change=haproxy.cfg=true \
	--upstream-confd="$T/confd"
set --
for i in $(seq 17); do
	set -- "$@" --on-change=services=true
done
refused 'more than 16 hooks' "$@" "$M"

# Where there is only the services directory, it has hooks.
"$MMSDFS" -f --marathon="file:$A" --upstream-confd="$T/confd" \
	--on-change="services=sh:echo \$MMSDFS_PATH \$MMSDFS_REASON >>$T/runs" \
	2>>"$T/stderr" &
DAEMON=$!
wait_until "the first run" grep -qx "$T/confd start" "$T/runs"
apps "$(app /web host-a:1001)"
wait_until "a change" grep -qx "$T/confd change" "$T/runs"
umount "$T/confd"
wait "$DAEMON" || fail "exit status $? after umount"
