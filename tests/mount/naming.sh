# SPDX-License-Identifier: MIT
# A name server of the test's own, for tests that look up the names of agents:
#
#	. "$(dirname "$0")/../mount/naming.sh"
#
# after lib.sh. /etc/resolv.conf and /etc/hosts are the test's own, too.

# begin_naming: with a server.
begin_naming() {
	command -v dnsmasq >/dev/null || { echo "no dnsmasq"; exit 77; }
	unset MMSDFS_RESOLVE_HOSTS
	echo "nameserver 127.0.0.1" >"$T/resolv.conf"
	: >"$T/hosts"
	: >"$T/zone"
	mount --bind "$T/resolv.conf" /etc/resolv.conf
	mount --bind "$T/hosts" /etc/hosts
	start_names
}

# zone LINE...: what it says from its next start on; as in /etc/hosts.
zone() {
	printf '%s\n' "$@" >"$T/zone"
}

# Nobody answers when there is no process: that is "refused".
start_names() {
	dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts \
		--user=root --pid-file= --listen-address=127.0.0.1 \
		--bind-interfaces --addn-hosts="$T/zone" \
		--log-facility=/dev/null >>"$T/dnsmasq.log" 2>&1 &
	NAMES_PID=$!
	wait_until "dnsmasq" /usr/bin/python3 -c 'import socket
socket.create_connection(("127.0.0.1", 53), 1)'
}

stop_names() {
	kill -KILL "$NAMES_PID"
	wait "$NAMES_PID" 2>/dev/null || true
}

# Somebody takes the questions, and says nothing.
silence_names() {
	stop_names
	/usr/bin/python3 -c 'import socket
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    asked.recv(512)' >"$T/silent" &
	NAMES_PID=$!
	wait_until "silence" grep -q ready "$T/silent"
}

# Servers that are known by their name alone.
by_name() {
	grep -E '^	server [^ ]+ [a-z][^ ]*:[0-9]+ ' "$M/haproxy.cfg"
}

# hosts_are FILTER: what the status says of names.
hosts_are() {
	jq -e ".hosts | $1" "$M/status.json" >/dev/null
}
