#!/bin/sh
# Every kind of key and of change, by the watch alone: the files follow, with
# the events of inotify. Then etcd is killed, and comes back with its data.
. "$(dirname "$0")/lib.sh"

start_etcd
set_key web/host-a:web:80 10.0.0.1:32001
set_key web/host-b:web:80 10.0.0.2:32001
set_key dns/host-a:dns:53 10.0.0.1:32053
set_key dns/host-a:dns:53:udp 10.0.0.1:33053
set_key dns/host-b:dns:53:udp 10.0.0.2:33053
set_key dns/host-b:dns:9153 10.0.0.2:32153
set_key api@8080/host-a:api:80 '[fd00::1]:32080'
set_key Mixed_Case/fd00::9:m:90 host-c.example:32090
mount_etcd
well

lines_are "two instances" web.instances 10.0.0.1:32001 10.0.0.2:32001
# By number, tcp before udp; who lacks a port is not in its file.
lines_are "the first port" dns.instances 10.0.0.1:32053
lines_are "53/tcp" dns_0.instances 10.0.0.1:32053
lines_are "53/udp" dns_1.instances 10.0.0.1:33053 10.0.0.2:33053
lines_are "9153/tcp" dns_2.instances 10.0.0.2:32153
lines_are "a suffix and IPv6" api.instances '[fd00::1]:32080'
lines_are "an escaped name" _4dixed_5f_43ase.instances host-c.example:32090
grep -q 'bind \*:8080' "$M/haproxy.cfg" || fail "the port of the suffix"
grep -q 'bind \*:80$' "$M/haproxy.cfg" || fail "the exposed port"
grep -A 4 '^backend api_8080' "$M/haproxy.cfg" | grep -q 'mode tcp' ||
	fail "tcp"
grep -q '\[fd00::1\]:32080' "$M/haproxy.cfg" || fail "IPv6 in haproxy.cfg"
version=$(etcd --version | sed -n 's/etcd Version: //p')
[ "$(status_of version)" = "$version" ] ||
	fail "the version: $(status_of version)"
[ "$(status_of full_reads)" -eq 1 ] || fail "one full read"

inotifywait -q -m -o "$T/events" --format '%e %f' "$M/services" &
WATCHER=$!
wait_until "a watch" grep -q inotify "/proc/$WATCHER/fdinfo/3"
event() {
	wait_until "$1 of $2" grep -q "^$1.* $2\$" "$T/events"
}

set_key web/host-c:web:80 10.0.0.3:32001
lines_are "added" web.instances 10.0.0.1:32001 10.0.0.2:32001 10.0.0.3:32001
event MODIFY web.instances
event CLOSE_WRITE web.instances
set_key web/host-c:web:80 10.0.0.3:32002
lines_are "moved" web.instances 10.0.0.1:32001 10.0.0.2:32001 10.0.0.3:32002
remove_key web/host-a:web:80
lines_are "removed" web.instances 10.0.0.2:32001 10.0.0.3:32002
set_key new/host-a:n:70 10.0.0.1:32070
lines_are "a new service" new.instances 10.0.0.1:32070
event CREATE new.instances
# More than half of it at once, but somebody deleted them.
remove_key dns/host-a:dns:53
remove_key dns/host-a:dns:53:udp
remove_key dns/host-b:dns:53:udp
lines_are "one port is left" dns.instances 10.0.0.2:32153
remove_key new/host-a:n:70
wait_until "a service without keys is gone" \
	[ ! -e "$M/services/new.instances" ]
event DELETE new.instances

# What registrator did not write, and what it wrote badly, harms nobody else.
set_key web/host-d:web:80 nonsense
status_is '.bad_apps == 1 and (.bad_app_why |
	test("web/host-d:web:80 = .nonsense.: the value is no ADDRESS:PORT"))'
set_key web/host-d:web:80 10.0.0.4:32001
lines_are "mended" web.instances \
	10.0.0.2:32001 10.0.0.3:32002 10.0.0.4:32001
status_is '.bad_apps == 0'
set_key deep/er/host-d:web:80 10.0.0.4:32001
set_key lonely 10.0.0.4:32001
status_is '.bad_apps == 2'
remove_key lonely
status_is '.bad_apps == 1 and (.bad_app_why | test("too deep"))'
[ "$(status_of full_reads)" -eq 1 ] || fail "the watch alone: a full read"
well

for view in haproxy.cfg services/web.instances services/dns.instances; do
	wait_until "the mount shows what render $view prints" is_shown $view
done

# etcd is killed: what was known stays, with words; and comes back.
cp "$M/services/web.instances" "$T/before"
kill_etcd
says refused
status_is '.stale and (.streaming | not)'
cmp "$T/before" "$M/services/web.instances" || fail "it did not stay"
start_etcd
well
cmp "$T/before" "$M/services/web.instances" || fail "its data came back"
set_key web/host-e:web:80 10.0.0.5:32001
lines_are "after the outage" web.instances \
	10.0.0.2:32001 10.0.0.3:32002 10.0.0.4:32001 10.0.0.5:32001
well
unmount_it
