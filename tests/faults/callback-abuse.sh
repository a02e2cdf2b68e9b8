#!/bin/sh
# What a server on the network has to bear: strangers, wrong questions, bodies
# without end, slow ones, crowds. It is told and counted, costs no event and no
# more memory than its bounds.
. "$(dirname "$0")/callback-lib.sh"
ip address add 10.1.2.3/32 dev lo

AT=127.0.0.1:8099
crowd=$(dirname "$0")/crowd.py

# post STATUS [CURL OPTION...]: the answer has this status.
post() {
	lib_wanted=$1
	shift
	curl -sS --max-time 120 -o "$T/answer" -w '%{http_code}' \
		"$@" "http://$AT${AT_PATH:-/callback}" >"$T/code" || true
	[ "$(cat "$T/code")" = "$lib_wanted" ] ||
		fail "$*: $(cat "$T/code") instead of $lib_wanted"
}

# refused WORDS: as the last refusal, in status.json.
refused() {
	wait_until "refused: $1 ($(source_is callback_refused_why))" sh -c \
		"jq -e '.sources[0].callback_refused_why | test(\"$1\")' \
		'$M/status.json'"
}

memory() {
	awk -v what="$1:" '$1 == what { print $2 }' "/proc/$DAEMON/status"
}

start_marathon --apps="$APPS" --profile=0.8.0 --event-subscriber
mount_marathon --marathon-callback="http://$AT/callback" \
	--refresh-interval=60m --poll-interval=60m
wait_until "callbacks come" jq -e '.sources[0].callbacks' "$M/status.json"
same "the start"

post 405 --get
refused "callback from 127.0.0.1 refused: not a POST"
AT_PATH=/other post 404 --data x
refused "another path"
[ "$(source_is why)" = "" ] || fail "a mistake is nothing wrong"

post 403 --interface 10.1.2.3 --data '{"eventType":"app_terminated_event",
	"appId":"/developer/trapni/php"}'
refused "callback from 10.1.2.3 refused: not the address of a Marathon"
says "callback from 10.1.2.3 refused"
same "a stranger's event counts nothing"

lists=$(source_is full_reads)
post 400 --data 'no JSON'
refused "callback from 127.0.0.1 refused: "
wait_until "what may have been an event is asked for" sh -c \
	"[ \$(jq .sources[0].full_reads '$M/status.json') -gt $lists ]"

# 100 MB, of a length that is told and of one that is not; and many.
truncate -s 100M "$T/big"
before=$(memory VmHWM)
post 413 --data-binary "@$T/big"
refused "a body of more than 32 MB"
post 413 -H 'Transfer-Encoding: chunked' --data-binary "@$T/big"
lib_jobs=
for i in 1 2 3 4 5 6; do
	curl -sS --max-time 120 -H 'Transfer-Encoding: chunked' -o "$T/answer$i" \
		--data-binary "@$T/big" "http://$AT/callback" 2>"$T/curl$i" &
	lib_jobs="$lib_jobs $!"
done
control "scale?$php&instances=5"
same "beside big bodies"
for pid in $lib_jobs; do
	wait "$pid" || true
done
after=$(memory VmHWM)
echo "at most $after KB, $before KB before; now $(memory VmRSS) KB"
[ $((after - before)) -lt 600000 ] || fail "big bodies are kept"

# A thousand from one address, which hold what they get; half requests; and a
# thousand events of Marathon's own address, most of them refused.
for what in idle half; do
	mkfifo "$T/hold-$what"
	"$crowd" $AT 127.0.0.9 1000 $what <"$T/hold-$what" >"$T/crowd-$what" &
done
exec 8>"$T/hold-idle" 9>"$T/hold-half"
wait_until "a crowd" test -s "$T/crowd-idle"
wait_until "a crowd" test -s "$T/crowd-half"
refused "callback from 127.0.0.9 refused: too many connections"
control "scale?$php&instances=6"
same "beside a crowd"
exec 8>&- 9>&-
good=$("$crowd" $AT 127.0.0.1 1000 post </dev/null)
echo "$good of 1000 events at once were taken"
[ "$good" -gt 0 ] || fail "no event of a crowd was taken"
control "scale?$php&instances=2"
same "after a crowd"

# One that does not come to its point is let go.
mkfifo "$T/hold-slow"
"$crowd" $AT 127.0.0.1 1 head <"$T/hold-slow" >"$T/crowd-slow" &
exec 9>"$T/hold-slow"
wait_until "a slow one" test -s "$T/crowd-slow"
control "scale?$php&instances=4"
same "beside a slow one"
refused "callback from 127.0.0.1 refused: too slow"
exec 9>&-
echo "$(source_is callbacks_refused) refused," \
	"$(source_is callbacks_taken) taken; $(memory VmRSS) KB"
[ "$(source_is callbacks)" = true ] || fail "callbacks do not come any more"
unmount_it

# Who may is said by the user: Marathon itself may not.
mount_marathon --marathon-callback="http://$AT/callback" \
	--callback-allow=10.1.2.0/24
says "callback from 127.0.0.1 refused: not the address of a Marathon"
control "scale?$php&instances=3"
same "polled"
post 200 --interface 10.1.2.3 --data '{"eventType":"framework_message_event"}'
unmount_it
