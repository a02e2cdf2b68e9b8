#!/bin/sh
# Files of services, edited while they are mounted: added, changed in place and
# by renames, bad and good again, with one id twice, removed. The files of
# instances follow with events, haproxy.cfg has the domains, status.json says
# which file is bad and in which line, and the last good version stays.
. "$(dirname "$0")/lib.sh"

mkdir "$D"
MORE=',"domains":["www.example.com"],"applicationProtocol":"http"' \
	service /web 80 10.0.0.1:8001 10.0.0.2:8001 | put web.json
MORE=',"domain":"shop.example.com","protocol":"tcp","config":"  timeout queue 7s"' \
	service shop 80 10.0.0.3:8002 | put shop.json
service Redis_1 6379 '10.0.0.4:6379' | put redis.json
# What is none of ours.
service /no 1 10.0.0.9:1 >"$D/web.json~"
service /no 1 10.0.0.9:1 >"$D/.web.json.swp"
service /no 1 10.0.0.9:1 >"$D/web.txt"
mkdir "$D/sub.d"
mount_sources --services-dir="$D"
shows web 10.0.0.1:8001 10.0.0.2:8001
shows shop 10.0.0.3:8002
# Bytes that no id of Marathon has are escaped.
shows _52edis_5f1 10.0.0.4:6379
[ "$(ls "$M/services" | wc -l)" -eq 3 ] || fail "$(ls "$M/services")"
becomes '.name == "files" and .bad_apps == 0 and .why == "" and .streaming'

# The virtual hosts, of both generations, at the gateway; all else by its port.
wait_until "the domains" grep -q 'shop.example.com' "$M/haproxy.cfg"
for words in 'use_backend web_80 if host_www_example_com.web_80' \
	'use_backend shop_80 if host_shop_example_com.shop_80' \
	'timeout queue 7s' 'server 10_0_0_2_8001 10.0.0.2:8001 ' \
	'bind \*:6379'; do
	grep -q "$words" "$M/haproxy.cfg" || fail "haproxy.cfg has no $words"
done
haproxy -c -f "$M/haproxy.cfg" >"$T/check" 2>&1 || fail "$(cat "$T/check")"

inotifywait -q -m -o "$T/log" --format '%e %f' "$M/services" &
wait_until "the watch" sh -c "grep -q inotify /proc/$!/fdinfo/*"

# By a rename, and in place; only when the writer closes it.
service /web 80 10.0.0.1:8001 | put web.json
shows web 10.0.0.1:8001
wait_until "CLOSE_WRITE" grep -q 'CLOSE_WRITE.* web.instances' "$T/log"
events=$(one .events)
{
	printf '{"id":"/web","port":80,"hosts":[{"ip":"10.0.0.7",'
	shows web 10.0.0.1:8001
	printf '"port":8007}]}'
} >"$D/web.json"
shows web 10.0.0.7:8007
becomes '.bad_apps == 0'
becomes ".events > $events"
service /late 7000 10.0.0.8:7000 >"$D/late.json"
shows late 10.0.0.8:7000
wait_until "CREATE" grep -q 'CREATE late.instances' "$T/log"

# A link, also one that is made again to lead elsewhere.
service /linked 7001 10.0.0.9:1 >"$T/one"
service /linked 7001 10.0.0.9:2 >"$T/two"
ln -s "$T/one" "$D/linked.json"
shows linked 10.0.0.9:1
ln -s "$T/two" "$D/.linked"
mv "$D/.linked" "$D/linked.json"
shows linked 10.0.0.9:2

# bad NAME LINE WORDS: stdin is bad, and what was there stays.
bad() {
	remember
	put "$1"
	becomes ".bad_apps == 1 and (.bad_app_why |
		test(\"^$1:$2: .*$3\"; \"i\"))"
	unchanged "$3"
	wait_until "the log says it" grep -q "files: 1 bad apps.*$1:$2:" \
		"$T/stderr"
}

printf '{\n"id": "/web",\n"port": 80,,\n}\n' | bad web.json 3 'no json'
printf '{\n"id": "/web",\n"hosts": [' | bad web.json 3 'too early'
printf '{"id": "/web"}\n\n]\n' | bad web.json 3 'no json'
: | bad web.json 1 'too early'
printf '{"id": "/web",\n"port": "80"}' | bad web.json 2 '\\\"port\\\"'
printf '{"id": "/web",\n"port": 65536}' | bad web.json 2 'range'
printf '{"id": "/web",\n"Hosts":\n [{"ip": "10.0.0.1", "port": 1},\n%s' \
	'  {"ip": "10.0.0.1"}]}' | bad web.json 4 'without a .*port'
printf '{"id": "/web",\n"hosts": [{"port": 1}]}' |
	bad web.json 2 'without an .*ip'
printf '{"id": "/web",\n"hosts": [{"ip": "a b", "port": 1}]}' |
	bad web.json 2 'no address'
printf '{"id": "/web",\n"domains": [1]}' | bad web.json 2 'domains'
printf '[{"id": "/web"},\n{"port": 1}]' | bad web.json 2 'no .*id'
printf '[{"id": "/web"},\n{"id": "web"}]' | bad web.json 1 'two services'
printf '"x"' | bad web.json 1 'no object'
printf '{"id": "/../web"}' | bad web.json 1 'step'
jq -r '.sources[0].stale' "$M/status.json" | grep -q false || fail "stale"
"$MMSDFS" status "$M" >"$T/status" || true
grep -q 'web.json:1:' "$T/status" || fail "status: $(cat "$T/status")"

# What is too big, or no file, has no lines.
remember
head -c 1048577 /dev/zero | tr '\0' ' ' | put web.json
becomes '.bad_app_why | test("^web.json: more than 1024 KB$")'
rm "$D/web.json"
mkfifo "$D/web.json"
becomes '.bad_app_why | test("^web.json: is no file$")'
unchanged "a pipe"
rm "$D/web.json"
ln -s nowhere "$D/web.json"
becomes '.bad_app_why | test("^web.json: No such file")'
unchanged "a link to nowhere"

# Good again; several in one file, keys in any case, addresses of IPv6.
printf '[{"ID":"/web","PORT":80,"Hosts":[{"IP":"10.0.0.5","Port":1}]},%s]' \
	'{"id":"/six/of.them","Port":81,"hosts":[{"ip":"::1","port":2}]}' |
	put web.json
shows web 10.0.0.5:1
shows six.of.them '[::1]:2'
becomes '.bad_apps == 0 and .bad_app_why == ""'

# One id twice: the smaller name has it, and gives it up when it goes.
service /web 80 10.0.0.6:1 | put a.json
shows web 10.0.0.6:1
becomes '.bad_apps == 1 and .bad_app_why == "web.json: /web is in a.json, too"'
remember
mv "$D/a.json" "$D/b.json"
becomes '.bad_app_why == "web.json: /web is in b.json, too"'
unchanged "a rename"
rm "$D/b.json"
shows web 10.0.0.5:1
becomes '.bad_apps == 0'

# Removed: at once, for somebody meant it.
for name in web shop linked redis; do
	rm "$D/$name.json"
done
has_no web
has_no six.of.them
has_no shop
has_no linked
has_no _52edis_5f1
shows late 10.0.0.8:7000
becomes '.held == 0'
wait_until "DELETE" grep -q 'DELETE web.instances' "$T/log"
mv "$D/late.json" "$T/late.json"
has_no late
[ -z "$(ls "$M/services")" ] || fail "left: $(ls "$M/services")"
becomes '.held == 0 and .why == ""'
mv "$T/late.json" "$D/late.json"
shows late 10.0.0.8:7000
unmount_it
