#!/bin/sh
# Basic auth, tokens and TLS, from files that are read again when they change.
. "$(dirname "$0")/lib.sh"

printf 'marathon:secret\n' >"$T/user"
start_marathon --apps="$APPS" --auth=basic:marathon:secret
mount_marathon --marathon-user-file="$T/user"
same "basic auth"
remember
printf 'marathon:wrong\n' >"$T/user"
kill -USR1 "$DAEMON"
says 'HTTP 401'
unchanged "the wrong password"
printf 'marathon:secret\n' >"$T/user"
well
unmount_it
kill "$MARATHON_PID"

printf 'abc.def\n' >"$T/token"
start_marathon --apps="$APPS" --auth=token:abc.def
mount_marathon --marathon-token-file="$T/token"
same "a token"
control "access?expired=1"
says 'HTTP 401'
control "access?x=1"
well
control "access?forbid-stream=1"
control "fault?kind=stream-eof"
says 'HTTP 403'
control "scale?id=/developer/trapni/php&instances=5"
same "polled, since the stream is forbidden"
unmount_it
kill "$MARATHON_PID"
grep -rn 'abc.def\|secret' "$T/stderr" "$T/stdout" && fail "a secret was logged"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	-addext 'subjectAltName=IP:127.0.0.1' -keyout "$T/key.pem" \
	-out "$T/cert.pem" 2>/dev/null
start_marathon --apps="$APPS" --tls-cert="$T/cert.pem" --tls-key="$T/key.pem"
# The port file has no scheme.
URL=https${URL#http}
NODE1=https${NODE1#http}
printf 'cacert = "%s"\n' "$T/cert.pem" >"$T/.curlrc"
export CURL_HOME="$T"
mount_marathon --marathon-ca="$T/cert.pem"
same "TLS"
control "scale?id=/developer/trapni/php&instances=5"
same "TLS, a change"
unmount_it
status=0
"$MMSDFS" -f --wait=2 --marathon="$URL" "$M" 2>"$T/err" || status=$?
[ $status -eq 3 ] || fail "a certificate nobody knows: exit $status"
grep -q 'certificate not accepted' "$T/err" || fail "$(cat "$T/err")"
mount_marathon --marathon-insecure
same "--marathon-insecure"
unmount_it
