#!/bin/sh
# 30000 tasks: they are shown; a state that is the same costs a walk over its
# bytes; one task that changes is one that is parsed. The figures are printed.
. "$(dirname "$0")/lib.sh"

TASKS=30000
start_mesos
cluster "{\"fill\":$TASKS}"

cpu_ms() {
	awk '{ print ($14 + $15) * 10 }' "/proc/$DAEMON/stat"
}

before=$(date +%s%N)
mount_sources --mesos-masters="$MASTERS" --mesos-poll-interval=1s --wait=0
echo "ready after $((($(date +%s%N) - before) / 1000000)) ms"
echo "the state: $(($(asked bytes) >> 20)) MB"
[ "$(ls "$M/services" | wc -l)" -eq $((TASKS / 3 + 1)) ] || fail "not all"
shows fill.app-0 10.1.0.1:10000 10.1.0.1:10001 10.1.0.1:10002
wait_until "haproxy.cfg" sh -c \
	"jq -e '.serving == $TASKS + 1' '$M/status.json'"
reads 1
spent=$(cpu_ms)
from=$(one .full_reads)
reads 5
echo "each state that is the same: $((($(cpu_ms) - spent) / \
	($(one .full_reads) - from))) ms of CPU"
echo "memory: $(awk '/VmRSS/ { print int($2 / 1024) }' \
	"/proc/$DAEMON/status") MB"
cluster '{"frameworks":{"one":[{"id":"x","resources":{"ports":"[1-1]"}}]}}'
shows one.x 10.1.0.1:1

# What was shown stays when all of it is missing at once.
cluster '{"fill":0}'
becomes ".held == $TASKS"
[ "$(ls "$M/services" | wc -l)" -eq $((TASKS / 3 + 2)) ] || fail "some went"
unmount_it
