#!/bin/sh
# A real haproxy in front of Marathon ends TLS and insists on certificates. CA,
# certificate and key change under the running mmsdfs, and count for the next
# connection, though libcurl would rather keep what it has; while they are
# broken the last ones serve.
. "$(dirname "$0")/lib.sh"
php='id=/developer/trapni/php'

# authority NAME; certificate NAME AUTHORITY.
authority() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$T/$1.key" -out "$T/$1.pem" 2>>"$T/openssl.log"
}

certificate() {
	openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" \
		-keyout "$T/$1.key" -out "$T/request" 2>>"$T/openssl.log"
	echo 'subjectAltName=IP:127.0.0.1' >"$T/names"
	openssl x509 -req -in "$T/request" -CA "$T/$2.pem" \
		-CAkey "$T/$2.key" -CAcreateserial -days 2 \
		-extfile "$T/names" -out "$T/$1.pem" 2>>"$T/openssl.log"
}

# front CERTIFICATE: haproxy with it, at the same port as before.
front() {
	cat "$T/$1.pem" "$T/$1.key" >"$T/front.pem"
	haproxy -f "$T/front.cfg" -db >>"$T/front.log" 2>&1 &
	FRONT=$!
}

stop_front() {
	kill "$FRONT"
	wait "$FRONT" || true
}

# put FROM TO: as a file that is replaced.
put() {
	cp "$T/$1" "$T/$2.new"
	mv "$T/$2.new" "$T/$2"
}

warns() {
	wait_until "a warning: $1" sh -c \
		"jq -e '.sources[0].warning | test(\"$1\")' '$M/status.json'"
}

seen() {
	wait_until "haproxy met $1" grep -q "CN=$1 " "$T/front.log"
}

umask 077
for name in old new; do
	authority $name
	certificate "front-$name" $name
done
certificate one old
certificate two old
start_marathon --apps="$APPS"
PORT=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
cat >"$T/front.cfg" <<EOF
global
	log stdout format raw local0
defaults
	mode http
	timeout connect 10s
	timeout client 60s
	timeout server 60s
frontend front
	bind 127.0.0.1:$PORT ssl crt $T/front.pem ca-file $T/old.pem verify required
	log global
	log-format "CN=%[ssl_c_s_dn(cn)] %r"
	option logasap
	default_backend marathon
backend marathon
	server marathon ${NODE1#http://}
EOF
front front-old
URL=https://127.0.0.1:$PORT
put old.pem ca
put one.pem c
put one.key k

status=0
"$MMSDFS" -f --wait=2 --marathon="$URL" --marathon-ca="$T/ca" "$M" \
	2>"$T/err" || status=$?
[ $status -eq 3 ] || fail "without a certificate: exit $status"
grep -q "waited in vain for $URL" "$T/err" || fail "$(cat "$T/err")"

mount_marathon --marathon-ca="$T/ca" --marathon-cert="$T/c" \
	--marathon-key="$T/k"
same "a certificate of ours"
seen one
wait_until "a stream" sh -c "jq -e .sources[0].streaming '$M/status.json'"

# Another certificate: first one file, then the other.
put two.pem c
warns 'the key is not that of the certificate'
control "scale?$php&instances=5"
same "the last pair"
put two.key k
seen two
well
wait_until "no warning" sh -c \
	"jq -e '.sources[0].warning == \"\"' '$M/status.json'"

# Another authority behind haproxy: not believed until the file says so.
remember
stop_front
front front-new
says 'certificate not accepted'
unchanged "an authority nobody knows"
echo broken >"$T/ca"
warns 'ca: no certificate in it'
put new.pem ca
well
control "scale?$php&instances=2"
same "another authority"
stop_front
front front-old
says 'certificate not accepted'
put old.pem ca
well

# What everybody can read is told of, once.
chmod 644 "$T/k"
"$MMSDFS" check --marathon="$URL" --marathon-ca="$T/ca" \
	--marathon-cert="$T/c" --marathon-key="$T/k" >"$T/checked" 2>&1 || true
grep -q "everybody can read $T/k" "$T/checked" || fail "$(cat "$T/checked")"
grep -q 'the credentials are accepted' "$T/checked" ||
	fail "$(cat "$T/checked")"
wait_until "it is seen to be open" sh -c \
	"[ \"\$(jq -r .sources[0].exposed '$M/status.json')\" = '$T/k' ]"
control "scale?$php&instances=3"
same "the end"
unmount_it
[ "$(grep -c "everybody can read $T/k" "$T/stderr")" -eq 1 ] ||
	fail "not told once"

# Nothing that cannot work is tried.
refused() {
	lib_words=$1
	shift
	status=0
	"$MMSDFS" -f --marathon="$URL" "$@" "$M" 2>"$T/err" || status=$?
	[ $status -eq 2 ] || fail "$*: exit $status"
	grep -q "$lib_words" "$T/err" || fail "$*: $(cat "$T/err")"
}
refused 'the key is not that' --marathon-cert="$T/one.pem" \
	--marathon-key="$T/two.key"
openssl rsa -in "$T/one.key" -aes128 -passout pass:sesame \
	-out "$T/locked.key" 2>>"$T/openssl.log"
refused 'options .-key-pass-file' --marathon-cert="$T/one.pem" \
	--marathon-key="$T/locked.key"
printf 'sesame\n' >"$T/pass"
: >"$T/front.log"
mount_marathon --marathon-ca="$T/ca" --marathon-cert="$T/one.pem" \
	--marathon-key="$T/locked.key" --marathon-key-pass-file="$T/pass"
same "a key with a passphrase"
seen one
unmount_it
