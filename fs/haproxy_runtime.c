/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_runtime.h"

#include <errno.h>

#include "fs/haproxy_plan.h"

/* How often haproxy may start anew in one call. */
enum { STARTS_MAX = 3, STARTED_ANEW = 1 };

struct haproxy_runtime {
	struct runtime_settings settings;
	struct known known;
	struct plan plan;
};

int haproxy_runtime_new(
	const struct runtime_settings *settings, struct haproxy_runtime **ret)
{
	struct haproxy_runtime *runtime = calloc(1, sizeof(*runtime));

	if (!runtime)
		return -ENOMEM;
	runtime->settings = *settings;
	runtime->plan.shutdown = settings->shutdown;
	runtime->plan.shutdown_ms = settings->shutdown_ms;
	*ret = runtime;
	return 0;
}

void haproxy_runtime_free(struct haproxy_runtime *runtime)
{
	if (!runtime)
		return;
	known_done(&runtime->known);
	plan_done(&runtime->plan);
	free(runtime);
}

/*
 * Who answered. What a new process was told does it no harm: every command is
 * absolute, and it will be compared as a whole.
 */
static int meet(struct haproxy_runtime *runtime, struct why *why)
{
	struct known *known = &runtime->known;
	struct known_process process;
	bool is_new;
	int r;

	r = known_process_read(
		haproxy_batch_answer(&runtime->plan.batch, 0), &process);
	if (r < 0)
		return why_set(why, -EPROTO, "%s: does not answer like haproxy",
			runtime->settings.socket);
	if (process.stopping)
		return why_set(why, -EAGAIN, "%s: haproxy is stopping",
			runtime->settings.socket);
	is_new = known->process.pid != 0
		&& !known_process_same(&known->process, &process);
	if (is_new)
		known_done(known);
	known->process = process;
	runtime->plan.version = process.version;
	return is_new ? STARTED_ANEW : 0;
}

/* Sends what is planned. On failure nothing is known any more. */
static int send_plan(struct haproxy_runtime *runtime, struct why *why)
{
	struct plan *plan = &runtime->plan;
	int r;

	r = haproxy_socket_ask(runtime->settings.socket,
		runtime->settings.timeout_ms, &plan->batch, why);
	if (r == 0)
		r = meet(runtime, why);
	if (r == 0) {
		r = plan_take_answers(plan);
		if (r < 0)
			why_set(why, r, "%s: a listing that cannot be read",
				runtime->settings.socket);
	}
	if (r < 0)
		known_done(&runtime->known);
	return r;
}

/*
 * Goes over all backends once. *sent is whether haproxy was asked anything,
 * and so whether there must be another round.
 */
static int apply_round(struct haproxy_runtime *runtime,
	const struct runtime_backend *backends, size_t count, bool *sent,
	struct why *why)
{
	struct plan *plan = &runtime->plan;
	struct known_backend *known;
	bool must = !*sent;
	int r;

	*sent = false;
	plan->reasons = 0;
	plan_begin(plan);
	for (size_t i = 0; i < count; i++) {
		r = known_backend_get(
			&runtime->known, backends[i].name, &known);
		if (r < 0)
			return why_set(why, r, "out of memory");
		plan_backend(plan, &backends[i], known);
		if (!plan_is_full(plan))
			continue;
		r = send_plan(runtime, why);
		if (r != 0)
			return r;
		*sent = true;
		plan_begin(plan);
	}
	if (plan->count == 0 && plan->batch.error == 0 && !must)
		return 0;
	*sent = *sent || plan->count > 0;
	return send_plan(runtime, why);
}

/* Rounds, until one finds everything as it should be, or refused. */
static int apply_all(struct haproxy_runtime *runtime,
	const struct runtime_backend *backends, size_t count, struct why *why)
{
	bool sent = false;
	int starts = 0;
	int r;

	do {
		r = apply_round(runtime, backends, count, &sent, why);
		if (r == STARTED_ANEW && ++starts > STARTS_MAX)
			return why_set(why, -EAGAIN,
				"%s: haproxy starts again and again",
				runtime->settings.socket);
		if (r < 0)
			return r;
	} while (sent || r == STARTED_ANEW);
	return 0;
}

int haproxy_runtime_apply(struct haproxy_runtime *runtime,
	const struct runtime_backend *backends, size_t count, struct why *why)
{
	struct plan *plan = &runtime->plan;
	int r;

	known_begin(&runtime->known);
	r = apply_all(runtime, backends, count, why);
	if (r == -EBADMSG)
		return 1;
	if (r < 0)
		return r;
	if (runtime->known.process.processes > 1)
		return why_set(why, 1, "%s: haproxy runs as %u processes",
			runtime->settings.socket,
			runtime->known.process.processes);
	return plan->reasons ? why_set(why, 1, "%s", plan->why.text) : 0;
}

int haproxy_runtime_tick(struct haproxy_runtime *runtime, struct why *why)
{
	struct known *known = &runtime->known;
	struct plan *plan = &runtime->plan;

	if (known->process.pid == 0)
		return STARTED_ANEW;
	plan_begin(plan);
	for (size_t i = 0; i < known->count; i++)
		plan_deletes(plan, known->backends[i]);
	return send_plan(runtime, why);
}

size_t haproxy_runtime_waiting(const struct haproxy_runtime *runtime)
{
	const struct known *known = &runtime->known;
	size_t count = 0;

	for (size_t i = 0; i < known->count; i++)
		for (size_t j = 0; j < known->backends[i]->count; j++)
			if (known->backends[i]->servers[j].delete_at)
				count++;
	return count;
}
