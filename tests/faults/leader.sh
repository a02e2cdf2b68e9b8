#!/bin/sh
# The leader changes, is gone, cannot be reached; a new one knows no health
# results: no file changes, and what happens afterwards is followed.
. "$(dirname "$0")/lib.sh"

PROFILE=${PROFILE:-1.11}
start_marathon --apps="$APPS" --profile="$PROFILE" --listen=127.0.0.1:0 \
	--listen=127.0.0.1:0 --listen=127.0.0.1:0
mount_marathon
same "the start"
php='id=/developer/trapni/php'
remember

for node in 1 2 0; do
	control "health-absent-all"
	control "leader?node=$node"
	sleep 1
	unchanged "a new leader, health absent"
	control "health-all?alive=true"
	control "scale?$php&instances=5"
	same "scaled under leader $node"
	control "scale?$php&instances=3"
	same "scaled back under leader $node"
	well
	remember
done

control "leader?node=none&hold-ms=100"
says 'HTTP 50[23]|the event stream|no event stream'
sleep 1
unchanged "no leader"
control "leader?node=1"
control "scale?$php&instances=4"
same "a leader again"
well

remember
control "leader?node=2&unreachable=1"
sleep 2
unchanged "standbys cannot reach the leader"
control "leader?node=0&exit-ms=1500"
control "scale?$php&instances=2"
same "the old leader's process is gone for a while"
well

# Everything is closed for two seconds, and health is forgotten.
remember
control "restart?down-ms=4000"
says '.'
unchanged "while it is away"
sleep 3
unchanged "after it came back without health"
control "health-all?alive=true"
same "health is known again"
well
unmount_it

# At the very first start health is not known of anybody: who runs is shown.
control "health-absent-all"
mount_marathon
unchanged "a first start without health"
control "health-all?alive=true"
same "and then it is known"
unmount_it
