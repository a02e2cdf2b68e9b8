/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTIONS_H
#define FS_OPTIONS_H

/*
 * What the user asked for, parsed and checked as a whole: nothing is ever half
 * applied. The command line wins over the environment, that over the file of
 * --config, that over the defaults. Every option is a row in
 * fs/option_table.c, which says its names, its default and its field here.
 *
 * Constant after options_parse(). Paths are absolute, as the process leaves
 * its directory. Text is NULL where nothing was given and there is no default.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fetch/callback.h"
#include "fetch/groups.h"
#include "fetch/health.h"
#include "fetch/why.h"
#include "fs/haproxy.h"
#include "fs/log.h"
#include "fs/option_table.h"
#include "fs/teller.h"
#include "render/haproxy.h"
#include "render/instances.h"
#include "render/name_text.h"

enum command {
	COMMAND_MOUNT,
	COMMAND_RENDER,	 /* view says what */
	COMMAND_EXPORT,	 /* mountpoint says where to */
	COMMAND_EXPLAIN, /* view is the id; mountpoint may be given */
	COMMAND_CHECK,	 /* mountpoint may be given */
	COMMAND_STATUS,	 /* mountpoint says of what; no source is needed */
	COMMAND_HELP,	 /* nothing else was parsed */
	COMMAND_VERSION, /* nothing else was parsed */
};

enum runtime_mode { RUNTIME_AUTO, RUNTIME_OFF };

/* Of haproxy.cfg, before it is shown. */
enum gate_mode { GATE_AUTO, GATE_ON, GATE_OFF };

enum resolve_mode { RESOLVE_ON, RESOLVE_OFF };
enum mesos_state_mode { MESOS_STATE_AUTO, MESOS_STATE_ON, MESOS_STATE_OFF };

enum unreachable_mode { UNREACHABLE_KEEP, UNREACHABLE_DROP };

/*
 * Files that say who we are to single sources of one kind, and whom we believe;
 * not every kind has each (fetch/identity.h).
 */
struct option_identities {
	struct option_named_list ca;
	struct option_named_list cert, key, key_pass_file;
	/* At most one of these three for each source. */
	struct option_named_list user_file;
	struct option_named_list token_file;
	struct option_named_list dcos_account; /* or the JSON itself */
};

struct options {
	enum command command;
	/* Also the DIR of an export. NULL: with upstream_confd alone. */
	char *mountpoint;
	char *view; /* what the command is about; NULL: see enum command */

	/* For the log, once it is open: nothing that stops the start. */
	char **warnings;
	size_t warning_count;

	bool foreground;
	bool private_mount;
	bool allow_other;   /* asked for by -o; never with private_mount */
	char *fsname;	    /* never NULL; may hold a comma */
	char *subtype;	    /* never NULL; may hold a comma */
	char *fuse_options; /* what libfuse is to do more: "nosuid,nodev", "" */
	unsigned uid, gid;  /* of every file: our own, if nothing was given */
	unsigned umask;
	char *upstream_confd;
	unsigned wait_ms; /* 0: for ever */
	enum notify_mode notify;
	bool notify_aliases;

	/*
	 * "http://a:8080,https://b/path" or "file:/PATH" of each cluster:
	 * checked, no spaces, no '/' at the end. --marathon-host is already in
	 * here.
	 */
	struct option_named_list marathon;
	char *marathon_host;
	unsigned marathon_port;
	struct option_identities marathon_identity;
	bool marathon_insecure;
	/*
	 * The URL of each cluster's callbacks; --marathon-callback-host is
	 * already in here. All of it is checked.
	 */
	struct option_named_list callback;
	char *callback_host;
	unsigned callback_port;
	char *callback_endpoint;
	struct option_named_list callback_bind;
	char *callback_allow;
	struct option_named_list services_dir; /* an absolute path each */
	struct option_named_list mesos_masters; /* "mesos:http://a:5050,..." */
	char *mesos_master_domain;
	unsigned mesos_poll_interval_ms; /* 0: as poll_interval_ms */
	enum mesos_state_mode mesos_state;
	char *mesos_frameworks;
	struct option_identities mesos_identity;
	/* "etcd://a:2379,b:2379/path" of each: checked, each with a port. */
	struct option_named_list registrator;
	struct option_identities registrator_identity;
	unsigned refresh_interval_ms;
	unsigned poll_interval_ms;
	unsigned partial_start_ms;
	char *state_dir;
	enum health_mode health;
	enum unreachable_mode unreachable;
	int shrink_guard_percent; /* 0 to 100; negative: off */
	unsigned shrink_hold_ms;
	unsigned settle_ms;

	char *groups; /* as given; groups_new() understands it */
	enum groups_by groups_by;
	enum resolve_mode resolve_hosts;
	enum instances_format instances_format;
	enum names_style instances_names;

	char *haproxy_bind;
	unsigned haproxy_port; /* 0: no listener for stats and management */
	char *haproxy_bin;     /* without '/': to be found in $PATH */
	char *haproxy_pidfile; /* NULL: where such files are kept */
	bool haproxy;
	enum haproxy_mode haproxy_mode;
	char *haproxy_socket;
	char *haproxy_before_cmd;
	char *haproxy_after_cmd;
	enum gateway_mode gateway;
	unsigned gateway_http_port;
	unsigned gateway_https_port;
	char *gateway_bind;
	char *haproxy_ssl_certs;
	bool group_https;
	bool haproxy_map;
	char *haproxy_map_dir;
	unsigned haproxy_appid_port; /* 0: no such listener */
	bool strict_mode;
	bool expose_host;
	char *haproxy_templates;
	char *haproxy_settings;
	char *haproxy_default_options;
	char *haproxy_tail;
	enum gate_mode haproxy_check;
	unsigned haproxy_check_timeout_ms;
	enum runtime_mode haproxy_runtime;
	unsigned drain_timeout_ms; /* 0: never */
	unsigned max_connections; /* 0: not said */
	unsigned group_size;
	unsigned ip_port_min, ip_port_max; /* both, or 0 */

	struct option_list on_change; /* each "VIEW=CMD", not checked yet */
	char *haproxy_reload;
	char *haproxy_start;
	unsigned hook_timeout_ms;
	unsigned reload_interval_ms;

	char *if_changed; /* with COMMAND_RENDER alone, as these two */
	bool partial;
	bool json; /* with COMMAND_EXPLAIN alone */

	char *config;
	enum log_level log_level;
	enum log_target log_target;
	bool print_options; /* whatever the command is; it may miss its words */
};

/*
 * Fills ret, which options_done() then releases. A negative errno: nothing is
 * filled, and why has the one line to show (exit 2, but for -ENOMEM). Text is
 * copied; argv and envp are only read.
 */
int options_parse(int argc, char **argv, char **envp, struct options *ret,
	struct why *why);

/* What nothing said gives; for options_done(). -ENOMEM. */
int options_default(struct options *ret);

/* What differs from that, as lines for --config: fs/option_print.c. */
int options_print(const struct options *options, FILE *out);
/* The command goes on until it is ended. */
bool options_stays(const struct options *options);

/* Of the cluster that is called name. Texts are borrowed. */
struct callback_settings options_callback(
	const struct options *options, const char *name);

/* A running HAProxy is told of changes of servers. */
bool options_has_runtime(const struct options *options);

/* Also for a zeroed struct. */
void options_done(struct options *options);

/* The text of --help. */
void options_usage(FILE *out);

#endif
