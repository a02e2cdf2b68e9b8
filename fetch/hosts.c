/* SPDX-License-Identifier: MIT */
#include "fetch/hosts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/hosts_impl.h"

const struct hosts_settings hosts_defaults = {
	.check_ms = 10000,
	.again_ms = 60000,
	.again_min_ms = 30000,
	.again_max_ms = 300000,
	.retry_ms = 1000,
	.retry_max_ms = 60000,
};

int hosts_new(const struct hosts_settings *settings, struct hosts **ret)
{
	struct hosts *hosts;
	int r;

	hosts = calloc(1, sizeof(*hosts));
	if (!hosts)
		return -ENOMEM;
	hosts->settings = *settings;
	hosts->kept_until = hosts->tell_at = NEVER;
	for (size_t i = 0; i < HOST_LOOKUPS_MAX; i++)
		hosts->asking[i].hosts = hosts;
	r = lookup_new(settings->resolv_conf, &hosts->lookup);
	if (r < 0) {
		hosts_free(hosts);
		return r;
	}
	*ret = hosts;
	return 0;
}

void hosts_free(struct hosts *hosts)
{
	if (!hosts)
		return;
	lookup_free(hosts->lookup);
	host_table_done(&hosts->table);
	catalog_unref(hosts->all);
	catalog_unref(hosts->named);
	free(hosts);
}

/* Agents that were started together must not be asked for together for ever. */
static int64_t spread(int64_t delay)
{
	return delay + (int64_t)arc4random_uniform((uint32_t)(delay / 4 + 1));
}

/* The first answer of many waits a moment for the others. */
static void tell(struct hosts *hosts)
{
	if (hosts->tell_at == NEVER)
		hosts->tell_at = hosts->now + HOSTS_BATCH_MS;
}

static void move(
	struct hosts *hosts, struct host *host, enum host_state state)
{
	if (host->state == state)
		return;
	/* An instance that is "looking" is so no more. */
	if (host->state == HOST_LOOKING)
		hosts->moved = true;
	if (host->state == HOST_LOOKING || host->state == HOST_KNOWN)
		host->since = clock_unix_ms();
	host_move(&hosts->table, host, state);
	tell(hosts);
}

static void go_wrong(struct hosts *hosts, struct host *host, const char *why)
{
	if (host->why != why)
		tell(hosts);
	host->why = why;
	move(hosts, host, host->address[0] ? HOST_FAILING : HOST_MISSING);
}

static bool has_address(const struct lookup_answer *answer, const char *address)
{
	for (size_t i = 0; i < answer->count; i++)
		if (strcmp(answer->addresses[i], address) == 0)
			return true;
	return false;
}

static void go_well(struct hosts *hosts, struct host *host,
	const struct lookup_answer *answer)
{
	const struct hosts_settings *settings = &hosts->settings;
	int64_t again = answer->ttl * 1000;

	if (!has_address(answer, host->address)) {
		memcpy(host->address, answer->addresses[0],
			sizeof(host->address));
		hosts->moved = true;
		tell(hosts);
	}
	host->failures = 0;
	move(hosts, host, HOST_KNOWN);
	if (again > settings->again_max_ms)
		again = settings->again_max_ms;
	if (again < settings->again_min_ms)
		again = again ? settings->again_min_ms : settings->again_ms;
	host_queue(&hosts->table, host, hosts->now + spread(again));
}

static void try_again(struct hosts *hosts, struct host *host)
{
	int64_t retry = hosts->settings.retry_ms;

	for (uint32_t i = 0; i < host->failures
		&& retry < hosts->settings.retry_max_ms; i++)
		retry *= 2;
	if (retry > hosts->settings.retry_max_ms)
		retry = hosts->settings.retry_max_ms;
	host->failures++;
	host_queue(&hosts->table, host, hosts->now + spread(retry));
}

static void take_answer(void *context, const struct lookup_answer *answer)
{
	struct host_asking *asking = context;
	struct hosts *hosts = asking->hosts;
	struct host *host = asking->host;

	asking->used = false;
	hosts->asking_count--;
	if (!host)
		return;
	host->asking = NULL;
	if (answer->error == -ECANCELED) {
		host_queue(&hosts->table, host, hosts->now);
		return;
	}
	hosts->lookups++;
	if (answer->error == 0) {
		go_well(hosts, host, answer);
		return;
	}
	hosts->failures++;
	go_wrong(hosts, host, answer->words);
	try_again(hosts, host);
}

static void begin(struct hosts *hosts, struct host *host)
{
	struct host_asking *asking = hosts->asking;

	while (asking->used)
		asking++;
	asking->used = true;
	asking->host = host;
	hosts->asking_count++;
	host->asking = asking;
	host_unqueue(&hosts->table, host);
	lookup_begin(hosts->lookup, host->name, take_answer, asking);
}

/* So many a turn: those of /etc/hosts have ended when they have begun. */
static void begin_due(struct hosts *hosts)
{
	struct host *host;

	for (size_t i = 0; i < HOST_LOOKUPS_MAX
		&& hosts->asking_count < HOST_LOOKUPS_MAX; i++) {
		host = host_first(&hosts->table);
		if (!host || host->due > hosts->now)
			return;
		begin(hosts, host);
	}
}

/* With other servers all that fails is worth a try. */
static void ask_anew(struct hosts *hosts, enum host_state state)
{
	struct host *host = hosts->table.states[state].first;

	for (; host; host = host->next)
		if (!host->asking)
			host_queue(&hosts->table, host, hosts->now);
}

static bool any_fails(const struct hosts *hosts)
{
	return hosts->table.states[HOST_FAILING].count
		|| hosts->table.states[HOST_MISSING].count;
}

static void look_at_servers(struct hosts *hosts)
{
	const struct host *host = host_first(&hosts->table);

	if (!any_fails(hosts) && (!host || host->due > hosts->now))
		return;
	if (hosts->now < hosts->check_at)
		return;
	hosts->check_at = hosts->now + hosts->settings.check_ms;
	if (!lookup_renew(hosts->lookup))
		return;
	ask_anew(hosts, HOST_FAILING);
	ask_anew(hosts, HOST_MISSING);
}

static void give_up(struct hosts *hosts)
{
	struct host *host;

	while ((host = hosts->table.states[HOST_LOOKING].first)
		&& host->looking_by <= hosts->now) {
		go_wrong(hosts, host, "no answer yet");
		hosts->tell_at = hosts->now;
	}
}

static void forget(struct hosts *hosts, struct host *host)
{
	if (host->asking)
		host->asking->host = NULL;
	host_remove(&hosts->table, host);
}

static void forget_kept(struct hosts *hosts)
{
	struct host *host;

	if (hosts->now < hosts->kept_until)
		return;
	hosts->kept_until = NEVER;
	while ((host = hosts->table.states[HOST_KEPT].first))
		forget(hosts, host);
}

static bool is_told(struct hosts *hosts)
{
	if (hosts->tell_at > hosts->now && hosts->asking_count > 0)
		return false;
	hosts->tell_at = NEVER;
	return true;
}

bool hosts_turn(struct hosts *hosts, int64_t now)
{
	hosts->now = now;
	lookup_turn(hosts->lookup);
	give_up(hosts);
	forget_kept(hosts);
	look_at_servers(hosts);
	begin_due(hosts);
	return hosts->tell_at != NEVER && is_told(hosts);
}

int64_t hosts_deadline(const struct hosts *hosts, int64_t now)
{
	const struct host *looking = hosts->table.states[HOST_LOOKING].first;
	const struct host *host = host_first(&hosts->table);
	int64_t deadline = sooner(hosts->tell_at, hosts->kept_until);

	deadline = sooner(deadline, lookup_deadline(hosts->lookup, now));
	if (looking)
		deadline = sooner(deadline, looking->looking_by);
	if (host && hosts->asking_count < HOST_LOOKUPS_MAX)
		deadline = sooner(deadline, host->due);
	if (any_fails(hosts))
		deadline = sooner(deadline, hosts->check_at);
	return deadline;
}

size_t hosts_polls(const struct hosts *hosts, struct pollfd *ret, size_t max)
{
	return lookup_polls(hosts->lookup, ret, max);
}

bool hosts_looking(const struct hosts *hosts)
{
	return hosts->moved || hosts->table.states[HOST_LOOKING].count;
}

void hosts_use(struct hosts *hosts, struct host *host, int64_t now)
{
	if (host->references++ > 0)
		return;
	host->looking_by = now + HOSTS_FIRST_MS;
	host_move(&hosts->table, host,
		host->address[0] ? HOST_KNOWN : HOST_LOOKING);
	host_queue(&hosts->table, host, now);
}

/* One that was too many when it came was never counted. */
void hosts_drop(struct hosts *hosts, struct host *host)
{
	if (host->references > 0 && --host->references == 0)
		forget(hosts, host);
}

void hosts_report(const struct hosts *hosts, struct hosts_report *ret)
{
	const struct host_table *table = &hosts->table;
	const struct host *first = table->states[HOST_MISSING].first;

	if (!first)
		first = table->states[HOST_FAILING].first;
	memset(ret, 0, sizeof(*ret));
	ret->on = !hosts->settings.off;
	ret->failing = table->states[HOST_FAILING].count;
	ret->known = table->states[HOST_KNOWN].count + ret->failing;
	ret->missing = table->states[HOST_MISSING].count;
	ret->beyond = hosts->beyond;
	ret->lookups = hosts->lookups;
	ret->failures = hosts->failures;
	if (!first)
		return;
	snprintf(ret->name, sizeof(ret->name), "%s", first->name);
	snprintf(ret->why, sizeof(ret->why), "%s", first->why);
	ret->since = first->since;
}
