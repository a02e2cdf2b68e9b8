#!/bin/sh
# A directory of services that is not there yet, goes, comes back as another
# one, is empty all at once, or is swapped as Kubernetes swaps a ConfigMap: what
# was good stays until something takes its place, and status.json says why.
. "$(dirname "$0")/lib.sh"

S=$T/state
mkdir "$S"

# Not there yet: only what says so is shown.
"$MMSDFS" -f --log-level=debug $QUICK --services-dir="$T/above/services.d" \
	--wait=0 "$M" >>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
wait_until "it says so" sh -c \
	"jq -e '.sources[0].why | test(\"No such file\")' '$M/status.json'"
[ ! -e "$M/services" ] || fail "services are there before they are known"
mkdir -p "$T/above/services.d"
wait_until "the directory" test -e "$M/services"
service /first 1 10.0.0.1:1 >"$T/above/services.d/first.json"
shows first 10.0.0.1:1
becomes '.why == "" and .since == 0 and .streaming'
unmount_it

mkdir "$D"
service /web 80 10.0.0.1:8001 10.0.0.2:8001 | put web.json
service /shop 81 10.0.0.3:8002 | put shop.json
service /more 82 10.0.0.4:8002 | put more.json
mount_sources --services-dir="$D" --state-dir="$S" --shrink-hold=600
shows web 10.0.0.1:8001 10.0.0.2:8001
remember

# Away and back.
mv "$D" "$D.away"
becomes '(.why | test("No such file")) and .stale and .since > 0'
reads_before=$(one .failures)
becomes ".failures > $reads_before"
unchanged "the directory is away"
mv "$D.away" "$D"
becomes '.why == "" and (.stale | not) and .streaming'
service /shop 81 10.0.0.3:9002 | put shop.json
shows shop 10.0.0.3:9002

# Removed with all that is in it, and made again.
remember
rm -r "$D"
becomes '.stale'
unchanged "the directory is removed"
mkdir "$D"
service /web 80 10.0.0.9:1 | put web.json
shows web 10.0.0.9:1
becomes '.why == "" and .held == 2'
shows shop 10.0.0.3:9002
service /shop 81 10.0.0.3:9002 | put shop.json
service /more 82 10.0.0.4:8002 | put more.json
becomes '.held == 0'

# Another directory in its place, by one rename.
mkdir "$D.new"
service /web 80 10.0.0.7:7 >"$D.new/web.json"
service /shop 81 10.0.0.3:9002 >"$D.new/shop.json"
service /more 82 10.0.0.4:8002 >"$D.new/more.json"
mv --exchange "$D.new" "$D" 2>/dev/null || {
	mv "$D" "$D.old"
	mv "$D.new" "$D"
}
shows web 10.0.0.7:7
service /web 80 10.0.0.8:8 | put web.json
shows web 10.0.0.8:8

# Something is mounted over it: empty all at once, and nobody said so.
remember
mount -t tmpfs none "$D"
becomes '.held > 0'
unchanged "an empty file system"
umount "$D"
becomes '.held == 0'
unchanged "what was below"
kill -USR1 "$DAEMON"
reads 1
unchanged "what was below, read again"

service /web 80 10.0.0.8:9 | put web.json
shows web 10.0.0.8:9
remember
wait_until "the state is written" grep -q '10.0.0.8:9' "$S/files.state"
unmount_it

# The next start is without it: what was kept is shown.
mv "$D" "$D.away"
mount_sources --services-dir="$D" --state-dir="$S" --shrink-hold=600
unchanged "what was kept"
becomes '.stale and .restored > 0'
# It comes back with one file that is bad, of which nothing is known now.
printf '{"id"' >"$D.away/web.json"
mv "$D.away" "$D"
becomes '.bad_apps == 1 and .restored == 0 and .held == 0'
unchanged "a bad file after a start"
service /web 80 10.0.0.8:10 | put web.json
shows web 10.0.0.8:10
becomes '.bad_apps == 0 and .held == 0'
unmount_it

# A ConfigMap: links through a link that is swapped.
rm -r "$D"
mkdir -p "$D/..one"
service /web 80 10.0.0.1:1 >"$D/..one/web.json"
service /shop 80 10.0.0.2:1 >"$D/..one/shop.json"
ln -s ..one "$D/..data"
ln -s ..data/web.json "$D/web.json"
ln -s ..data/shop.json "$D/shop.json"
mount_sources --services-dir="$D" --refresh-interval=600
shows web 10.0.0.1:1
mkdir "$D/..two"
service /web 80 10.0.0.1:2 >"$D/..two/web.json"
service /new 80 10.0.0.3:1 >"$D/..two/new.json"
ln -s ..two "$D/..data_tmp"
mv -T "$D/..data_tmp" "$D/..data"
ln -s ..data/new.json "$D/new.json"
rm "$D/shop.json"
rm -r "$D/..one"
shows web 10.0.0.1:2
shows new 10.0.0.3:1
has_no shop
becomes '.bad_apps == 0 and .held == 0'
unmount_it
