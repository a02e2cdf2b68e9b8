/* SPDX-License-Identifier: MIT */
#include "fs/gate_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "fetch/clock.h"

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	checker_free(gate->checker);
	gate_trial_end(gate);
	catalog_unref(gate->trial.candidate);
	pending_done(&gate->pending);
	refused_done(&gate->refused);
	if (gate->cache)
		gate->settings.maker->cache_free(gate->cache);
	catalog_unref(gate->shown);
	catalog_unref(gate->in_cache);
	free(gate);
}

int gate_new(const struct gate_settings *settings, struct gate **ret)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	int r;

	if (!gate)
		return -ENOMEM;
	gate->settings = *settings;
	r = settings->maker->cache_new(settings->views, &gate->cache);
	if (r == 0)
		r = catalog_edit(NULL, NULL, 0, &gate->shown);
	if (r == 0 && settings->mode != GATE_OFF)
		r = checker_new(&settings->checker, &gate->checker);
	if (r < 0) {
		gate_free(gate);
		return r;
	}
	*ret = gate;
	return 0;
}

int gate_tell_cache(struct gate *gate, struct catalog *catalog)
{
	int r;

	if (gate->in_cache == catalog)
		return 0;
	r = gate->settings.maker->take(gate->cache, catalog);
	if (r < 0)
		return r;
	catalog_unref(gate->in_cache);
	gate->in_cache = catalog_ref(catalog);
	return 0;
}

int gate_take(struct gate *gate, struct catalog *catalog, bool *ret_show)
{
	struct checker_verdict verdict;
	int r = 0;

	*ret_show = false;
	if (gate->trial.checking && checker_take(gate->checker, &verdict))
		r = gate_trial_take(gate, &verdict, ret_show);
	if (r == 0)
		r = refused_review(&gate->refused, gate->settings.maker,
			gate->settings.views, catalog);
	if (r == 0)
		r = gate_sort(gate, catalog, ret_show);
	if (r < 0 || gate->trial.checking || clock_now_ms() < gate->again)
		return r;
	if (gate->pending.count > 0 || !gate->base_is_good)
		r = gate_trial_begin(gate, ret_show);
	return r;
}

uint64_t gate_structure(const struct gate *gate)
{
	return gate->structure;
}

int gate_backends(
	struct gate *gate, bool all, view_backend *found, void *context)
{
	int r = gate_tell_cache(gate, gate->shown);

	return r < 0 ? r
		     : gate->settings.maker->backends(
			       gate->cache, all, found, context);
}

int gate_text(struct gate *gate, int file, char **ret_text, size_t *ret_length)
{
	int r = gate_tell_cache(gate, gate->shown);

	return r < 0 ? r
		     : gate->settings.maker->text(
			       gate->cache, file, ret_text, ret_length);
}

const struct app *gate_line_owner(struct gate *gate, size_t line)
{
	return gate_tell_cache(gate, gate->shown) < 0
		? NULL
		: gate->settings.maker->line_owner(gate->cache, line);
}

void gate_problems(struct gate *gate, struct problems *problems)
{
	problems_done(problems);
	if (gate_tell_cache(gate, gate->shown) < 0)
		return;
	gate->settings.maker->problems(gate->cache, problems);
	for (size_t i = 0; i < gate->refused.count; i++) {
		const struct refused *refused = &gate->refused.items[i];

		problems_add(problems, &refused->app->key,
			gate->settings.maker->name, "haproxy refuses it: %s",
			refused->words);
	}
}

struct gate_status gate_status(const struct gate *gate)
{
	return (struct gate_status){
		.why = gate->why.text[0] ? gate->why.text : NULL,
		.checking = gate->trial.checking,
		.checks = gate->checks,
		.rejected = gate->refused.count,
		.took_ms = gate->took_ms,
	};
}

int64_t gate_patience(const struct gate *gate)
{
	int64_t left = refused_patience(&gate->refused);
	int64_t again = gate->again - clock_now_ms();

	if (!gate->trial.checking && again > 0 && (left < 0 || again < left))
		left = again;
	return left;
}
