#!/bin/sh
# Two clusters and a registrator at once; each dies in its turn, and nothing of
# the living is disturbed: not a byte, and what they change is followed.
. "$(dirname "$0")/lib.sh"

php='id=/developer/trapni/php'
start_marathon --apps="$APPS" --listen=127.0.0.1:0
WEST=$URL WEST_PID=$MARATHON_PID
start_marathon --apps="$APPS" --listen=127.0.0.1:0
EAST=$URL EAST_PID=$MARATHON_PID
start_etcd
set_key redis/host-1:redis:6379 10.0.0.1:32379
mount_etcd --marathon="west=$WEST" --marathon="east=$EAST"
[ "$(jq -r '[.sources[].name] | join(" ")' "$M/status.json")" = \
	"west east registrator" ] || fail "three sources"

# of SOURCE: the lines of its files.
of() {
	case $1 in
	east) files | grep '^east_' ;;
	registrator) files | grep '^redis' ;;
	west) files | grep -v '^east_' | grep -v '^redis' ;;
	esac
}

# source_becomes SOURCE FILTER
source_becomes() {
	wait_until "$1: $2" jq -e \
		".sources[] | select(.name == \"$1\") | $2" "$M/status.json"
}

# php_has CLUSTER PREFIX COUNT: so many lines.
php_has() {
	wait_until "$1 has $3 of php" sh -c "[ \$(wc -l \
		<'$M/services/$2developer.trapni.php.instances') -eq $3 ]"
}

# changes SOURCE COUNT: it changes, and its files follow.
changes() {
	case $1 in
	west)
		NODE1=$WEST
		control "scale?$php&instances=$2"
		php_has west "" "$2"
		;;
	east)
		NODE1=$EAST
		control "scale?$php&instances=$2"
		php_has east east_ "$2"
		;;
	registrator)
		set_key redis/host-1:redis:6379 "10.0.0.1:$2"
		lines_are "the registrator" redis.instances "10.0.0.1:$2"
		;;
	esac
}

stop_source() {
	case $1 in
	west) kill -KILL "$WEST_PID" ;;
	east) kill -KILL "$EAST_PID" ;;
	registrator) kill_etcd ;;
	esac
}

start_again() {
	case $1 in
	west)
		start_marathon --apps="$APPS" --listen="${WEST#http://}"
		WEST_PID=$MARATHON_PID
		;;
	east)
		start_marathon --apps="$APPS" --listen="${EAST#http://}"
		EAST_PID=$MARATHON_PID
		;;
	registrator) start_etcd ;;
	esac
}

changes west 2
changes east 3
turn=0
for victim in west east registrator; do
	turn=$((turn + 1))
	files >"$T/before"
	of "$victim" >"$T/victim"
	stop_source "$victim"
	source_becomes "$victim" '.why != "" and .since > 0'
	files | cmp - "$T/before" || fail "$victim died: the files changed"
	for living in west east registrator; do
		[ "$living" != "$victim" ] || continue
		changes "$living" $((turn + 3))
		source_becomes "$living" '.why == "" and (.stale | not)'
	done
	of "$victim" | cmp - "$T/victim" || fail "$victim did not stay"
	haproxy -c -q -f "$M/haproxy.cfg" || fail "haproxy.cfg"
	start_again "$victim"
	source_becomes "$victim" '.why == "" and .held == 0 and (.stale | not)'
	changes "$victim" $((turn + 4))
done
unmount_it
