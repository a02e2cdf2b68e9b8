#!/bin/sh
# explain with a MOUNTPOINT (here: of an export) tells what is shown there and
# is not in the source's answer: what the shrink guard holds back.
. "$(dirname "$0")/lib.sh"

E=$T/export
mkdir "$E"
ID=/developer/trapni/php
FILE=$E/services/developer.trapni.php.instances
start_marathon --apps="$APPS"
# Long enough to be looked at; it is never waited for.
"$MMSDFS" -f export "$E" --marathon="$URL" --shrink-hold=600 \
	--refresh-interval=1 >>"$T/stdout" 2>>"$T/stderr" &
EXPORT=$!
wait_until "the instances" sh -c "[ \$(wc -l <'$FILE') -eq 3 ]"

ends 0 "$MMSDFS" explain "$ID" "$E" --marathon="$URL"
says_out 'php.instances, 3 lines, the same at'

# Every check fails at once.
control "health-all?alive=false"
wait_until "they are held" \
	sh -c "[ \$(jq .sources[0].held '$E/status.json') -gt 2 ]"
sort "$FILE" >"$T/shown"
ends 0 "$MMSDFS" explain "$ID" "$E" --marathon="$URL"
says_out 'php.instances, 0 lines, and another at'
says_out 'only there: '"$(tr '\n' ' ' <"$T/shown" | sed 's/ $//')"
says_out 'the shrink guard keeps [0-9]* instances of this source there'
says_out 'out: a health check fails'
ends 0 "$MMSDFS" explain "$ID" "$E" --marathon="$URL" --json
jq -e '.[0] | .held > 2 and .ports[0].files[0].there == "other" and
	(.ports[0].files[0].only_there | split(" ") | length) == 3' \
	"$T/out" >/dev/null || fail "$(cat "$T/out")"

# Nobody is there any more: the files are missing.
ends 0 "$MMSDFS" explain "$ID" "$T" --marathon="$URL"
says_out 'php.instances, 0 lines, and not at'
kill $EXPORT
wait $EXPORT || fail "exit status $?"
