#!/bin/sh
# A thousand files: all are shown, one that changes is one file read, and when
# all are written at once (more events than the kernel keeps) none is missed.
. "$(dirname "$0")/lib.sh"

COUNT=1000
mkdir "$D"
i=0
while [ $i -lt $COUNT ]; do
	service "/group/app-$i" $((10000 + i)) "10.0.$((i / 250)).1:$i" |
		sed 's/:0}/:9999}/' >"$D/app-$i.json"
	i=$((i + 1))
done
before=$(date +%s%N)
mount_sources --services-dir="$D" --refresh-interval=600
echo "$COUNT files: ready after $((($(date +%s%N) - before) / 1000000)) ms"
[ "$(ls "$M/services" | wc -l)" -eq $COUNT ] || fail "not all are there"
becomes ".app_reads == $COUNT and .full_reads == 1 and .bad_apps == 0"

bytes=$(one .bytes)
service /group/app-500 10500 10.9.9.9:9 | put app-500.json
shows group.app-500 10.9.9.9:9
becomes ".app_reads == $COUNT + 1 and .full_reads == 1"
[ $(($(one .bytes) - bytes)) -lt 200 ] || fail "more than one file was read"

# While nobody of us listens, more is written than the kernel keeps.
limit=$(cat /proc/sys/fs/inotify/max_queued_events)
kill -STOP "$DAEMON"
/usr/bin/python3 - "$D" "$COUNT" "$limit" <<'END'
import sys
folder, count, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for turn in range(limit // count + 2):
    for i in range(count):
        with open("%s/app-%d.json" % (folder, i), "w") as file:
            file.write('{"id":"/group/app-%d","port":%d,"hosts":'
                       '[{"ip":"10.0.%d.2","port":%d}]}'
                       % (i, 10000 + i, turn, i + 1))
END
kill -CONT "$DAEMON"
shows group.app-999 "10.0.$((limit / COUNT + 1)).2:1000"
shows group.app-0 "10.0.$((limit / COUNT + 1)).2:1"
becomes ".full_reads > 1"
wait_until "all of them" sh -c "! grep -vqs '10.0.$((limit / COUNT + 1)).2:' \
	'$M'/services/*.instances"
[ "$(ls "$M/services" | wc -l)" -eq $COUNT ] || fail "some have gone"
unmount_it
