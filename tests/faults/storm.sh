#!/bin/sh
# A thousand events in a second: no list is read for them, and in the end the
# files are what Marathon says. A Marathon ends the stream of who is slower than
# it (as on a busy machine); then a list is read for each new one, and what it
# says counts.
. "$(dirname "$0")/lib.sh"

start_marathon --generate=300 --instances=4
# The guard reads the list when it holds something back.
mount_marathon --shrink-guard=off --refresh-interval=600 --poll-interval=600
same "the start"
# The status is a second behind, and a list read before the stream was
# attached is followed by another.
sleep 2
reads=$(source_is full_reads)
attaches=$(source_is attaches)
control "storm?events=1000&rate=1000"
wait_until "the storm is over" sh -c \
	"curl -s '$NODE1/control/storm-state' | jq -e '.done >= 1000'"
same "after the storm"
sleep 2
reads=$(($(source_is full_reads) - reads))
attaches=$(($(source_is attaches) - attaches))
echo "$reads lists, $attaches more streams"
# One that was under way when a stream came is followed by another.
[ $reads -le $((2 * attaches)) ] || fail "lists were read"
well
unmount_it
