#!/bin/sh
# Most keys expire at once, as when registrator or its network dies: the shrink
# guard looks at it. What somebody deletes goes at once.
. "$(dirname "$0")/lib.sh"

# lasting KEY VALUE: until it is ended by expire_all.
lasting() {
	case $API in
	v2) set_key "$1" "$2" ;;
	v3) ctl put --lease="$LEASE" "/services/$1" "$2" ;;
	esac
}

# All of them go by themselves.
expire_all() {
	case $API in
	v2)
		keys2 PUT /services/web -d dir=true -d prevExist=true -d ttl=1
		;;
	v3) ctl lease revoke "$LEASE" ;;
	esac
}

start_etcd
if [ "$API" = v3 ]; then
	ctl lease grant 86400
	LEASE=$(awk '{ print $2 }' "$T/ctl")
fi
for i in 1 2 3; do
	lasting web/host-$i:web:80 10.0.0.$i:32001
done
set_key web@80/host-4:web:80 10.0.0.4:32001
mount_etcd --shrink-hold=15
well
cp "$M/services/web.instances" "$T/before"

expire_all
status_is '.held == 3'
cmp "$T/before" "$M/services/web.instances" || fail "not held"
lines_are "held for long enough" web.instances 10.0.0.4:32001
well

# Longer than anybody waits here.
unmount_it
mount_etcd --shrink-hold=600
well
for i in 1 2 3; do
	set_key web/host-$i:web:80 10.0.0.$i:32001
done
lines_are "again" web.instances 10.0.0.1:32001 10.0.0.2:32001 \
	10.0.0.3:32001 10.0.0.4:32001
case $API in
v2)
	keys2 DELETE '/services/web?recursive=true'
	keys2 DELETE '/services/web@80?recursive=true'
	;;
v3) ctl del --prefix /services/web ;;
esac
wait_until "deleted" [ ! -e "$M/services/web.instances" ]
status_is '.held == 0'
unmount_it
