/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_PROFILE_H
#define MARATHON_PROFILE_H

/*
 * How one version of Marathon differs from the others. Everything that
 * depends on the version is decided here, once, from its number; the rest of
 * the program asks these fields (or, where a JSON writer walks through the
 * history of a field, the number itself).
 */

#include <stdbool.h>
#include <stdio.h>

#define VERSION(major, minor, patch)                                           \
	((unsigned)((major) * 1000000 + (minor) * 1000 + (patch)))

enum framing {
	FRAMING_DATA,    /* 0.9, 0.10: "data: " json CRLF, nothing more */
	FRAMING_STD,     /* event, data, blank line; all CRLF */
	FRAMING_HOSTILE, /* legal, but as unlike Jetty as can be */
};

enum task_ids {
	TASK_ID_UUID,     /* safe.uuid */
	TASK_ID_INSTANCE, /* safe.instance-uuid._app.n */
};

struct profile {
	char name[16];
	char version[16]; /* of /v2/info */
	unsigned number;

	/* lists */
	bool embed_set;      /* several embed=, any prefix */
	bool label_selector;
	bool filters_or;     /* id= or cmd=, instead of and */
	bool health_counts;  /* tasksHealthy, tasksUnhealthy */
	bool terminal_stays; /* ended tasks are listed until relaunched */
	bool raml;           /* what is unset is left out, not null */
	bool error_details;  /* "details":[] in error bodies */

	/* tasks */
	enum task_ids task_ids;
	bool task_state;
	bool instance_ids; /* events and health results name instances */

	/* the stream */
	bool stream;
	enum framing framing;
	bool type_filter;
	bool plan_light_asked; /* plan-format=light is understood */
	bool plan_light;       /* and is the default */
	unsigned queue_limit;
	bool queue_closes;     /* a full queue closes; else it drops */
	bool callbacks;        /* /v2/eventSubscriptions */
	bool callbacks_back_off; /* after calls that failed */
	bool pods;

	/* the HTTP layer */
	bool gzip;
	bool leader_header;
	bool frame_headers;
	bool standby_own_state; /* without a leader, answers for itself */
	bool standby_redirects; /* 302 for /v2/events */
	int unknown_url;        /* status */
	int no_leader;
	int leader_refused; /* 0: 200 with an empty body */
	const char *server; /* header, NULL: none */
};

/* -EINVAL: no such version. */
int profile_find(const char *name, struct profile *ret);
/* "0.8.0 0.8.2 ..." */
void profile_list(FILE *out);

#endif
