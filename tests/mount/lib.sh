# SPDX-License-Identifier: MIT
# For the mount tests, which source it first:
#
#	. "$(dirname "$0")/lib.sh"
#
# The test then runs as root, in namespaces of its own: its mounts, its network
# (loopback alone, so that all ports are free) and its processes, which all end
# with it and have numbers that mean nobody else. Numbers come round within
# minutes while the suites run. It has a work directory $T that goes at the end,
# and $M for a mount point. MMSDFS is the program (meson gives it). At the end
# nothing unexpected may be on stderr. With LIB_NO_FUSE=1 there need not be a
# /dev/fuse.
[ -z "${lib_begun:-}" ] || return 0
lib_begun=1
set -eu

if [ $$ -ne 1 ]; then
	[ -n "${LIB_NO_FUSE:-}" ] || [ -e /dev/fuse ] || { echo "no /dev/fuse"; exit 77; }
	[ "$(id -u)" -eq 0 ] || { echo "not root"; exit 77; }
	exec unshare --mount --propagation private --net \
		--pid --fork --kill-child --mount-proc "$0" "$@"
fi

# Debian's programs, which every user may run.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
MMSDFS=${MMSDFS:-$(dirname "$0")/../../build/mmsdfs}
T=$(mktemp -d /tmp/mmsdfs-test.XXXXXX)
# The names of agents in these tests are nobody's.
MMSDFS_RESOLVE_HOSTS=off
export MMSDFS_RESOLVE_HOSTS
M=$T/mnt
A=$T/apps.json
mkdir "$M"
chmod 755 "$T"
ip link set lo up

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# The pid of the daemon that serves the mount at $1 (default $M).
daemon_pid() {
	jq -r .pid "${1:-$M}/status.json"
}

# The pid of its notifier: the status has it a moment after the start.
notifier_pid() {
	wait_until "the notifier" \
		sh -c "[ \$(jq .notifier.pid '$M/status.json') -gt 0 ]"
	jq -r .notifier.pid "$M/status.json"
}

# What the daemon is at, for who reads of a failure.
lib_tell() {
	echo "--- mmsdfs $DAEMON:"
	if gone "$DAEMON"; then
		wait "$DAEMON"
		echo "has ended with status $?"
		return
	fi
	for lib_task in /proc/"$DAEMON"/task/*; do
		echo "$(cat "$lib_task/comm") $(sed -n 's/^State:.//p' \
			"$lib_task/status") $(cat "$lib_task/wchan")"
	done
	timeout -s KILL 5 jq -c '{notifier, hooks, views, problems}' \
		"$M/status.json" | cut -c 1-4000
}

lib_end() {
	status=$?
	set +e
	trap - EXIT
	[ $status -eq 0 ] || [ -z "${DAEMON:-}" ] || lib_tell 2>&1
	# All but this shell; what dies may still write.
	lib_tries=0
	while kill -s KILL -- -1 2>/dev/null && [ $lib_tries -lt 200 ]; do
		lib_tries=$((lib_tries + 1))
		sleep 0.05
	done
	awk -v t="$T/" 'index($2, t) == 1 { print $2 }' /proc/mounts |
		xargs -r -n 1 umount -l 2>/dev/null
	if [ $status -ne 0 ] && [ -s "$T/stderr" ]; then
		echo "--- stderr of mmsdfs:"
		tail -n 30 "$T/stderr"
	fi
	if grep -E 'ERROR: |WARNING: ThreadSanitizer|runtime error|assert' \
		"$T/stderr" "$T/stdout" 2>/dev/null; then
		status=1
	fi
	rm -rf --one-file-system "$T"
	exit $status
}
trap lib_end EXIT
trap 'exit 1' INT TERM

# In this order: a dead mount below still answers from the kernel's cache, but
# not with the pid of the new one.
is_ready() {
	[ "$(daemon_pid)" = "$DAEMON" ] && [ -e "$M/haproxy.cfg" ]
}

# mount_it [OPTION...]: mounts $A at $M and returns when it is ready.
mount_it() {
	"$MMSDFS" -f --log-level=debug --marathon="file:$A" "$@" "$M" \
		>>"$T/stdout" 2>>"$T/stderr" &
	DAEMON=$!
	wait_until "ready" is_ready
}

# wait_until WHAT COMMAND...: until the command succeeds, within a minute.
wait_until() {
	lib_what=$1
	shift
	lib_tries=0
	until "$@" >/dev/null 2>&1; do
		lib_tries=$((lib_tries + 1))
		[ $lib_tries -lt 1200 ] || fail "waited in vain: $lib_what"
		sleep 0.05
	done
}

# unheard: how many names have come and gone without an event so far.
unheard() {
	jq .notifier.silent "$M/status.json"
}

# heard EVENT FILE: or the notifier had no time for it on a busy machine: then a
# name comes and goes unheard, and is counted, more than the $UNHEARD before.
heard() {
	grep -q "$1" "$2" || [ "$(unheard)" -gt "$UNHEARD" ]
}

# gone PID: it has ended. Who collects it may be slow: a zombie counts as gone.
gone() {
	[ ! -d "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"
}

# unmount_it: umount ends the daemon with exit 0.
unmount_it() {
	umount "$M"
	wait "$DAEMON" || fail "exit status $? after umount"
}

# app ID HOST:PORT...: one app as Marathon 1.11 writes it, on stdout. Further
# JSON for the app object can be given in $APP_MORE (", ..."), labels in
# $APP_LABELS.
app() {
	lib_id=$1
	shift
	printf '{"id":"%s","instances":%d,"labels":{%s},' \
		"$lib_id" $# "${APP_LABELS:-}"
	printf '"networks":[{"mode":"host"}],'
	printf '"portDefinitions":[{"port":%s,"protocol":"tcp"}]%s,"tasks":[' \
		"${APP_PORT:-10001}" "${APP_MORE:-}"
	lib_comma=
	for lib_at in "$@"; do
		printf '%s{"id":"%s.%s","appId":"%s","host":"%s","ports":[%s],' \
			"$lib_comma" "$(echo "${lib_id#/}" | tr / _)" \
			"$(echo "$lib_at" | tr -c 'a-z0-9\n' -)" "$lib_id" \
			"${lib_at%:*}" "${lib_at##*:}"
		printf '"state":"TASK_RUNNING"}'
		lib_comma=,
	done
	printf ']}'
}

# apps APP...: makes them the whole cluster, at once and atomically.
apps() {
	lib_comma=
	{
		printf '{"apps":['
		for lib_app in "$@"; do
			printf '%s%s' "$lib_comma" "$lib_app"
			lib_comma=,
		done
		printf ']}\n'
	} >"$A.new"
	mv "$A.new" "$A"
}

# start_storm: changes as fast as they can be written, one app that is always
# there (/web) and others that come and go. stop_storm ends it.
start_storm() {
	(
		i=0
		while [ -d "$T" ] && [ ! -e "$T/stop" ]; do
			i=$(((i + 1) % 50000))
			apps "$(app /web host-a:$((1000 + i)))" \
				"$(app "/x$((i % 7))" h:1)"
		done
	) 2>/dev/null &
	STORM=$!
}

stop_storm() {
	touch "$T/stop"
	wait "$STORM" 2>/dev/null || true
}
