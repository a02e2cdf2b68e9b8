#!/bin/sh
# Nobody, root included, can change a byte or a name, and no reader ever sees a
# difference. The alias directory is not there for anybody.
. "$(dirname "$0")/lib.sh"

apps "$(app /web host-a:1000)"
mount_it
before=$(cd "$M" && find . -path ./status.json -o -path ./metrics.prom -o \
	-printf '%p %s %T@ %m %U %i\n' | sort)
content=$(cat "$M/services/web.instances" "$M/haproxy.cfg" | sha256sum)
python3 "$(dirname "$0")/try-to-change.py" "$M" EROFS ||
	fail "root could change something"
setpriv --reuid=65534 --regid=65534 --clear-groups \
	python3 "$(dirname "$0")/try-to-change.py" "$M" EROFS,EACCES,EPERM ||
	fail "nobody could change something"
after=$(cd "$M" && find . -path ./status.json -o -path ./metrics.prom -o \
	-printf '%p %s %T@ %m %U %i\n' | sort)
[ "$before" = "$after" ] || fail "something moved: $after"
[ "$content" = "$(cat "$M/services/web.instances" "$M/haproxy.cfg" |
	sha256sum)" ] || fail "content moved"
# Another mount namespace has no writable way in either.
unshare -m python3 "$(dirname "$0")/try-to-change.py" "$M" EROFS ||
	fail "root elsewhere could change something"
unmount_it
