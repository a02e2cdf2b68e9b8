#!/bin/sh
# --state-dir: when no Marathon answers at the start, what was last known is
# shown, marked stale; it is the memory of health when one answers without. A
# damaged file is refused with words, a full disk harms nothing else.
. "$(dirname "$0")/lib.sh"

S=$T/state
mkdir "$S"
# The second node is only there to be asked while the first does not listen.
start_marathon --apps="$APPS" --listen=127.0.0.1:0 --listen=127.0.0.1:0
URL=$NODE1
CONTROL=$NODE2
mount_marathon --state-dir="$S"
same "the start"
control "health?id=/developer/trapni/php&task=0&alive=false"
same "one is sick"
remember
wait_until "the state is written" sh -c "[ -s '$S/marathon.state' ]"
unmount_it
head -n 1 "$S/marathon.state" | grep -q '^mmsdfs-state 1 ' || fail "its head"

# A leader that knows no health: what is on disk says who was sick.
control "health-absent-all"
mount_marathon --state-dir="$S"
unchanged "health is remembered over a restart"
control "health-all?alive=true"
same "health again"
remember
unmount_it

# Nobody answers.
control "fault?kind=refuse&node=0"
mount_marathon --state-dir="$S"
unchanged "what was on disk"
says 'refused'
wait_until "it is stale, of some time" sh -c \
	"jq -e '.sources[0] | .stale and .restored > 0' '$M/status.json'"
"$MMSDFS" status "$M" | grep -q 'as it was kept on disk' || fail "the words"
control clear-faults
same "somebody answers"
well
wait_until "it is no more what was on disk" sh -c \
	"jq -e '.sources[0].restored == 0' '$M/status.json'"
# SIGKILL: what was written before is whole.
kill -KILL "$DAEMON"
wait "$DAEMON" 2>/dev/null || true
umount -l "$M"

kill "$MARATHON_PID"
wait "$MARATHON_PID" || fail "the test Marathon: exit $?"
mount_marathon --state-dir="$S"
unchanged "after SIGKILL"
unmount_it

# Damaged.
cp "$S/marathon.state" "$T/whole"
for damage in cut flip version empty; do
	case $damage in
	cut) head -c 900 "$T/whole" >"$S/marathon.state" ;;
	flip) tr 3 4 <"$T/whole" >"$S/marathon.state" ;;
	version) sed '1s/state 1/state 9/' "$T/whole" >"$S/marathon.state" ;;
	empty) : >"$S/marathon.state" ;;
	esac
	status=0
	"$MMSDFS" -f --wait=1 --marathon="$URL" --state-dir="$S" "$M" \
		2>"$T/err" || status=$?
	[ $status -eq 3 ] || fail "$damage: exit $status: $(cat "$T/err")"
	grep -q 'damaged' "$T/err" || fail "$damage: $(cat "$T/err")"
done

# A full disk: all goes on, and it is said once.
mkdir "$T/small"
mount -t tmpfs -o size=16k none "$T/small"
CONTROL=
start_marathon --generate=100 --instances=3
mount_marathon --state-dir="$T/small"
same "with a full disk"
wait_until "it is said" grep -q 'the state cannot be kept' "$T/stderr"
control "scale?id=/gen-000/app-00001&instances=5"
same "with a full disk, a change"
[ ! -e "$T/small/marathon.state.new" ] || fail "the temporary is left"
unmount_it
umount "$T/small"
