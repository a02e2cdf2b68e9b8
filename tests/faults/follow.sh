#!/bin/sh
# Every kind of change, with events and without: the files become what the
# Marathon's own list says. Under the oldest and the newest dialects.
. "$(dirname "$0")/lib.sh"

start_marathon --apps="$APPS" --profile="${PROFILE:-1.11}"
mount_marathon
same "the start"
[ "$(wc -l <"$M/services/developer.trapni.php.instances")" -eq 3 ] ||
	fail "three instances"

php='id=/developer/trapni/php'
control "scale?$php&instances=6"
same "scaled up"
control "scale?$php&instances=2"
same "scaled down"
control "kill?$php&count=1"
same "killed"
control "kill?$php&task=0&replace=1"
same "killed and replaced"
control "start?$php&count=2"
same "started"
control "deploy?id=/developer/trapni/redis"
same "deployed"
control "health?$php&task=0&alive=false"
same "a failed check"
control "health?$php&alive=true"
same "passed again"
control app --data '{"id":"/new/one","cmd":"x","instances":2,
	"portDefinitions":[{"port":0,"name":"web"},{"port":0}]}'
same "a new app"
control "delete?id=/new/one"
same "a deleted app"
control "scale?$php&instances=0"
same "scaled to nothing"
[ -e "$M/services/developer.trapni.php.instances" ] || fail "an empty file"
control "scale?$php&instances=3"
same "and back"

# Lost events: the next full read shows what happened.
control "kill?$php&task=0&suppress=1"
same "a change without an event"
# Twice, and in any order.
control "scale?$php&instances=6&duplicate=1&shuffle=1"
same "events twice, shuffled"
control "scale?$php&instances=1&duplicate=1&shuffle=1"
same "events twice, shuffled, down"
control "deploy?$php&delay-ms=300"
same "events that come late"
well

# What is printed once is what the mount shows, once it has been checked.
is_shown() {
	"$MMSDFS" render "$1" --marathon="$URL" >"$T/once" &&
		cmp -s "$T/once" "$M/$1"
}
for view in haproxy.cfg services/developer.trapni.php.instances; do
	wait_until "the mount shows what render $view prints" is_shown $view
done
"$MMSDFS" render status.json --marathon="$URL" | jq -e '.apps > 0' >"$T/once" ||
	fail "render status.json"
unmount_it
