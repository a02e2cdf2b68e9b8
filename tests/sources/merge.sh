#!/bin/sh
# Apps of two sources that want the same: a fixed order, words for who is left
# out, and together only where a label asks for it.
. "$(dirname "$0")/../mount/lib.sh"

# both EAST-PORT EAST-LABELS: haproxy.cfg of west and east, and its warnings.
both() {
	APP_LABELS='"HAPROXY_0_VHOST":"web.test"'
	apps "$(app /z/web 10.0.0.1:80)"
	mv "$A" "$T/west.json"
	APP_PORT=$1
	APP_LABELS=$2
	apps "$(app /a/web 10.1.0.1:80)"
	mv "$A" "$T/east.json"
	APP_PORT=
	for view in haproxy.cfg services/a.web.instances; do
		"$MMSDFS" render $view --marathon="west=file:$T/west.json" \
			--marathon="east=file:$T/east.json" \
			>"$T/$(basename $view)" 2>"$T/words" ||
			fail "$view: $(cat "$T/words")"
	done
	[ "$(cat "$T/a.web.instances")" = 10.1.0.1:80 ] || fail "the file"
	"$MMSDFS" render haproxy.cfg --marathon="west=file:$T/west.json" \
		--marathon="east=file:$T/east.json" >"$T/haproxy.cfg" \
		2>"$T/words"
	haproxy -c -q -f "$T/haproxy.cfg" || fail "haproxy.cfg"
}

# servers BACKEND: its servers, in one line.
servers() {
	sed -n "/^backend $1$/,/^$/s/^[[:space:]]*server [^ ]* \([^ ]*\) .*/\1/p" \
		"$T/haproxy.cfg" | tr '\n' ' '
}

# One port: the source that was given first, though its id is the greater.
both 10001 ''
[ "$(servers z_web_10001)" = "10.0.0.1:80 " ] || fail "the port of west"
[ -z "$(servers a_web_10001)" ] || fail "east has the port"
grep -q 'service port 10001 is taken by /z/web of west' "$T/words" ||
	fail "no word of the port: $(cat "$T/words")"

# One virtual host.
both 10009 '"HAPROXY_0_VHOST":"web.test"'
[ "$(servers a_web_10009)" = "10.1.0.1:80 " ] || fail "the port of east"
grep -q 'use_backend z_web_10001 if' "$T/haproxy.cfg" || fail "the host of west"
! grep -q 'use_backend a_web_10009 if' "$T/haproxy.cfg" || fail "east has it"
grep -q 'virtual host web.test is taken by /z/web of west' "$T/words" ||
	fail "no word of the host: $(cat "$T/words")"

# A label asks for it: together.
both 10009 '"com.meltwater.proxymatic.port.0.servicePort":"10001"'
[ "$(servers z_web_10001)" = "10.0.0.1:80 10.1.0.1:80 " ] ||
	fail "together: $(servers z_web_10001)"
