#!/bin/sh
# What render prints, what an export keeps and what a mount shows are the same
# bytes, file for file. The status and the metrics tell of each process itself,
# and are only there.
LIB_NO_FUSE=
. "$(dirname "$0")/lib.sh"

# Conflicts of names and ports, several ports, virtual hosts, bad labels.
APP_LABELS='"HAPROXY_0_VHOST":"www.example.com"' APP_PORT=10001
web=$(app /developer/web host-a:1000 host-b:1001)
APP_LABELS='"HAPROXY_0_MODE":"nonsense"' APP_PORT=10002
bad=$(app /bad host-c:1)
APP_LABELS='' APP_PORT=10001
twice=$(app /developer/twice host-d:2)
APP_PORT=10004
one=$(app /a/b.c host-e:3)
other=$(app /a/b/c host-f:4)
empty=$(app /empty)
apps "$web" "$bad" "$twice" "$one" "$other" "$empty"

# The maps are named by their place: one for all.
set -- --marathon="file:$A" --haproxy-map --haproxy-map-dir="$T/maps" \
	--instances-format=headers --gateway=on
E=$T/export
mkdir "$E"
"$MMSDFS" -f export "$E" "$@" >>"$T/stdout" 2>>"$T/stderr" &
EXPORT=$!
"$MMSDFS" -f "$@" "$M" >>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
for root in "$E" "$M"; do
	wait_until "$root" test -e "$root/haproxy.cfg"
	wait_until "$root" test -e "$root/haproxy/app2backend.map"
done

# names ROOT: of all files that are ours to compare.
names() {
	(cd "$1" && find . -type f ! -name '.mmsdfs*' ! -name status.json \
		! -name metrics.prom | sed 's|^\./||' | sort)
}

compare() {
	names "$M" >"$T/names-mount"
	names "$E" >"$T/names-export"
	cmp "$T/names-mount" "$T/names-export" || return 1
	while read -r name; do
		cmp "$M/$name" "$E/$name" || return 1
		"$MMSDFS" render "$name" "$@" >"$T/rendered" 2>/dev/null ||
			return 1
		cmp "$T/rendered" "$E/$name" || return 1
	done <"$T/names-mount"
}

same_now() {
	compare "$@" >"$T/diff" 2>&1
}

wait_until "the same" same_now "$@"
[ "$(wc -l <"$T/names-mount")" -ge 9 ] || fail "$(cat "$T/names-mount")"
grep -q a_b.c.instances "$T/names-mount" || fail "no conflict was shown"
for root in "$M" "$E"; do
	[ -s "$root/status.json" ] && [ -s "$root/metrics.prom" ] ||
		fail "no status in $root"
	[ "$(stat -c %a "$root/haproxy.cfg" "$root/services" | tr '\n' ' ')" \
		= '644 755 ' ] || fail "modes in $root"
done

# The problems are the same, too.
problems() {
	jq -S '[.problems[] | {app, view, why}] | sort' "$1/status.json"
}
problems "$M" >"$T/problems-mount"
problems "$E" >"$T/problems-export"
cmp "$T/problems-mount" "$T/problems-export" || fail "the problems differ"
[ "$(jq length "$T/problems-mount")" -gt 0 ] || fail "no problems"

apps "$web" "$other" "$(app /new host-z:9)"
wait_until "the same after a change" same_now "$@"
grep -q new.instances "$T/names-mount" || fail "$(cat "$T/names-mount")"

unmount_it
kill $EXPORT
wait $EXPORT || fail "the export: exit status $?"
