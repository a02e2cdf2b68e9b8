/* SPDX-License-Identifier: MIT */
#include "fs/gate.h"

#include <errno.h>
#include <string.h>

#include "fetch/clock.h"
#include "fs/log.h"

enum {
	/* What is refused may be for a file that was not there yet. */
	AGAIN_MS = 60000,
	FAILED_MS = 5000, /* after a check that came to no verdict */
};

/* An app that is not shown as it is now. */
struct pending {
	struct app *before; /* what is shown of it, NULL: nothing; a reference */
	struct app *after;  /* NULL: it is to go; a reference */
};

/* An app that the program has refused. */
struct refused {
	struct app *app; /* as it was refused; a reference */
	char words[200];
};

struct gate {
	struct gate_settings settings;
	struct checker *checker; /* NULL: nothing is checked */
	void *cache;
	struct catalog *shown; /* accepted, with the servers of now; a reference */
	struct catalog *in_cache; /* what the cache was told last; a reference */
	bool missing; /* there is no program: shown without (mode auto) */
	struct why why; /* of the last check that came to no verdict */
	int64_t again; /* not before: after such a check */
	int64_t forgive; /* when the refused are tried again */

	/* What waits, in order of keys. */
	struct pending *pending;
	size_t pending_count, pending_space;
	struct refused *refused;
	size_t refused_count, refused_space;

	/* The check under way. */
	bool checking;
	struct pending *trial; /* all that is on trial, in order of keys */
	size_t trial_count;
	size_t part;  /* so many of them were in the text */
	size_t good;  /* so many are known to be accepted */
	size_t bad;   /* so many are known to be refused; 0: not searching */
	bool base_is_good; /* without any of them, at some time */
	bool base_tried;   /* in this trial */
	struct catalog *candidate; /* what the text was of; a reference */
	struct why bad_why; /* of the search: of the text with bad of them */

	uint64_t structure;
	uint64_t checks;
	int64_t took_ms;
};

static void pending_done(struct pending *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		app_unref(items[i].before);
		app_unref(items[i].after);
	}
}

static void trial_done(struct gate *gate)
{
	pending_done(gate->trial, gate->trial_count);
	free(gate->trial);
	gate->trial = NULL;
	gate->trial_count = 0;
	gate->bad = gate->good = 0;
	gate->base_tried = false;
}

static void refused_done(struct gate *gate)
{
	for (size_t i = 0; i < gate->refused_count; i++)
		app_unref(gate->refused[i].app);
	gate->refused_count = 0;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	checker_free(gate->checker);
	trial_done(gate);
	pending_done(gate->pending, gate->pending_count);
	free(gate->pending);
	refused_done(gate);
	free(gate->refused);
	if (gate->cache)
		gate->settings.maker->cache_free(gate->cache);
	catalog_unref(gate->shown);
	catalog_unref(gate->in_cache);
	catalog_unref(gate->candidate);
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

/* The maker's texts are those of that catalog from here on. */
static int tell_cache(struct gate *gate, struct catalog *catalog)
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

static bool is_in(const struct app *app, const char *task)
{
	const struct instance *instance = app_instance(app, task);

	return instance && instance->state == INSTANCE_SERVING;
}

/*
 * The old form of an app, without the instances that its new form does not
 * serve any more. *ret is a reference, to before itself when none has gone.
 */
static int without_the_gone(
	struct app *before, const struct app *after, struct app **ret)
{
	struct app draft = app_draft(before);
	struct instance *left;
	uint32_t count = 0;
	int r;

	left = calloc(before->instance_count ? before->instance_count : 1,
		sizeof(*left));
	if (!left)
		return -ENOMEM;
	for (uint32_t i = 0; i < before->instance_count; i++) {
		const struct instance *instance = &before->instances[i];

		if (instance->state != INSTANCE_SERVING
			|| (after && is_in(after, instance->id)))
			left[count++] = *instance;
	}
	if (count == before->instance_count) {
		free(left);
		*ret = app_ref(before);
		return 0;
	}
	draft.instances = left;
	draft.instance_count = count;
	r = app_pack(&draft, ret, NULL);
	free(left);
	return r;
}

static struct refused *find_refused(
	struct gate *gate, const struct app_key *key)
{
	for (size_t i = 0; i < gate->refused_count; i++)
		if (app_key_compare(&gate->refused[i].app->key, key) == 0)
			return &gate->refused[i];
	return NULL;
}

static void forgive(struct gate *gate, struct refused *refused)
{
	app_unref(refused->app);
	*refused = gate->refused[--gate->refused_count];
}

/* A refused app that has gone, or that asks for something else now, is not
 * refused any more. */
static int forgive_the_changed(struct gate *gate, struct catalog *catalog)
{
	for (size_t i = gate->refused_count; i-- > 0;) {
		struct refused *refused = &gate->refused[i];
		struct app *now = catalog_find(catalog, &refused->app->key);
		int r = 0;

		if (now == refused->app)
			continue;
		if (now)
			r = gate->settings.maker->same_structure(
				gate->settings.views, refused->app, now);
		if (r < 0)
			return r;
		if (r == 0) {
			forgive(gate, refused);
			continue;
		}
		app_unref(refused->app);
		refused->app = app_ref(now);
	}
	return 0;
}

/* What is done of the difference between what is shown and what there is. */
struct sorting {
	struct gate *gate;
	struct catalog_change *changes; /* to be shown at once */
	size_t count, space;
	bool partly; /* something is not shown as it is */
};

static int add_change(struct sorting *sorting, const struct app_key *key,
	struct app *app)
{
	if (sorting->count == sorting->space) {
		size_t space = sorting->space ? sorting->space * 2 : 16;
		struct catalog_change *larger = reallocarray(
			sorting->changes, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		sorting->changes = larger;
		sorting->space = space;
	}
	sorting->changes[sorting->count++] =
		(struct catalog_change){*key, app_ref(app)};
	return 0;
}

static int add_pending(
	struct gate *gate, struct app *before, struct app *after)
{
	if (gate->pending_count == gate->pending_space) {
		size_t space =
			gate->pending_space ? gate->pending_space * 2 : 16;
		struct pending *larger = reallocarray(
			gate->pending, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		gate->pending = larger;
		gate->pending_space = space;
	}
	gate->pending[gate->pending_count++] =
		(struct pending){before ? app_ref(before) : NULL,
			after ? app_ref(after) : NULL};
	return 0;
}

static int sort_change(void *context, struct app *before, struct app *after)
{
	struct sorting *sorting = context;
	struct gate *gate = sorting->gate;
	struct app *kept = NULL;
	int r = 0;

	if (gate->settings.mode == GATE_AUTO && before && after)
		r = gate->settings.maker->same_structure(
			gate->settings.views, before, after);
	if (r < 0)
		return r;
	if (r > 0)
		return add_change(sorting, &after->key, after);
	sorting->partly = true;
	if (before) {
		r = without_the_gone(before, after, &kept);
		if (r == 0 && kept != before)
			r = add_change(sorting, &before->key, kept);
	}
	if (r == 0 && !(after && find_refused(gate, &after->key)))
		r = add_pending(gate, kept, after);
	app_unref(kept);
	return r < 0 ? r : 0;
}

static void sorting_done(struct sorting *sorting)
{
	for (size_t i = 0; i < sorting->count; i++)
		app_unref(sorting->changes[i].app);
	free(sorting->changes);
}

/* Shows what can be shown at once; what cannot is pending. */
static int sort_out(struct gate *gate, struct catalog *catalog, bool *ret_show)
{
	struct sorting sorting = {.gate = gate};
	struct catalog *next = NULL;
	int r;

	pending_done(gate->pending, gate->pending_count);
	gate->pending_count = 0;
	r = catalog_diff(gate->shown, catalog, sort_change, &sorting);
	/* The newest itself, where it can be: the next one shares with it all
	 * that has not changed, and is compared at the cost of what has. */
	if (r == 0 && !sorting.partly)
		next = catalog_ref(catalog);
	else if (r == 0 && sorting.count > 0)
		r = catalog_edit(gate->shown, sorting.changes, sorting.count,
			&next);
	if (r == 0 && next) {
		catalog_unref(gate->shown);
		gate->shown = next;
	}
	if (r == 0 && sorting.count > 0)
		*ret_show = gate->base_is_good;
	sorting_done(&sorting);
	return r;
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
		const struct pending *pending = &gate->trial[i];

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
	catalog_unref(gate->candidate);
	gate->candidate = candidate;
	gate->base_tried |= count == 0;
	r = tell_cache(gate, candidate);
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
	gate->part = count;
	gate->checking = true;
	gate->checks++;
	checker_start(gate->checker, &input);
	return 0;
}

static int accept(struct gate *gate, bool *ret_show)
{
	struct catalog *next;
	int r;

	r = make_candidate(gate, gate->trial_count, &next);
	if (r < 0)
		return r;
	catalog_unref(gate->shown);
	gate->shown = next;
	gate->base_is_good = true;
	gate->structure++;
	trial_done(gate);
	*ret_show = true;
	return 0;
}

static bool is_unchecked(const struct gate *gate)
{
	return !gate->checker || gate->missing;
}

/* All that is pending is put on trial. */
static int begin_trial(struct gate *gate, bool *ret_show)
{
	trial_done(gate);
	gate->trial = gate->pending;
	gate->trial_count = gate->pending_count;
	gate->pending = NULL;
	gate->pending_count = gate->pending_space = 0;
	return is_unchecked(gate) ? accept(gate, ret_show)
				  : try_part(gate, gate->trial_count);
}

static int refuse(struct gate *gate, struct app *app, const char *words)
{
	struct refused *refused = find_refused(gate, &app->key);

	if (!refused) {
		if (gate->refused_count == gate->refused_space) {
			size_t space = gate->refused_space
				? gate->refused_space * 2
				: 16;
			struct refused *larger = reallocarray(gate->refused,
				space, sizeof(*larger));

			if (!larger)
				return -ENOMEM;
			gate->refused = larger;
			gate->refused_space = space;
		}
		refused = &gate->refused[gate->refused_count++];
		refused->app = NULL;
	}
	app_unref(refused->app);
	refused->app = app_ref(app);
	snprintf(refused->words, sizeof(refused->words), "%.190s", words);
	gate->forgive = clock_now_ms() + AGAIN_MS;
	return 0;
}

/* The place of an app in the trial; count: it is not in it. */
static size_t find_in_trial(const struct gate *gate, const struct app *app)
{
	size_t i = 0;

	while (i < gate->trial_count && gate->trial[i].after != app)
		i++;
	return i;
}

static void drop_from_trial(struct gate *gate, size_t at)
{
	pending_done(&gate->trial[at], 1);
	gate->trial_count--;
	memmove(&gate->trial[at], &gate->trial[at + 1],
		(gate->trial_count - at) * sizeof(*gate->trial));
	gate->good = gate->bad = 0;
}

/* The program says where it stumbled: mostly that is an app's own line. */
static int refuse_by_lines(struct gate *gate,
	const struct checker_verdict *verdict, size_t *ret_found)
{
	const struct app *owners[CHECKER_LINES_MAX];
	int r;

	*ret_found = 0;
	r = tell_cache(gate, gate->candidate);
	for (size_t i = 0; r == 0 && i < verdict->line_count; i++)
		owners[i] = gate->settings.maker->line_owner(
			gate->cache, verdict->lines[i].line);
	for (size_t i = 0; i < verdict->line_count && r == 0; i++) {
		size_t at = owners[i] ? find_in_trial(gate, owners[i])
				      : gate->trial_count;

		if (at == gate->trial_count || at >= gate->part)
			continue;
		r = refuse(gate, gate->trial[at].after,
			verdict->lines[i].words);
		drop_from_trial(gate, at);
		gate->part--;
		++*ret_found;
	}
	return r;
}

/* Between what is accepted and what is refused lies the guilty one. */
static int search(struct gate *gate, const struct checker_verdict *verdict)
{
	struct pending *guilty;
	int r = 0;

	if (verdict->result == CHECKER_ACCEPTED) {
		gate->good = gate->part;
	} else {
		gate->bad = gate->part;
		gate->bad_why = verdict->why;
	}
	if (gate->bad - gate->good > 1)
		return try_part(
			gate, gate->good + (gate->bad - gate->good) / 2);
	/* Something that is not of ours may have become wrong: a certificate
	 * that has gone. */
	if (gate->good == 0 && !gate->base_tried)
		return try_part(gate, 0);
	guilty = &gate->trial[gate->bad - 1];
	/* One that is to go cannot be wrong: others are, without it. */
	if (guilty->after)
		r = refuse(gate, guilty->after, gate->bad_why.text);
	drop_from_trial(gate, gate->bad - 1);
	if (r < 0 || gate->trial_count == 0)
		return r;
	return try_part(gate, gate->trial_count);
}

static int take_refusal(
	struct gate *gate, const struct checker_verdict *verdict)
{
	size_t found = 0;
	int r;

	/* Nobody's fault: the head, a template of all, the tail. */
	if (gate->part == 0) {
		why_set(&gate->why, 0, "without any app: %.400s",
			verdict->why.text);
		gate->again = clock_now_ms() + FAILED_MS;
		trial_done(gate);
		return 0;
	}
	r = refuse_by_lines(gate, verdict, &found);
	if (r < 0)
		return r;
	if (found > 0)
		return gate->trial_count || !gate->base_is_good
			? try_part(gate, gate->trial_count)
			: 0;
	if (!gate->base_is_good && gate->bad == 0) {
		gate->bad = gate->part;
		gate->bad_why = verdict->why;
		return try_part(gate, 0);
	}
	return search(gate, verdict);
}

static int take_verdict(struct gate *gate,
	const struct checker_verdict *verdict, bool *ret_show)
{
	bool whole = gate->part == gate->trial_count;

	gate->checking = false;
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
	trial_done(gate);
	return 0;
}

int gate_take(struct gate *gate, struct catalog *catalog, bool *ret_show)
{
	struct checker_verdict verdict;
	int r = 0;

	*ret_show = false;
	if (gate->checking && checker_take(gate->checker, &verdict))
		r = take_verdict(gate, &verdict, ret_show);
	if (gate->refused_count > 0 && clock_now_ms() >= gate->forgive)
		refused_done(gate);
	if (r == 0)
		r = forgive_the_changed(gate, catalog);
	if (r == 0)
		r = sort_out(gate, catalog, ret_show);
	if (r < 0 || gate->checking || clock_now_ms() < gate->again)
		return r;
	if (gate->pending_count > 0 || !gate->base_is_good)
		r = begin_trial(gate, ret_show);
	return r;
}

uint64_t gate_structure(const struct gate *gate)
{
	return gate->structure;
}

int gate_backends(
	struct gate *gate, bool all, view_backend *found, void *context)
{
	int r = tell_cache(gate, gate->shown);

	return r < 0 ? r
		     : gate->settings.maker->backends(
			       gate->cache, all, found, context);
}

int gate_text(struct gate *gate, int file, char **ret_text, size_t *ret_length)
{
	int r = tell_cache(gate, gate->shown);

	return r < 0 ? r
		     : gate->settings.maker->text(
			       gate->cache, file, ret_text, ret_length);
}

const struct app *gate_line_owner(struct gate *gate, size_t line)
{
	return tell_cache(gate, gate->shown) < 0
		? NULL
		: gate->settings.maker->line_owner(gate->cache, line);
}

void gate_problems(struct gate *gate, struct problems *problems)
{
	problems_done(problems);
	if (tell_cache(gate, gate->shown) < 0)
		return;
	gate->settings.maker->problems(gate->cache, problems);
	for (size_t i = 0; i < gate->refused_count; i++)
		problems_add(problems, &gate->refused[i].app->key,
			gate->settings.maker->name, "haproxy refuses it: %s",
			gate->refused[i].words);
}

struct gate_status gate_status(const struct gate *gate)
{
	return (struct gate_status){
		.why = gate->why.text[0] ? gate->why.text : NULL,
		.checking = gate->checking,
		.checks = gate->checks,
		.rejected = gate->refused_count,
		.took_ms = gate->took_ms,
	};
}

int64_t gate_patience(const struct gate *gate)
{
	int64_t now = clock_now_ms(), left = -1;

	if (!gate->checking && gate->again > now)
		left = gate->again - now;
	if (gate->refused_count > 0
		&& (left < 0 || gate->forgive - now < left))
		left = gate->forgive > now ? gate->forgive - now : 0;
	return left;
}
