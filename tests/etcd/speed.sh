#!/bin/sh
# With 1000 services of two instances: how long a change takes from the request
# that makes it to the instances file. Figures, and no verdict on them.
. "$(dirname "$0")/lib.sh"

# set_with KEY VALUE: one request, as curl reads it from a file.
set_with() {
	case $API in
	v2) printf 'url="http://%s/v2/keys%s"\nrequest=PUT\ndata="value=%s"\n' \
		"$E" "$1" "$2" ;;
	v3) printf 'url="http://%s/v3/kv/put"\ndata="%s"\n' "$E" \
		"$(printf '{"key":"%s","value":"%s"}' \
			"$(printf %s "$1" | base64)" \
			"$(printf %s "$2" | base64)" | sed 's/"/\\"/g')" ;;
	esac
}

# fill: all that curl is to send.
fill() {
	i=0
	while [ $i -lt 2000 ]; do
		i=$((i + 1))
		set_with "/services/s$((i / 2))/host-$((i % 2)):s:80" \
			"10.0.$((i % 2)).1:$((20000 + i))"
		printf 'output=/dev/null\n'
		[ $i -eq 2000 ] || echo next
	done
}

start_etcd
fill >"$T/requests"
curl -sS -K "$T/requests" || fail "2000 keys"
mount_etcd
well
[ "$(ls "$M/services" | wc -l)" -eq 1001 ] || fail "1001 services"
[ "$(status_of full_reads)" -eq 1 ] || fail "one read"

timeout 300 /usr/bin/python3 "$(dirname "$0")/speed.py" "$API" "$E" \
	"$M/services/s500.instances" || fail "a change did not come"
# With v3 once more after so many without a pause: see fetch/etcd_watch.c.
most=1
[ "$API" = v2 ] || most=2
status_is ".events == 200 and .full_reads <= $most"
unmount_it
