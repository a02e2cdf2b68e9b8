# SPDX-License-Identifier: MIT
# For the tests with a real etcd, which source it first. What tests/faults/lib.sh
# has, and: $API is v2 or v3; set and remove write keys in that dialect.
. "$(dirname "$0")/../faults/lib.sh"
command -v etcd >/dev/null || { echo "no etcd"; exit 77; }

API=${API:-v3}
E=127.0.0.1:2379
case $API in
v2) ADDRESS=etcd://$E/services ;;
v3) ADDRESS=etcd3://$E/services ;;
esac
# What waits for a minute and more in life is quick here. A full read in between
# would hide what the watch has missed.
QUICK='--shrink-hold=4 --refresh-interval=600 --poll-interval=1'
unset http_proxy https_proxy ALL_PROXY

# etcd_there: it answers, and leads or knows who does.
etcd_there() {
	curl -sS --max-time 5 "http://$E/health" | grep -q '"true"'
}

# start_etcd [OPTION...]: with its data in $T/data, at $E.
start_etcd() {
	etcd --data-dir="$T/data" --enable-v2 --logger=zap \
		--log-outputs="$T/etcd.log" \
		--listen-client-urls="http://$E" \
		--advertise-client-urls="http://$E" \
		--listen-peer-urls=http://127.0.0.1:2380 \
		--initial-advertise-peer-urls=http://127.0.0.1:2380 \
		--initial-cluster=default=http://127.0.0.1:2380 \
		"$@" >"$T/etcd.out" 2>&1 &
	ETCD_PID=$!
	wait_until "etcd" etcd_there
}

# kill_etcd: at once, as a machine goes.
kill_etcd() {
	kill -KILL "$ETCD_PID"
	wait "$ETCD_PID" 2>/dev/null || true
}

ctl() {
	ETCDCTL_API=3 etcdctl --endpoints="$E" "$@" >"$T/ctl" 2>&1 ||
		fail "etcdctl $*: $(cat "$T/ctl")"
}

# keys2 METHOD KEY [CURL OPTION...]: of the v2 API.
keys2() {
	lib_method=$1
	lib_key=$2
	shift 2
	curl -sS --fail-with-body --max-time 30 -X "$lib_method" \
		"http://$E/v2/keys$lib_key" "$@" >"$T/answer" ||
		fail "$lib_method $lib_key: $(cat "$T/answer")"
}

# set_key KEY VALUE, below /services.
set_key() {
	case $API in
	v2) keys2 PUT "/services/$1" --data-urlencode "value=$2" ;;
	v3) ctl put "/services/$1" "$2" ;;
	esac
}

remove_key() {
	case $API in
	v2) keys2 DELETE "/services/$1" ;;
	v3) ctl del "/services/$1" ;;
	esac
}

# mount_etcd [OPTION...]: returns when the first answer is there.
mount_etcd() {
	# The options of $QUICK are words of our own, to be split.
	# shellcheck disable=SC2086
	"$MMSDFS" -f --log-level=debug --registrator="$ADDRESS" $QUICK "$@" \
		"$M" >>"$T/stdout" 2>>"$T/stderr" &
	DAEMON=$!
	wait_until "ready" is_ready
}

# lines_are WHAT FILE [LINE...]: the instances file comes to hold these.
lines_are() {
	lib_what=$1
	lib_file=$M/services/$2
	shift 2
	printf '%s\n' "$@" >"$T/expected"
	[ $# -gt 0 ] || : >"$T/expected"
	lib_tries=0
	until cmp -s "$T/expected" "$lib_file"; do
		lib_tries=$((lib_tries + 1))
		if [ $lib_tries -ge 1200 ]; then
			diff "$T/expected" "$lib_file" || true
			jq -c '.sources[0]' "$M/status.json"
			fail "$lib_what: ${lib_file##*/}"
		fi
		sleep 0.05
	done
}

# status_is FILTER: of the first source in status.json, at last.
status_is() {
	lib_tries=0
	until jq -e ".sources[0] | $1" "$M/status.json" >"$T/jq" 2>&1; do
		lib_tries=$((lib_tries + 1))
		[ $lib_tries -lt 1200 ] ||
			fail "not $1: $(jq -c '.sources[0]' "$M/status.json")"
		sleep 0.05
	done
}

status_of() {
	jq -r ".sources[0].$1" "$M/status.json"
}

# says WORDS: it comes to give them as the reason, and since when.
says() {
	status_is "(.why | test(\"$1\"; \"i\")) and .since > 0"
}

# well: nothing is wrong, and the watch is there.
well() {
	status_is '.why == "" and .held == 0 and (.stale | not) and .streaming'
}

# is_shown VIEW: what is printed once is what the mount shows.
is_shown() {
	"$MMSDFS" render "$1" --registrator="$ADDRESS" >"$T/once" 2>"$T/err" &&
		cmp -s "$T/once" "$M/$1"
}
