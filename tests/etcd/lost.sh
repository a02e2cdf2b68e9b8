#!/bin/sh
# mmsdfs is stopped while more happens than etcd remembers: the history of v2 is
# of 1000 changes, and v3 is compacted. All is read again, and nothing is wrong.
. "$(dirname "$0")/lib.sh"

start_etcd
set_key web/host-a:web:80 10.0.0.1:32001
set_key web/host-b:web:80 10.0.0.2:32001
mount_etcd
well

kill -STOP "$DAEMON"
set_key web/host-a:web:80 10.0.0.1:32002
case $API in
v2)
	# As one command, each of which is a change elsewhere.
	keys2 PUT '/elsewhere/[1-1100]' -d value=x
	;;
v3)
	# More than the sockets between us hold, and then more than the 1024
	# answers that etcd keeps for one who does not take them.
	head -c 300000 /dev/zero | tr '\0' x >"$T/big"
	for i in $(seq 60); do
		ctl put "/services/big/$i" <"$T/big"
	done
	key=$(printf /services/big/1 | base64)
	curl -sS --fail-with-body --max-time 120 -o "$T/puts" \
		-d "{\"key\":\"$key\",\"value\":\"\"}" \
		"http://$E/v3/kv/put?[1-3000]" || fail "3000 puts"
	;;
esac
set_key web/host-c:web:80 10.0.0.3:32001
remove_key web/host-b:web:80
if [ "$API" = v3 ]; then
	ctl del --prefix /services/big/
	revision=$(curl -sS "http://$E/v3/kv/range" -d '{"key":"eA=="}' |
		jq -r .header.revision)
	ctl compact "$revision"
fi
kill -CONT "$DAEMON"
lines_are "what is there" web.instances 10.0.0.1:32002 10.0.0.3:32001
status_is '.full_reads >= 2 and .failures == 0 and .bad_apps == 0'
well
# With v3 once more where etcd took its time to say what it had forgotten.
most=2
[ "$API" = v2 ] || most=3
reads=$(status_of full_reads)
[ "$reads" -le "$most" ] || fail "read $reads times"
set_key web/host-c:web:80 10.0.0.3:32002
lines_are "and on" web.instances 10.0.0.1:32002 10.0.0.3:32002
status_is ".full_reads == $reads"
if grep 'warning' "$T/stderr" | grep -v 'bad apps left out'; then
	fail "it was taken for a fault"
fi

# Compaction under a watch that is up to date means nothing to it.
if [ "$API" = v3 ]; then
	ctl compact "$((revision + 1))"
	set_key web/host-c:web:80 10.0.0.3:32003
	lines_are "compacted" web.instances 10.0.0.1:32002 10.0.0.3:32003
	status_is ".full_reads == $reads"
fi
unmount_it
