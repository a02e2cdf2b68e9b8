#!/bin/sh
# The tree as a person finds it: readable for an unprivileged user, accepted by
# haproxy, and no surprise for find, tar and cp.
. "$(dirname "$0")/lib.sh"

APP_LABELS='"HAPROXY_0_VHOST":"php.example.com"'
apps "$(app /developer/trapni/php host-b:31002 host-a:31001)" \
	"$(APP_LABELS='' APP_PORT=10002 app /empty)"
mount_it
lines=$(setpriv --reuid=65534 --regid=65534 --clear-groups \
	cat "$M/services/developer.trapni.php.instances")
[ "$lines" = "host-a:31001
host-b:31002" ] || fail "developer.trapni.php.instances: $lines"
[ -f "$M/services/empty.instances" ] || fail "an app without instances"
[ ! -s "$M/services/empty.instances" ] || fail "empty.instances is not empty"
haproxy -c -f "$M/haproxy.cfg" >"$T/haproxy" 2>&1 ||
	fail "haproxy -c: $(cat "$T/haproxy")"
jq -e . "$M/status.json" >/dev/null || fail "status.json"
[ "$(find "$M" -type f 2>"$T/find" | wc -l)" -ge 5 ] || fail "find"
[ ! -s "$T/find" ] || fail "find: $(cat "$T/find")"
tar -C "$M" -cf "$T/all.tar" . 2>"$T/tar" || fail "tar: $(cat "$T/tar")"
[ ! -s "$T/tar" ] || fail "tar: $(cat "$T/tar")"
cp -a "$M" "$T/copy" 2>"$T/cp" || fail "cp: $(cat "$T/cp")"
[ ! -s "$T/cp" ] || fail "cp: $(cat "$T/cp")"
cmp "$M/haproxy.cfg" "$T/copy/haproxy.cfg" || fail "the copy differs"
df "$M" >/dev/null || fail "df"
grep " $M fuse.mmsdfs " /proc/mounts >/dev/null || fail "its type"
"$MMSDFS" status "$M" >"$T/status" || fail "mmsdfs status"
grep -q developer "$T/status" || grep -q apps "$T/status" || fail "its words"
for view in haproxy.cfg services/developer.trapni.php.instances; do
	"$MMSDFS" render "$view" --marathon="file:$A" >"$T/rendered" ||
		fail "render $view"
	cmp "$T/rendered" "$M/$view" || fail "render $view differs"
done
unmount_it
