/* SPDX-License-Identifier: MIT */
#include "fs/renderer_impl.h"

#include <string.h>

#include "fs/convert.h"
#include "fs/log.h"

static void wake(void *context)
{
	mailbox_wake(context);
}

static int make_gate(struct renderer *renderer, const struct setup *setup,
	size_t maker, struct gate **ret)
{
	struct gate_settings settings = {
		.maker = &view_makers[maker],
		.views = &setup->files->settings,
		.mode = setup->options.haproxy_check,
	};

	convert_checker(&setup->options, setup->files, &settings.checker);
	settings.checker.wake = wake;
	settings.checker.context = renderer->settings.mailbox;
	return gate_new(&settings, ret);
}

int renderer_make_gates(struct renderer *renderer)
{
	int r = 0;

	for (size_t i = 0; i < MAKERS && r == 0; i++)
		r = make_gate(renderer, renderer->setup, i,
			&renderer->made[i].gate);
	return r;
}

void renderer_trial_end(struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++)
		gate_free(take_ptr(&renderer->made[i].next));
	setup_unref(take_ptr(&renderer->trial));
}

void renderer_trial_begin(struct renderer *renderer)
{
	int r = 0;

	renderer_trial_end(renderer);
	renderer->trial = take_ptr(&renderer->mail.setup);
	for (size_t i = 0; i < MAKERS && r == 0; i++)
		r = make_gate(renderer, renderer->trial, i,
			&renderer->made[i].next);
	if (r < 0) {
		renderer_trial_end(renderer);
		log_error("the new configuration: %s", strerror(-r));
	}
}

/* It shows no app less than what it is to replace. */
static bool is_as_good(const struct made *made)
{
	struct gate_status now = gate_status(made->gate);
	struct gate_status next = gate_status(made->next);

	return !next.why && next.rejected <= now.rejected;
}

static void refuse_trial(struct renderer *renderer, struct made *made)
{
	struct problems problems = {NULL, 0, 0};
	struct why *why = &renderer->mail.reread.why;
	const char *words = gate_status(made->next).why;

	gate_problems(made->next, &problems);
	if (!words && problems.count)
		words = problems.items[problems.count - 1].text;
	why_set(why, 0, "%s is refused, and stays as it was: %.400s",
		view_makers[made - renderer->made].name,
		words ? words : "apps would be left out");
	log_error("the new configuration: %s", why->text);
	problems_done(&problems);
	mailbox_put_setup(renderer->settings.mailbox, NULL,
		&renderer->mail.reread);
	renderer_trial_end(renderer);
}

static void end_well(struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++) {
		struct made *made = &renderer->made[i];

		gate_free(made->gate);
		made->gate = take_ptr(&made->next);
		made->wanted = made->failed = true;
		made->told_structure = 0;
	}
	setup_unref(renderer->setup);
	renderer->setup = take_ptr(&renderer->trial);
	log_info("the new configuration is in effect");
}

/*
 * A new configuration makes its views beside the old one's, which go on, until
 * its checks have ended; then all of it counts, or nothing.
 */
void renderer_trial_turn(struct renderer *renderer)
{
	bool waits = false;

	if (!renderer->trial || !renderer->catalog)
		return;
	for (size_t i = 0; i < MAKERS; i++) {
		struct made *made = &renderer->made[i];
		bool show;

		if (gate_take(made->next, renderer->catalog, &show) < 0)
			return;
		waits |= gate_status(made->next).checking;
	}
	if (waits)
		return;
	for (size_t i = 0; i < MAKERS; i++)
		if (!is_as_good(&renderer->made[i])) {
			refuse_trial(renderer, &renderer->made[i]);
			return;
		}
	end_well(renderer);
}
