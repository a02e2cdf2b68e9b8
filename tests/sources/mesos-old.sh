#!/bin/sh
# Masters of 0.2x: the state is /master/state.json, and one that does not lead
# shows a state of its own, with nothing in it. That must never count.
. "$(dirname "$0")/lib.sh"

start_mesos --masters=2 --old
cluster '{"frameworks":{"jobs":[{"id":"a.1","resources":{"ports":"[1-2]"}}]}}'
# Only who does not lead is configured: the leader is asked all the same.
mount_sources --mesos-masters="one=$MASTER2" --shrink-guard=off
shows jobs.a 10.1.0.1:1
shows jobs.a_1 10.1.0.1:2
shows mesos-master "$MASTER1"
becomes ".name == \"one\" and .leader == \"$MASTER1\" and .url == \"http://$MASTER1\""
reads 3
shows jobs.a 10.1.0.1:1

# It becomes the leader, and the other one's state is empty.
cluster '{"leader":1}'
shows mesos-master "$MASTER2"
becomes ".leader == \"$MASTER2\""
reads 2
shows jobs.a 10.1.0.1:1

# Nobody leads: what was known stays.
cluster '{"leader":null}'
becomes '(.why | test("no master leads")) and .stale'
shows jobs.a 10.1.0.1:1
cluster '{"leader":0}'
becomes '.why == ""'
unmount_it
