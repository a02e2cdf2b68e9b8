#!/bin/sh
# Beside a Marathon the masters are only asked who leads, which costs them
# nothing; with --mesos-state=on also for tasks, but not for those that Marathon
# gives already.
. "$(dirname "$0")/lib.sh"

start_mesos --masters=2
cluster '{"frameworks":{"marathon":[{"id":"m.1","resources":{"ports":"[1-1]"}}],
	"marathon-user":[{"id":"u.1","resources":{"ports":"[2-2]"}}],
	"jobs":[{"id":"j.1","resources":{"ports":"[3-3]"}}]}}'
apps "$(app /web host-a:1000)"
A="--marathon=file:$A --mesos-masters=$MASTERS"
# shellcheck disable=SC2086
mount_sources $A --mesos-poll-interval=100ms
shows web host-a:1000
shows mesos-master "$MASTER1"
[ "$(ls "$M/services" | wc -l)" -eq 2 ] || fail "$(ls "$M/services")"
redirects=$(asked redirect)
states=$(asked state)
wait_until "who leads is asked" sh -c "[ \$(curl -s http://$MASTER1/control |
	jq .redirect) -gt $((redirects + 10)) ]"
[ "$(asked state)" -le $((states + 1)) ] || fail "the state was read again"
cluster '{"leader":1}'
shows mesos-master "$MASTER2"
[ "$(asked state)" -le $((states + 4)) ] || fail "the state is read for nothing"
cluster '{"fault":"503"}'
wait_until "it says so" sh -c "jq -e '.sources[] | select(.name == \"mesos\") |
	.stale and (.why | test(\"503\"))' '$M/status.json'"
shows mesos-master "$MASTER2"
cluster '{"fault":null}'
wait_until "well" sh -c "jq -e '.sources[] | select(.name == \"mesos\") |
	.why == \"\"' '$M/status.json'"
unmount_it

# shellcheck disable=SC2086
mount_sources $A --mesos-state=on
shows jobs.j 10.1.0.1:3
[ "$(ls "$M/services" | wc -l)" -eq 3 ] || fail "$(ls "$M/services")"
unmount_it
# shellcheck disable=SC2086
mount_sources $A --mesos-state=on '--mesos-frameworks=marathon-*,none'
shows marathon-user.u 10.1.0.1:2
[ "$(ls "$M/services" | wc -l)" -eq 3 ] || fail "$(ls "$M/services")"
unmount_it
mount_sources --mesos-masters="$MASTERS" --groups=jobs
shows jobs.j 10.1.0.1:3
[ "$(ls "$M/services" | wc -l)" -eq 1 ] || fail "$(ls "$M/services")"
unmount_it
mount_sources --mesos-masters="$MASTERS" --mesos-state=off
shows mesos-master "$MASTER2"
[ "$(ls "$M/services" | wc -l)" -eq 1 ] || fail "$(ls "$M/services")"
unmount_it

# Who asks for a password gets it, the leader too, and nobody else.
printf 'anna:secret\n' >"$T/user"
cluster '{"user":"anna:secret","leader":0}'
mount_sources --mesos-masters="$MASTER2,$MASTER1" \
	--mesos-user-file="mesos=$T/user"
shows jobs.j 10.1.0.1:3
unmount_it
