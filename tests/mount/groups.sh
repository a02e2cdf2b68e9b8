#!/bin/sh
# --groups by id and by label, and by label of one port: exactly those files.
. "$(dirname "$0")/lib.sh"

two_ports() {
	app "$@" | sed 's/"portDefinitions":\[[^]]*\]/"portDefinitions":[{"port":10011,"protocol":"tcp"},{"port":10012,"protocol":"tcp"}]/; s/"ports":\[5\]/"ports":[5,6]/'
}

apps "$(app /developer/trapni/php a:1)" \
	"$(app /developer/trapni-two/php a:2)" \
	"$(app /developer2/other a:3)" \
	"$(APP_LABELS='"lb-group":"staging,blue"' app /x/labelled a:4)" \
	"$(APP_LABELS='"HAPROXY_1_GROUP":"staging"' two_ports /x/port a:5)" \
	"$(APP_LABELS='"HAPROXY_GROUP":"production"' app /x/not a:6)"

expect() {
	wanted=$(printf '%s\n' $2 | sort)
	mount_it --groups="$1"
	got=$(cd "$M/services" && ls)
	[ "$got" = "$wanted" ] || fail "--groups=$1 shows: $got"
	unmount_it
}

expect developer "developer.trapni.php.instances
	developer.trapni-two.php.instances"
expect 'developer.trapni*,staging' "developer.trapni.php.instances
	developer.trapni-two.php.instances x.labelled.instances
	x.port_1.instances"
expect /developer/trapni developer.trapni.php.instances
expect id:developer2 developer2.other.instances
expect label:production x.not.instances
expect label:blue x.labelled.instances
