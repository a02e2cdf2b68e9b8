/* SPDX-License-Identifier: MIT */
#include "tests/marathon/profile.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned number;
} profiles[] = {
	{"0.8", VERSION(0, 8, 2)},
	{"0.8.0", VERSION(0, 8, 0)},
	{"0.8.2", VERSION(0, 8, 2)},
	{"0.9", VERSION(0, 9, 2)},
	{"0.10", VERSION(0, 10, 1)},
	{"0.11", VERSION(0, 11, 1)},
	{"0.13", VERSION(0, 13, 1)},
	{"0.14", VERSION(0, 14, 1)},
	{"0.15.3", VERSION(0, 15, 3)},
	{"0.15.6", VERSION(0, 15, 6)},
	{"1.1", VERSION(1, 1, 7)},
	{"1.1.1", VERSION(1, 1, 1)},
	{"1.1.7", VERSION(1, 1, 7)},
	{"1.3", VERSION(1, 3, 14)},
	{"1.3.0", VERSION(1, 3, 0)},
	{"1.3.14", VERSION(1, 3, 14)},
	{"1.4", VERSION(1, 4, 13)},
	{"1.5", VERSION(1, 5, 15)},
	{"1.5.0", VERSION(1, 5, 0)},
	{"1.5.15", VERSION(1, 5, 15)},
	{"1.6", VERSION(1, 6, 590)},
	{"1.7", VERSION(1, 7, 236)},
	{"1.8", VERSION(1, 8, 244)},
	{"1.9", VERSION(1, 9, 109)},
	{"1.10", VERSION(1, 10, 26)},
	{"1.11", VERSION(1, 11, 24)},
};

static void fill_lists(struct profile *p, unsigned n)
{
	p->embed_set = n >= VERSION(0, 11, 0);
	p->label_selector = n >= VERSION(0, 8, 2);
	p->filters_or = n < VERSION(0, 8, 2);
	p->health_counts = n >= VERSION(0, 8, 1);
	p->terminal_stays = n >= VERSION(1, 8, 0);
	p->raml = n >= VERSION(1, 5, 0);
	p->error_details = n >= VERSION(1, 9, 100);

	p->task_ids = n >= VERSION(1, 8, 0) ? TASK_ID_INSTANCE : TASK_ID_UUID;
	p->task_state = n >= VERSION(1, 1, 2) ||
			(n >= VERSION(0, 15, 4) && n < VERSION(0, 16, 0));
	p->instance_ids = n >= VERSION(1, 4, 0);
}

static void fill_stream(struct profile *p, unsigned n)
{
	p->stream = n >= VERSION(0, 9, 0);
	p->framing = n < VERSION(0, 11, 0) ? FRAMING_DATA : FRAMING_STD;
	p->type_filter = n >= VERSION(1, 3, 7);
	p->plan_light_asked =
		(n >= VERSION(1, 5, 9) && n < VERSION(1, 6, 0)) ||
		n >= VERSION(1, 6, 322);
	p->plan_light = n >= VERSION(1, 7, 0);
	p->queue_limit = n >= VERSION(1, 5, 0) ? 1024 : 50;
	p->queue_closes = n >= VERSION(1, 8, 0);
	p->callbacks = n < VERSION(1, 5, 0);
	p->callbacks_back_off = n >= VERSION(0, 9, 0);
	p->pods = n >= VERSION(1, 4, 0);
}

static int leader_refused(unsigned n)
{
	if (n < VERSION(0, 9, 0))
		return 0;
	if (n >= VERSION(1, 3, 0) && n < VERSION(1, 5, 0))
		return 503;
	return 502;
}

static const char *server_header(unsigned n)
{
	if (n < VERSION(0, 11, 0))
		return "Jetty(8.1.15.v20140411)";
	if (n < VERSION(1, 7, 0))
		return "Jetty(9.3.z-SNAPSHOT)";
	return NULL;
}

static void fill_http(struct profile *p, unsigned n)
{
	p->gzip = n >= VERSION(1, 2, 0);
	p->leader_header = n >= VERSION(0, 9, 0);
	p->frame_headers = n >= VERSION(1, 7, 0);
	p->standby_own_state = n < VERSION(0, 9, 0);
	p->standby_redirects = n >= VERSION(1, 7, 0);
	p->unknown_url = n >= VERSION(1, 6, 486) ? 500 : 404;
	p->no_leader = n >= VERSION(1, 7, 0) ? 502 : 503;
	p->leader_refused = leader_refused(n);
	p->server = server_header(n);
}

int profile_find(const char *name, struct profile *ret)
{
	struct profile p = {0};
	unsigned number;
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) {
		if (strcmp(name, profiles[i].name) != 0)
			continue;
		number = profiles[i].number;
		snprintf(p.name, sizeof(p.name), "%s", name);
		snprintf(p.version, sizeof(p.version), "%u.%u.%u",
			number / 1000000, number / 1000 % 1000, number % 1000);
		p.number = number;
		fill_lists(&p, number);
		fill_stream(&p, number);
		fill_http(&p, number);
		*ret = p;
		return 0;
	}
	return -EINVAL;
}

void profile_list(FILE *out)
{
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(*profiles); i++)
		fprintf(out, "%s%s", i ? " " : "", profiles[i].name);
}
