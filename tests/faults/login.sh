#!/bin/sh
# A DC/OS service account: its login is renewed before the token ends, and when
# the token is refused; while it fails the last one serves, and then the last
# good list. What we sign is judged by openssl.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/login-lib.sh"

php='id=/developer/trapni/php'

# logins: how many there were, good or bad.
logins() {
	wc -l <"$T/logins"
}

# more_logins COUNT WHAT: than COUNT.
more_logins() {
	wait_until "$2" sh -c "[ \$(wc -l <'$T/logins') -gt $1 ]"
}

warns() {
	wait_until "a warning: $1" sh -c \
		"jq -e '.sources[0].warning | test(\"$1\")' '$M/status.json'"
}

quiet() {
	wait_until "no warning" sh -c \
		"jq -e '.sources[0].warning == \"\"' '$M/status.json'"
}

start_marathon --apps="$APPS" --auth=token:none
start_login "$NODE1"

mount_marathon --marathon-dcos-account="$T/me" --marathon-ca="$T/login.pem"
same "the first token"
well
[ "$(cat "$T/logins")" = 1 ] || fail "logins: $(cat "$T/logins")"

# Refused: a new one at once, and the list does not even fail.
failures=$(source_is failures)
echo 12 >"$T/life"
control "access?token=stranger"
control "scale?$php&instances=5"
same "a refused token"
[ "$(logins)" -ge 2 ] || fail "no new login"
[ "$(source_is failures)" -eq "$failures" ] || fail "the list failed"
[ "$(source_is why)" = "" ] || fail "$(source_is why)"

# It ends: renewed before that, and the one before is good no more.
before=$(logins)
more_logins $((before + 1)) "it is renewed, twice"
control "scale?$php&instances=2"
same "renewed tokens"
well
[ "$(source_is failures)" -eq "$failures" ] || fail "the list failed"

# The endpoint is down: the last token serves until it is refused.
touch "$T/down"
warns "login: 127.0.0.1:$LOGIN: HTTP 503"
control "scale?$php&instances=4"
same "the last token"
[ "$(source_is why)" = "" ] || fail "$(source_is why)"
remember
control "access?expired=1"
says "HTTP 401.*127.0.0.1:$LOGIN: HTTP 503"
unchanged "no token at all"
# More and more seldom: a hot loop would be hundreds.
before=$(logins)
sleep 3
[ "$(logins)" -lt $((before + 10)) ] || fail "$(logins) logins, were $before"
rm "$T/down"
control "access?x=1"
well
quiet

# Another key, first there and then here, without a restart.
account you
cp "$T/you.pem" "$T/public.pem"
control "access?token=stranger"
warns "HTTP 401"
says "HTTP 401"
cp "$T/you" "$T/me.new" && mv "$T/me.new" "$T/me"
well
quiet
control "scale?$php&instances=3"
same "another account"

# A broken file leaves the account, and is told of; so is one that is open.
echo '{"uid":' >"$T/me"
warns "me: JSON that ends too early"
cp "$T/you" "$T/me.new" && chmod 644 "$T/me.new" && mv "$T/me.new" "$T/me"
quiet
wait_until "it is seen to be open" sh -c \
	"[ \"\$(jq -r .sources[0].exposed '$M/status.json')\" = '$T/me' ]"
"$MMSDFS" status "$M" | grep -q "everybody can read $T/me" ||
	fail "mmsdfs status"
unmount_it
[ "$(grep -c "everybody can read $T/me" "$T/stderr")" -eq 1 ] ||
	fail "not told once: $(grep everybody "$T/stderr")"

# Nothing is known of the login's certificate, or it is down: who is to blame
# is said, and the start is given up.
status=0
"$MMSDFS" -f --wait=2 --marathon="$URL" --marathon-dcos-account="$T/you" \
	"$M" 2>"$T/err" || status=$?
[ $status -eq 3 ] || fail "a login nobody knows: exit $status"
grep -q "no token: login: 127.0.0.1:$LOGIN: certificate not" "$T/err" ||
	fail "$(cat "$T/err")"

# The environment may have the account itself; hooks are not told it.
DCOS_SERVICE_ACCOUNT_CREDENTIAL=$(cat "$T/you")
export DCOS_SERVICE_ACCOUNT_CREDENTIAL
mount_marathon --marathon-ca="$T/login.pem" \
	--on-change="services=sh:env >'$T/env.new' && mv '$T/env.new' '$T/env'"
same "from the environment"
wait_until "the hook has run" test -s "$T/env"
grep -q PATH "$T/env" || fail "the hook has no environment"
grep -q 'DCOS\|PRIVATE' "$T/env" && fail "the hook knows the account"
unmount_it

grep -n 'PRIVATE KEY\|token=\|eyJ' "$T/stderr" "$T/stdout" &&
	fail "a secret was logged"
exit 0
