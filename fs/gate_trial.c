/* SPDX-License-Identifier: MIT */
#include "fs/gate_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "fetch/clock.h"
#include "fs/log.h"

void gate_trial_end(struct gate *gate)
{
	struct trial *trial = &gate->trial;

	pending_done(&trial->list);
	trial->bad = trial->good = 0;
	trial->base_tried = false;
}

/* What is shown, and the first so many that are on trial. */
static int make_candidate(
	const struct gate *gate, size_t count, struct catalog **ret)
{
	struct catalog_change *changes;
	int r;

	changes = calloc(count ? count : 1, sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct pending *pending = &gate->trial.list.items[i];

		changes[i] = (struct catalog_change){
			pending->after ? pending->after->key
				       : pending->before->key,
			pending->after};
	}
	r = catalog_edit(gate->shown, changes, count, ret);
	free(changes);
	return r;
}

/* Tries what is shown with the first so many of the trial. */
static int try_part(struct gate *gate, size_t count)
{
	const struct view_maker *maker = gate->settings.maker;
	struct checker_input input = {.text = NULL};
	struct catalog *candidate;
	int r;

	r = make_candidate(gate, count, &candidate);
	if (r < 0)
		return r;
	catalog_unref(gate->trial.candidate);
	gate->trial.candidate = candidate;
	gate->trial.base_tried |= count == 0;
	r = gate_tell_cache(gate, candidate);
	if (r == 0)
		r = maker->text(
			gate->cache, HAPROXY_CFG, &input.text, &input.length);
	for (int i = 0; r == 0 && i < CHECKER_MAPS; i++)
		r = maker->text(gate->cache, HAPROXY_DOMAIN_MAP + i,
			&input.maps[i], &input.map_lengths[i]);
	if (r < 0) {
		free(input.text);
		for (size_t i = 0; i < CHECKER_MAPS; i++)
			free(input.maps[i]);
		return r;
	}
	gate->trial.part = count;
	gate->trial.checking = true;
	gate->checks++;
	checker_start(gate->checker, &input);
	return 0;
}

static int accept(struct gate *gate, bool *ret_show)
{
	struct catalog *next;
	int r;

	r = make_candidate(gate, gate->trial.list.count, &next);
	if (r < 0)
		return r;
	catalog_unref(gate->shown);
	gate->shown = next;
	gate->base_is_good = true;
	gate->structure++;
	gate_trial_end(gate);
	*ret_show = true;
	return 0;
}

static bool is_unchecked(const struct gate *gate)
{
	return !gate->checker || gate->missing;
}

int gate_trial_begin(struct gate *gate, bool *ret_show)
{
	gate_trial_end(gate);
	gate->trial.list = gate->pending;
	gate->pending = (struct pending_list){.items = NULL};
	return is_unchecked(gate) ? accept(gate, ret_show)
				  : try_part(gate, gate->trial.list.count);
}

/* The place of an app in the trial; count: it is not in it. */
static size_t find(const struct trial *trial, const struct app *app)
{
	size_t i = 0;

	while (i < trial->list.count && trial->list.items[i].after != app)
		i++;
	return i;
}

static void drop(struct trial *trial, size_t at)
{
	pending_drop(&trial->list, at);
	trial->good = trial->bad = 0;
}

/* The program says where it stumbled: mostly that is an app's own line. */
static int refuse_by_lines(struct gate *gate,
	const struct checker_verdict *verdict, size_t *ret_found)
{
	struct trial *trial = &gate->trial;
	const struct app *owners[CHECKER_LINES_MAX];
	int r;

	*ret_found = 0;
	r = gate_tell_cache(gate, trial->candidate);
	for (size_t i = 0; r == 0 && i < verdict->line_count; i++)
		owners[i] = gate->settings.maker->line_owner(
			gate->cache, verdict->lines[i].line);
	for (size_t i = 0; i < verdict->line_count && r == 0; i++) {
		size_t at = owners[i] ? find(trial, owners[i])
				      : trial->list.count;

		if (at == trial->list.count || at >= trial->part)
			continue;
		r = refused_add(&gate->refused, trial->list.items[at].after,
			verdict->lines[i].words);
		drop(trial, at);
		trial->part--;
		++*ret_found;
	}
	return r;
}

/* Between what is accepted and what is refused lies the guilty one. */
static int search(struct gate *gate, const struct checker_verdict *verdict)
{
	struct trial *trial = &gate->trial;
	struct pending *guilty;
	int r = 0;

	if (verdict->result == CHECKER_ACCEPTED) {
		trial->good = trial->part;
	} else {
		trial->bad = trial->part;
		trial->bad_why = verdict->why;
	}
	if (trial->bad - trial->good > 1)
		return try_part(
			gate, trial->good + (trial->bad - trial->good) / 2);
	/* Something that is not of ours may have become wrong: a certificate
	 * that has gone. */
	if (trial->good == 0 && !trial->base_tried)
		return try_part(gate, 0);
	guilty = &trial->list.items[trial->bad - 1];
	/* One that is to go cannot be wrong: others are, without it. */
	if (guilty->after)
		r = refused_add(
			&gate->refused, guilty->after, trial->bad_why.text);
	drop(trial, trial->bad - 1);
	if (r < 0 || trial->list.count == 0)
		return r;
	return try_part(gate, trial->list.count);
}

static int take_refusal(
	struct gate *gate, const struct checker_verdict *verdict)
{
	struct trial *trial = &gate->trial;
	size_t found = 0;
	int r;

	/* Nobody's fault: the head, a template of all, the tail. */
	if (trial->part == 0) {
		why_set(&gate->why, 0, "without any app: %.400s",
			verdict->why.text);
		gate->again = clock_now_ms() + FAILED_MS;
		gate_trial_end(gate);
		return 0;
	}
	r = refuse_by_lines(gate, verdict, &found);
	if (r < 0)
		return r;
	if (found > 0)
		return trial->list.count || !gate->base_is_good
			? try_part(gate, trial->list.count)
			: 0;
	if (!gate->base_is_good && trial->bad == 0) {
		trial->bad = trial->part;
		trial->bad_why = verdict->why;
		return try_part(gate, 0);
	}
	return search(gate, verdict);
}

int gate_trial_take(struct gate *gate, const struct checker_verdict *verdict,
	bool *ret_show)
{
	struct trial *trial = &gate->trial;
	bool whole = trial->part == trial->list.count;

	trial->checking = false;
	gate->took_ms = verdict->took_ms;
	gate->missing = verdict->result == CHECKER_MISSING
		&& gate->settings.mode == GATE_AUTO;
	gate->why.text[0] = '\0';
	switch (verdict->result) {
	case CHECKER_ACCEPTED:
		if (whole)
			return accept(gate, ret_show);
		gate->base_is_good = true;
		return search(gate, verdict);
	case CHECKER_REJECTED:
		return take_refusal(gate, verdict);
	case CHECKER_MISSING:
		if (gate->missing) {
			log_info("%s is not checked: %s",
				gate->settings.maker->name, verdict->why.text);
			return accept(gate, ret_show);
		}
		break;
	case CHECKER_FAILED:
		break;
	}
	gate->why = verdict->why;
	gate->again = clock_now_ms() + FAILED_MS;
	gate_trial_end(gate);
	return 0;
}
