#!/bin/sh
# A run that fails is reported and tried again until it succeeds; a program that
# is not there likewise. The mount does not mind.
. "$(dirname "$0")/lib.sh"

script sick <<'END'
echo "$MMSDFS_REASON" >>"$T/reasons"
[ -e "$T/well" ] || { echo "something is wrong"; exit 3; }
END

apps "$(app /web host-a:1000)"
mount_it --on-change="haproxy.cfg=$T/sick" --on-change="services=$T/absent x" \
	--on-change='haproxy.cfg=sh:kill -HUP $$' --reload-interval=0
wait_until "three runs" at_least 3 "$T/reasons"
[ "$(head -n 1 "$T/reasons")" = start ] || fail "$(cat "$T/reasons")"
sed 1d "$T/reasons" | grep -qvx retry && fail "$(cat "$T/reasons")"
wait_until "the report" hook_is '.failures >= 2 and .failing_since > 0
	and .last_exit == "exit status 3: something is wrong"'
hook_is '.last_success == 0' || fail "$(cat "$M/status.json")"
wait_until "a missing program" hook_is '.failures >= 1
	and .last_exit == "cannot be executed: No such file or directory"' 1
wait_until "a signal" hook_is '.last_exit == "killed by SIGHUP"' 2
[ "$(jq -r .state "$M/status.json")" = degraded ] || fail "not degraded"
"$MMSDFS" status "$M" | grep -q 'the hook on services fails for' ||
	fail "$("$MMSDFS" status "$M")"
grep -qx 'mmsdfs_hook_failing{hook="0",view="haproxy.cfg"} 1' \
	"$M/metrics.prom" || fail "$(grep hook "$M/metrics.prom")"

# The log speaks of the change of state, not of each try.
[ "$(grep -c "warning: haproxy.cfg: '$T/sick'" "$T/stderr")" -eq 1 ] ||
	fail "the log"

# A newer change is not held up, and does not help.
apps "$(app /web host-a:1001)"
wait_until "a change" grep -qx change "$T/reasons"
wait_until "the file" grep -qx host-a:1001 "$M/services/web.instances"

touch "$T/well"
printf '#!/bin/sh\n' >"$T/absent"
chmod 755 "$T/absent"
wait_until "recovery" hook_is '.failing_since == 0 and .last_success > 0'
wait_until "the program" hook_is '.failing_since == 0' 1
grep -q "haproxy.cfg: '$T/sick': works again" "$T/stderr" || fail "the log"
unmount_it
