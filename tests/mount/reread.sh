#!/bin/sh
# SIGHUP reads the configuration and the sources again, and what is wrong with
# them changes nothing; the mount stays all the time, as do those who watch it.
. "$(dirname "$0")/lib.sh"

cd "$T"
apps "$(app /a/one 10.0.0.1:1)" "$(APP_PORT=10002 app /b/two 10.0.0.2:2)"
printf '%s' "$(cat "$A")" >"$T/other.json"
mkdir "$T/templates"
cat >"$T/conf" <<EOF
marathon = file:$A
groups = a
haproxy-templates = templates
EOF

# In the background, with paths from where it was called. Whoever reads what it
# prints at the start is not kept waiting.
timeout 60 sh -c '"$0" --config=conf --log=stderr mnt 2>&1 | cat >stderr' \
	"$MMSDFS" || fail "its output stays open: $(cat "$T/stderr")"
DAEMON=$(daemon_pid)
exec 9<"$M/status.json"

# again WORDS: it is read again; config_why says WORDS ("" nothing).
again() {
	read_before=$(jq .config_read "$M/status.json")
	kill -HUP "$DAEMON"
	wait_until "it was read again, and says '$1'" sh -c "jq -e '
		.config_read > $read_before and .pid == $DAEMON and
		if \"$1\" == \"\" then .config_why == \"\"
		else (.config_why | test(\"$1\")) end' '$M/status.json'"
}

names() {
	ls "$M/services" | tr '\n' ' '
}

has_names() {
	wait_until "services has $1" sh -c \
		"[ \"\$(ls '$M/services' | tr '\n' ' ')\" = '$1' ]"
}

serves() {
	wait_until "haproxy.cfg has $1" grep -q "$1" "$M/haproxy.cfg"
}

has_names "a.one.instances "
serves a_one_10001

# Another group; who watches sees it come, and the first one go.
inotifywait -m -e create,close_write,delete --format '%e %f' "$M/services" \
	>"$T/events" 2>"$T/watcher" &
WATCHER=$!
wait_until "the watcher" grep -q established "$T/watcher"
UNHEARD=$(unheard)
sed -i 's/groups = a/groups = b/' "$T/conf"
again ''
has_names "b.two.instances "
serves b_two_10002
! grep -q a_one "$M/haproxy.cfg" || fail "haproxy.cfg still has a_one"
wait_until "CREATE" heard 'CREATE b.two.instances' "$T/events"
wait_until "DELETE" heard 'DELETE a.one.instances' "$T/events"
kill "$WATCHER"

# A mistake in any place: all stays, and status says what is wrong.
names >"$T/names"
cp "$M/haproxy.cfg" "$T/haproxy.cfg"
unchanged() {
	names | cmp -s - "$T/names" || fail "$1: the services have changed"
	cmp -s "$M/haproxy.cfg" "$T/haproxy.cfg" ||
		fail "$1: haproxy.cfg has changed"
}
cp "$T/conf" "$T/good"
echo 'gruops = a' >>"$T/conf"
again 'unknown option .gruops.'
unchanged "a wrong option"
cp "$T/good" "$T/conf"
echo 'umask = 077' >>"$T/conf"
again 'umask has changed, which takes a restart'
unchanged "an option that takes a restart"
sed "s|file:.*|file:$T/none.json|" "$T/good" >"$T/conf"
again 'none.json: No such file'
unchanged "a source that is not there"
rm "$T/conf"
again 'conf: No such file'
unchanged "no configuration"
cp "$T/good" "$T/conf"
again ''
"$MMSDFS" status "$M" >"$T/status"
! grep -q 'in vain' "$T/status" || fail "all is well, but: $(cat "$T/status")"

# A template that HAProxy refuses leaves what was there; a good one counts.
printf 'backend {backend}\n  balance nonsense\n' \
	>"$T/templates/HAPROXY_BACKEND_HEAD"
again 'haproxy.cfg is refused, and stays as it was: .*balance only supports'
unchanged "a template that is refused"
"$MMSDFS" status "$M" | grep -q 'read again in vain: .*balance only supports' ||
	fail "mmsdfs status says nothing"
printf 'backend {backend}\n  # of mine\n  balance {balance}\n  mode {mode}\n' \
	>"$T/templates/HAPROXY_BACKEND_HEAD"
again ''
serves '# of mine'

# Another source, and another look at this one.
sed -i "s|file:.*|file:$T/other.json|; s/groups.*/groups = */" "$T/conf"
again ''
has_names "a.one.instances b.two.instances "
# The status follows within a second: that of the source before has its counts.
wait_until "the status of the other source" jq -e --arg url "file:$T/other.json" \
	'.sources[0] | .url == $url and .full_reads > 0' "$M/status.json"
reads=$(jq '.sources[0].full_reads' "$M/status.json")
kill -USR1 "$DAEMON"
wait_until "SIGUSR1 reads it" sh -c \
	"[ \$(jq '.sources[0].full_reads' '$M/status.json') -gt $reads ]"

# Many of them at once, while all changes, come to an end in the newest.
for i in 1 2 3 4 5 6 7 8 9 10; do
	sed -i "s/groups.*/groups = $([ $((i % 2)) = 0 ] && echo a || echo b)/" \
		"$T/conf"
	kill -HUP "$DAEMON"
done
has_names "a.one.instances "
[ "$(daemon_pid)" = "$DAEMON" ] || fail "another process"
exec 9<&-
cd /
umount "$M"
wait_until "it has ended" gone "$DAEMON"
