#!/bin/sh
# Who may not listen to events has the list alone: apps as they are run, with
# checks whose times move in each list, are followed through kills and scalings.
. "$(dirname "$0")/lib.sh"

start_marathon --generate=60 --instances=3
control "access?forbid-stream=1"
mount_marathon --shrink-guard=off --poll-interval=200ms
same "the start"
for round in 1 2 3; do
	control "storm?events=40&rate=400"
	wait_until "storm $round is over" sh -c \
		"curl -s '$NODE1/control/storm-state' | jq -e '.done >= 40'"
	same "after storm $round"
done
control "scale?id=/gen-000/app-00007&instances=5"
same "after a scaling"
[ "$(source_is events)" -eq 0 ] || fail "there were events"
unmount_it
