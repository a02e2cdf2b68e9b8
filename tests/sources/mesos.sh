#!/bin/sh
# Tasks that Mesos masters know: added, changed, moved, sick, ended; another
# master leads; masters that answer with nonsense, half a state or nothing. The
# files follow, or stay what they were and status.json says why.
. "$(dirname "$0")/lib.sh"

# task ID NAME PORT [MORE]: one task, its port one of its resources.
task() {
	printf '{"id":"%s","name":"%s","resources":{"ports":"[%s-%s]"}%s}' \
		"$1" "$2" "$3" "$3" "${4:-}"
}

agents='"agents":{"S0":["agent-0","10.1.0.1"],"S1":["agent-1","10.1.0.2"]}'
start_mesos --masters=3
cluster "{$agents,\"frameworks\":{\"chronos\":[$(task a.1 Job_One 31000)],
	\"Big Data\":[$(task b.1 spark/x.y 31001),$(task b.2 spark/x.y 31002 \
	',"slave_id":"S1"'),$(task b.3 lost 31003 ',"slave_id":"S9"'),
	$(task b.4 staging 31004 ',"state":"TASK_STAGING"')]}}"
mount_sources --mesos-masters="$MASTER2,$MASTER3,$MASTER1" --shrink-hold=600 \
	--mesos-master-domain=mesos.example.com
shows chronos.job-one 10.1.0.1:31000
shows big-data.spark-x.y 10.1.0.1:31001 10.1.0.2:31002
shows mesos-master "$MASTER1"
[ "$(ls "$M/services" | wc -l)" -eq 3 ] || fail "$(ls "$M/services")"
wait_until "the domain of the leader" grep -q 'mesos.example.com' \
	"$M/haproxy.cfg"
grep -q 'mesos-master_80' "$M/haproxy.cfg" || fail "its backend"
becomes ".leader == \"$MASTER1\" and .version == \"1.11.0\""
# It asks the leader from then on, whom the others do not have to name.
becomes ".url == \"http://$MASTER1\""
# A task has no service port, and nobody misses it.
wait_until "no problems" sh -c "jq -e '.problems == []' '$M/status.json'"

# What was discovered: names, ports with names and labels, networks, health.
discovery='"discovery":{"visibility":"CLUSTER","name":"Web.front","ports":
	{"ports":[{"number":8080,"name":"http","protocol":"tcp","labels":
	{"labels":[{"key":"lb-vhost","value":"web.example.com"}]}},
	{"number":53,"protocol":"udp"}]}},"labels":[{"key":
	"HAPROXY_0_PORT","value":"10080"}]'
network='"container_status":{"network_infos":[{"ip_addresses":[{"ip_address":'
cluster "{\"frameworks\":{\"chronos\":[$(task a.1 Job_One 31000)],\"web\":[
	{\"id\":\"w.1\",$discovery,\"statuses\":[
	{\"state\":\"TASK_RUNNING\",\"timestamp\":9.5,$network\"9.0.0.5\"}]}]}},
	{\"state\":\"TASK_RUNNING\",\"timestamp\":2.5,$network\"9.0.0.4\"}]}]}}
	]},{\"id\":\"w.2\",$discovery,\"container\":{\"type\":\"DOCKER\",
	\"docker\":{\"network\":\"BRIDGE\"}},\"statuses\":[{\"state\":
	\"TASK_RUNNING\",\"timestamp\":1,\"healthy\":true,$network\"172.17.0.2\"
	}]}]}}]},{\"id\":\"w.3\",$discovery,\"statuses\":[{\"state\":
	\"TASK_RUNNING\",\"timestamp\":1,\"healthy\":false}]}]},
	\"ended\":{\"Big Data\":[\"b.1\",\"b.2\"]}}"
shows web.web.front 10.1.0.1:8080 9.0.0.5:8080
shows web.web.front_http 10.1.0.1:8080 9.0.0.5:8080
shows web.web.front_1 10.1.0.1:53 9.0.0.5:53
# They have ended, and the master says so: the guard does not wait.
has_no big-data.spark-x.y
becomes '.held == 0'
for words in 'bind \*:10080' 'web.example.com' '9.0.0.5:8080'; do
	wait_until "$words" grep -q "$words" "$M/haproxy.cfg"
done

# Those that nobody says anything of are held back, and come back.
remember
cluster '{"frameworks":{"web":[]}}'
becomes '.held == 3'
unchanged "tasks that are missing"
cluster "{\"frameworks\":{\"chronos\":[$(task a.1 Job_One 31000)]}}"
becomes '.held == 2'
shows chronos.job-one 10.1.0.1:31000

# Its agent is another one; the port; what is bad is one bad task.
cluster "{\"agents\":{\"S0\":[\"agent-0\",\"10.1.0.77\"]}}"
shows chronos.job-one 10.1.0.77:31000
cluster "{$agents,\"ended\":{\"web\":[\"w.1\",\"w.2\"]},\"frameworks\":{
	\"chronos\":[$(task a.1 Job_One 31009),$(task a.2 '***' 1),
	{\"id\":\"a.3\",\"name\":7}]}}"
shows chronos.job-one 10.1.0.1:31009
becomes '.bad_apps == 2 and (.bad_app_why | test("chronos: task a.2"))'
cluster "{\"frameworks\":{\"chronos\":[$(task a.1 Job_One 31009),
	$(task a.2 job 31008 ',"state":"TASK_KILLING"')]}}"
shows chronos.job
becomes '.bad_apps == 0'

# refused WORDS JSON: the answer is refused while a change waits to be read.
refused() {
	remember
	cluster "$(printf '%s' "{\"frameworks\":{\"chronos\":[
		$(task a.1 Job_One 31100)]}} $2" | jq -sc add)"
	becomes "(.why | test(\"$1\"; \"i\")) and .stale and .since > 0"
	failures=$(one .failures)
	becomes ".failures > $failures + 3"
	unchanged "$2"
	cluster '{"fault":null,"leader":0,"user":null}'
	shows chronos.job-one 10.1.0.1:31100
	becomes '.why == "" and (.stale | not) and .held == 0'
	cluster "{\"frameworks\":{\"chronos\":[$(task a.1 Job_One 31009)]}}"
	shows chronos.job-one 10.1.0.1:31009
}

refused 'html' '{"fault":"html"}'
refused 'ends|cut|broke' '{"fault":"half"}'
refused 'HTTP 503' '{"fault":"503"}'
refused 'HTTP 404' '{"fault":"404"}'
refused 'HTTP 503' '{"leader":null}'
refused 'HTTP 401' '{"user":"anna:secret"}'

# Another one leads, again and again.
for turn in 1 2 3; do
	eval "new=\$MASTER$turn"
	cluster "{\"leader\":$((turn - 1))}"
	shows mesos-master "$new"
	becomes ".leader == \"$new\" and .url == \"http://$new\""
	shows chronos.job-one 10.1.0.1:31009
done
becomes '.why == ""'

# Nobody is there any more, and then somebody is.
remember
kill -STOP "$MESOS"
becomes '(.why | test("nothing for")) and .stale'
unchanged "nobody answers"
kill -CONT "$MESOS"
becomes '.why == ""'
kill "$MESOS"
wait "$MESOS" || true
becomes '(.why | test("refused"; "i")) and .stale'
unchanged "nobody is there"
unmount_it
