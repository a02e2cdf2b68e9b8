#!/bin/sh
# Masters behind a real haproxy that insists on a certificate of ours and on a
# token: without the first we are refused, and told why; the second is that of a
# DC/OS service account, or from a file.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../faults/login-lib.sh"

# pair NAME: a certificate for 127.0.0.1 that vouches for itself.
pair() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
		-addext 'subjectAltName=IP:127.0.0.1' -keyout "$T/$1.key" \
		-out "$T/$1.pem" 2>>"$T/openssl.log"
	cat "$T/$1.pem" "$T/$1.key" >"$T/$1.both"
}

umask 077
start_mesos
cluster '{"frameworks":{"chronos":[{"id":"a.1","name":"job","resources":
	{"ports":"[31000-31000]"}}]}}'
pair front
pair client
python3 -c 'import socket
held = [socket.socket() for _ in range(2)]
for s in held:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])' >"$T/free"
read -r PORT <"$T/free"
TAKER=$(tail -n 1 "$T/free")
cat >"$T/front.cfg" <<EOF
global
	log stdout format raw local0
defaults
	mode http
	timeout connect 10s
	timeout client 60s
	timeout server 60s
frontend front
	bind 127.0.0.1:$PORT ssl crt $T/front.both ca-file $T/client.pem verify required
	log global
	http-request capture req.hdr(authorization) len 200
	log-format "CN=%[ssl_c_s_dn(cn)] %[capture.req.hdr(0)] %r"
	http-request deny deny_status 401 unless { req.hdr(authorization) -m beg token= }
	default_backend masters
frontend taker
	bind 127.0.0.1:$TAKER
	http-request return status 200
backend masters
	server master $MASTER1
EOF
haproxy -f "$T/front.cfg" -db >>"$T/front.log" 2>&1 &
start_login "http://127.0.0.1:$TAKER"
cat "$T/front.pem" "$T/login.pem" >"$T/ca"
printf 'from-a-file\n' >"$T/token"
URL=https://127.0.0.1:$PORT

# refused WORDS OPTION...: no answer in time, with these words.
refused() {
	words=$1
	shift
	status=0
	"$MMSDFS" render services/chronos.job.instances --wait=2 \
		--mesos-masters="$URL" --mesos-ca="$T/ca" "$@" \
		>"$T/once" 2>"$T/err" || status=$?
	[ $status -eq 3 ] || fail "exit status $status, not 3"
	grep -q "$words" "$T/err" || fail "no '$words': $(cat "$T/err")"
}
refused 'may want another certificate of ours' --mesos-token-file="$T/token"
refused 'HTTP 401' --mesos-cert="$T/client.both"

mount_sources --mesos-masters="$URL" --mesos-ca="$T/ca" \
	--mesos-cert="$T/client.pem" --mesos-key="$T/client.key" \
	--mesos-dcos-account="$T/me"
shows chronos.job 10.1.0.1:31000
[ "$(cat "$T/logins")" = 1 ] || fail "logins: $(cat "$T/logins")"
grep -q "^CN=client token=eyJ.* /master/state" "$T/front.log" ||
	fail "what haproxy met: $(tail -n 3 "$T/front.log")"
cluster '{"frameworks":{"chronos":[{"id":"a.1","name":"job","resources":
	{"ports":"[31000-31000]"}},{"id":"a.2","name":"job","resources":
	{"ports":"[31001-31001]"}}]}}'
shows chronos.job 10.1.0.1:31000 10.1.0.1:31001
unmount_it

mount_sources --mesos-masters="$URL" --mesos-ca="$T/ca" \
	--mesos-cert="$T/client.both" --mesos-token-file="$T/token"
shows chronos.job 10.1.0.1:31000 10.1.0.1:31001
grep -q "^CN=client token=from-a-file " "$T/front.log" ||
	fail "what haproxy met: $(tail -n 3 "$T/front.log")"
unmount_it
