#!/bin/sh
# explain: why an app is, or is not, in each view, for what users ask about.
. "$(dirname "$0")/lib.sh"

explain() {
	expected=$1
	shift
	ends "$expected" "$MMSDFS" explain "$@" --marathon="file:$A"
}

# One app of each kind.
served=$(APP_PORT=10001 app /developer/web host-a:1000 host-b:1000)
sick=$(APP_PORT=10002 APP_MORE=',"healthChecks":[{"protocol":"TCP","portIndex":0}]' \
	app /developer/sick host-c:1000 host-d:1000 host-e:1000 |
	python3 -c 'import json, sys
app = json.load(sys.stdin)
for task, alive in zip(app["tasks"], (True, False, None)):
    if alive is not None:
        task["healthCheckResults"] = [{"alive": alive}]
json.dump(app, sys.stdout)')
hidden=$(APP_PORT=10003 app /production/web host-f:1000)
taker=$(APP_PORT=10001 app /developer/zzz host-g:1000)
label=$(APP_PORT=10005 APP_LABELS='"HAPROXY_0_BACKEND_WEIGHT":"much"' \
	app /developer/label host-h:1000)
vhost='"HAPROXY_0_VHOST":"www.example.com","HAPROXY_0_MODE":"http"'
refused=$(APP_PORT=10006 APP_LABELS="$vhost,"'"HAPROXY_0_BACKEND_HTTP_OPTIONS":"\tnonsense here"' \
	app /developer/refused host-i:1000)
portless='{"id":"/developer/batch","instances":0,"labels":{},"tasks":[]}'
dots=$(APP_PORT=10008 app /developer/a.b host-j:1)
slashes=$(APP_PORT=10009 app /developer/a/b host-k:1)
unreachable=$(APP_PORT=10010 app /developer/lost host-l:1 |
	sed 's/TASK_RUNNING/TASK_UNREACHABLE/')
apps "$served" "$sick" "$hidden" "$taker" "$label" "$refused" "$portless" \
	"$dots" "$slashes" "$unreachable"

echo "-- served, under each of its names"
for name in /developer/web developer/web developer.web developer.web.instances \
	developer_web.host-a-1000; do
	explain 0 "$name"
	says_out '^/developer/web, of marathon at file:.*2 of 2 instances'
	says_out 'services/developer.web.instances, 2 lines'
	says_out 'instance developer_web.host-b-1000 on host-b: in service'
	says_out 'port 0: host-b:1000'
	says_out 'backend developer_web_10001'
	says_out 'server host-a_1000 host-a:1000'
	says_not 'problem'
done
says_out '^\* instance developer_web.host-a-1000'
[ "$(grep -c '^\*' "$T/out")" -eq 1 ] || fail "more than one was asked for"
explain 0 /production/web
says_not '^/developer/web'

echo "-- unhealthy, and waiting"
explain 0 /developer/sick
says_out '1 of 3 instances in service'
says_out 'host-c: in service; health alive'
says_out 'host-d: out: a health check fails; health dead'
says_out 'host-e: out: .*no health check has passed yet; health unknown'
says_out 'sick.instances, 1 lines'
says_not 'server host-d_1000'

echo "-- another group"
explain 0 /production/web --groups=developer,id:testing
says_out 'in no view: no item of --groups=developer,id:testing selects it'
says_out 'port 0: tcp, service port 10003, left out by --groups'
says_out 'haproxy.cfg: nothing of it is there'
says_not 'services/'
explain 0 /developer/web --groups=testing,id:developer
says_out 'selected by id:developer of --groups=testing,id:developer'
# Names and ports are those of who is shown: nobody else has the port now.
explain 0 /developer/zzz --groups=developer.zzz
says_out 'backend developer_zzz_10001'
says_not 'problem'

echo "-- a port that somebody else has"
explain 0 /developer/zzz
says_out 'problem in haproxy.cfg: .*10001.*/developer/web'
says_out 'zzz.instances, 1 lines'
says_not 'backend developer_zzz'

echo "-- a name that somebody else has"
explain 0 /developer/a/b
says_out 'services/developer.a.b.instances, 1 lines'
explain 0 /developer/a.b
says_out 'services/developer_a.b.instances, 1 lines'
says_out 'problem in services: '

echo "-- a label that is refused"
explain 0 /developer/label
says_out 'problem in haproxy.cfg: .*HAPROXY_0_BACKEND_WEIGHT'
says_out 'backend developer_label_10005'

echo "-- one that haproxy refuses"
explain 0 /developer/refused
says_out 'problem in haproxy.cfg: haproxy refuses it: .*nonsense'
says_out 'haproxy.cfg: nothing of it is there'
says_out 'services/developer.refused.instances, 1 lines'

echo "-- without ports, without instances"
explain 0 /developer/batch
says_out 'no port, so no file'
says_out '0 of 0 instances'

echo "-- out of sight"
explain 0 /developer/lost
says_out 'in service, though its source has lost sight of it\|out:'
explain 0 /developer/lost --unreachable=drop
says_out 'out: '

echo "-- unknown"
explain 1 /developer/wbe
says_error "no app and no task '/developer/wbe'; did you mean /developer/web"
explain 1 zzzz
says_error "no app and no task 'zzzz'"
explain 1 web
says_error 'did you mean /developer/web, /production/web'
explain 1 /something/else/that/is/very/long
! grep -q 'did you mean' "$T/err" || fail "$(cat "$T/err")"
[ ! -s "$T/out" ] || fail "something on stdout"

echo "-- in JSON"
explain 0 /developer/sick --json
jq -e '.[0] | .app == "/developer/sick" and .serving == 1 and .shown and
	([.instances[] | select(.serving)] | length) == 1 and
	.ports[0].files[0].name == "developer.sick.instances" and
	([.lines[] | select(.section and (.text | startswith("backend")))]
		| length) == 1 and .problems == []' "$T/out" >/dev/null ||
	fail "$(cat "$T/out")"
explain 0 /developer/zzz --json
jq -e '.[0].problems[0] | .view == "haproxy.cfg" and (.why | test("10001"))' \
	"$T/out" >/dev/null || fail "$(cat "$T/out")"

echo "-- a terminal gets no control characters"
apps "$(APP_LABELS='"HAPROXY_0_MODE":"\u001b[31mred"' app /red host-a:1)"
explain 0 /red
! grep -q "$(printf '\033')" "$T/out" || fail "an escape"

echo "-- several clusters: one answers, one does not"
apps "$served"
explain 0 /developer/web --marathon=west="file:$A"
[ "$(grep -c '^/developer/web, of ' "$T/out")" -eq 2 ] || fail "$(cat "$T/out")"
says_out '^/developer/web, of west'
says_out 'problem in '
explain 0 /developer/web --marathon=dead=http://127.0.0.1:1 --partial-start=1
says_out '^/developer/web, of marathon'
ends 3 "$MMSDFS" explain /developer/web --marathon=http://127.0.0.1:1 --wait=1
says_error '127.0.0.1:1'
ends 2 "$MMSDFS" explain /developer/web --marathon="file:$A" --groups=
