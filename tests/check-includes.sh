#!/bin/sh
# The layering of DESIGN 1, held to: what each folder may include.
#
#	fetch	nothing of render/ or fs/; curl only in http*.c, c-ares only in
#		lookup.c, libmicrohttpd only in listener.c, JSON only in files
#		that are named for it, no threads, no FUSE
#	render	of fetch/ only the catalog and what it stands on; no threads,
#		no FUSE, no curl
#	fs	never curl, json-c or an HTTP listener
set -eu
cd "$(dirname "$0")/.."
failed=0

# never WHAT PATTERN FILE...
never() {
	what=$1
	pattern=$2
	shift 2
	if grep -nE "^#include $pattern" "$@" /dev/null; then
		echo "FAILED: $what"
		failed=1
	fi
}

never "fetch/ knows nothing of render/ or fs/" '"(render|fs)/' fetch/*.[ch]
never "render/ knows nothing of fs/" '"fs/' render/*.[ch]
never "fetch/ and render/ start no threads" '<(pthread|threads)\.h>' \
	fetch/*.[ch] render/*.[ch]
never "FUSE is for fs/ alone" '<fuse' fetch/*.[ch] render/*.[ch]
never "curl is for fetch/http alone" '<curl/' \
	$(ls fetch/*.[ch] render/*.[ch] fs/*.[ch] | grep -v '^fetch/http')
never "c-ares is for fetch/lookup alone" '<ares' \
	$(ls fetch/*.[ch] render/*.[ch] fs/*.[ch] | grep -v '^fetch/lookup')
never "libcrypto is for fetch/jwt.c and fetch/pem.c" '<openssl/' \
	$(ls fetch/*.[ch] render/*.[ch] fs/*.[ch] |
		grep -vE '^fetch/(jwt|pem)\.c$')
never "HTTP is served by fetch/listener.c alone" '<microhttpd' \
	$(ls fetch/*.[ch] render/*.[ch] | grep -v '^fetch/listener\.c$')
never "fs/ parses no JSON and serves no HTTP" '<(json-c|microhttpd)' fs/*.[ch]
never "JSON is parsed in fetch/*_json.c (state.c writes it)" \
	'<json-c/' $(ls fetch/*.c render/*.c |
		grep -vE '_json\.c$|^fetch/state\.c$')
if grep -nE '^#include "fetch/' render/*.[ch] |
	grep -vE '"fetch/(catalog|cleanup|why)\.h"'; then
	echo "FAILED: of fetch/ render/ sees only the catalog"
	failed=1
fi
exit $failed
