#!/bin/sh
# Whatever a hook opens is the version that it was told of or a newer one, also
# while the notifier lags behind.
. "$(dirname "$0")/lib.sh"

cat >"$T/read.py" <<'END'
import os, sys
path, told = os.environ["MMSDFS_PATH"], int(os.environ["MMSDFS_GENERATION"])
with open(sys.argv[1], "a") as out:
    for i in range(5):
        fd = os.open(path, os.O_RDONLY)
        seen = os.fstat(fd).st_ino
        os.close(fd)
        out.write("%s %d %d\n" % ("ok" if seen >= told else "STALE", seen, told))
END

apps "$(app /web host-a:1000)"
mount_it --reload-interval=0 \
	--on-change="haproxy.cfg=/usr/bin/python3 -S -E $T/read.py $T/read" \
	--on-change="status.json=/usr/bin/python3 -S -E $T/read.py $T/status"
notifier=$(notifier_pid)
start_storm
tries=0
until at_least 500 "$T/read"; do
	tries=$((tries + 1))
	[ $tries -lt 1000 ] || fail "only $(lines "$T/read") reads"
	# Shorter than the silence after which it is started anew.
	kill -STOP "$notifier" 2>/dev/null || notifier=$(notifier_pid)
	sleep 0.15
	kill -CONT "$notifier" 2>/dev/null || true
	sleep 0.15
done
stop_storm
grep -m 3 STALE "$T/read" && fail "an old version"
grep -m 3 STALE "$T/status" && fail "an old version of status.json"
unmount_it
