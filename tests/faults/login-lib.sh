# SPDX-License-Identifier: MIT
# The login of DC/OS (login.py), for the tests that source tests/mount/lib.sh
# first. Its certificate, which vouches for itself, is $T/login.pem.
LOGIN_PY=$(cd "$(dirname "$0")/../faults" && pwd)/login.py

# account NAME: $T/NAME is a service account with a key of its own.
account() {
	openssl genrsa -out "$T/$1.key" 2048 2>>"$T/openssl.log"
	openssl rsa -in "$T/$1.key" -pubout -out "$T/$1.pem" \
		2>>"$T/openssl.log"
	jq -n --arg uid "$1" --rawfile key "$T/$1.key" \
		--arg url "https://127.0.0.1:$LOGIN/acs/api/v1/auth/login" \
		'{uid: $uid, private_key: $key, scheme: "RS256",
		login_endpoint: $url}' >"$T/$1.new"
	chmod 600 "$T/$1.new"
	mv "$T/$1.new" "$T/$1"
}

# start_login MARATHON: it listens at port $LOGIN, knows the account $T/me, and
# tells MARATHON each token that it gives.
start_login() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=login \
		-addext 'subjectAltName=IP:127.0.0.1' -keyout "$T/login.key" \
		-out "$T/login.pem" 2>>"$T/openssl.log"
	echo 3600 >"$T/life"
	: >"$T/logins"
	python3 "$LOGIN_PY" "$T" "$1" 2>>"$T/login.log" &
	wait_until "the login listens" test -s "$T/port"
	LOGIN=$(cat "$T/port")
	account me
	cp "$T/me.pem" "$T/public.pem"
}
