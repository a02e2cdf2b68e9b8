#!/bin/sh
# Over TLS, with a certificate of ours and a user: a certificate of somebody else
# is refused, and so are we without ours, and with a password that is wrong, until
# the file has the right one; who has logged in does so again when etcd has
# forgotten it.
. "$(dirname "$0")/lib.sh"

# authority NAME; certificate NAME AUTHORITY SUBJECT, for 127.0.0.1.
authority() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$T/$1-ca.key" -out "$T/$1-ca.pem" 2>"$T/openssl"
}

certificate() {
	openssl req -newkey rsa:2048 -nodes -subj "/$3" \
		-keyout "$T/$1.key" -out "$T/$1.csr" 2>"$T/openssl"
	echo "subjectAltName=IP:127.0.0.1" >"$T/extensions"
	openssl x509 -req -in "$T/$1.csr" -days 2 -CA "$T/$2-ca.pem" \
		-CAkey "$T/$2-ca.key" -CAcreateserial -out "$T/$1.pem" \
		-extfile "$T/extensions" 2>"$T/openssl"
}

authority ours
authority other
certificate etcd ours CN=etcd
certificate named ours CN=mmsdfs
certificate nameless ours O=mmsdfs

# Both hold the same; users are added through the plain one.
start_secure() {
	start_etcd --listen-client-urls="http://$E,https://127.0.0.1:2378" \
		--cert-file="$T/etcd.pem" --key-file="$T/etcd.key" \
		--client-cert-auth --trusted-ca-file="$T/ours-ca.pem"
}

start_secure
set_key web/host-1:web:80 10.0.0.1:32001
case $API in
v2)
	curl -sS --fail -X PUT "http://$E/v2/auth/users/root" -d \
		'{"user":"root","password":"secret:1"}' >"$T/answer"
	curl -sS --fail -X PUT "http://$E/v2/auth/enable" >"$T/answer"
	curl -sS --fail -u root:secret:1 -X DELETE \
		"http://$E/v2/auth/roles/guest" >"$T/answer"
	SCHEME=etcds
	;;
v3)
	ctl user add root:secret:1
	ctl role add readers
	ctl role grant-permission readers --prefix=true read /services/
	ctl user add mmsdfs:secret:2
	ctl user grant-role mmsdfs readers
	ctl user grant-role root root
	ctl auth enable
	SCHEME=etcd3s
	;;
esac
set_as_root() {
	case $API in
	v2) keys2 PUT "/services/$1" -u root:secret:1 -d "value=$2" ;;
	v3) ctl --user=root:secret:1 put "/services/$1" "$2" ;;
	esac
}
case $API in
v2) echo root:secret:1 >"$T/right"; OURS=named ;;
v3) echo mmsdfs:secret:2 >"$T/right"; OURS=nameless ;;
esac

ADDRESS=$SCHEME://127.0.0.1:2378/services
echo nobody:wrong >"$T/user"

# refused WORDS OPTION...: nothing is shown, with these words and status 3.
refused() {
	words=$1
	shift
	status=0
	"$MMSDFS" render services/web.instances --registrator="$ADDRESS" \
		--wait=2 "$@" >"$T/once" 2>"$T/err" || status=$?
	[ $status -eq 3 ] || fail "exit status $status, not 3"
	grep -qi "$words" "$T/err" || fail "no '$words': $(cat "$T/err")"
	grep -q secret "$T/err" && fail "a password is told"
	return 0
}
CLIENT="--registrator-cert=$T/$OURS.pem --registrator-key=$T/$OURS.key"
# The gateway would take the name for a user, and does not.
[ "$API" = v2 ] || refused 'that has a CommonName' \
	--registrator-ca="$T/ours-ca.pem" --registrator-user-file="$T/right" \
	--registrator-cert="$T/named.pem" --registrator-key="$T/named.key"
# What is in $CLIENT are words of our own, to be split.
# shellcheck disable=SC2086
refused certificate --registrator-ca="$T/other-ca.pem" $CLIENT \
	--registrator-user-file="$T/right"
refused certificate --registrator-ca="$T/ours-ca.pem" \
	--registrator-user-file="$T/right"
# shellcheck disable=SC2086
refused 'authentication failed\|HTTP 401\|insufficient' $CLIENT \
	--registrator-ca="$T/ours-ca.pem" --registrator-user-file="$T/user"
# shellcheck disable=SC2086
refused 'user name is empty\|HTTP 401\|insufficient' $CLIENT \
	--registrator-ca="$T/ours-ca.pem"

# shellcheck disable=SC2086
"$MMSDFS" -f --log-level=debug --registrator="$ADDRESS" $QUICK $CLIENT \
	--registrator-ca="$T/ours-ca.pem" --registrator-user-file="$T/user" \
	"$M" >>"$T/stdout" 2>>"$T/stderr" &
DAEMON=$!
wait_until "the status" [ -e "$M/status.json" ]
status_is '.why != ""'
cat "$T/right" >"$T/user"
wait_until "the right password" [ -e "$M/services/web.instances" ]
well
lines_are "over TLS" web.instances 10.0.0.1:32001
set_as_root web/host-2:web:80 10.0.0.2:32001
lines_are "a change" web.instances 10.0.0.1:32001 10.0.0.2:32001

# Tokens of v3 live in its memory alone.
kill_etcd
says refused
start_secure
well
set_as_root web/host-3:web:80 10.0.0.3:32001
lines_are "after a restart" web.instances \
	10.0.0.1:32001 10.0.0.2:32001 10.0.0.3:32001
grep -rq 'secret' "$M/status.json" "$T/stderr" && fail "a password is told"
unmount_it
