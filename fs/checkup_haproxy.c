/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fs/checkup_impl.h"
#include "fs/haproxy.h"
#include "fs/judged.h"

enum { PROBLEMS_SHOWN = 20 };

/* Without it nothing can be started, or nothing is to be shown. */
static bool is_needed(const struct options *options)
{
	return options->haproxy || options->haproxy_check == GATE_ON;
}

static bool check_program(struct checkup *checkup)
{
	const struct options *options = checkup->options;
	CLEANUP(free) char *program = NULL;
	char version[160];
	struct why why;

	if (haproxy_find(options->haproxy_bin, &program, &why) < 0) {
		checkup_say(checkup,
			is_needed(options) ? VERDICT_FAILED : VERDICT_NOTE,
			"haproxy", "%s; %s", why.text,
			is_needed(options) ? "install it, or say where it is"
					   : "haproxy.cfg is shown unchecked");
		return false;
	}
	if (haproxy_version(program, version, sizeof(version)) < 0) {
		checkup_say(checkup, VERDICT_FAILED, "haproxy",
			"%s does not tell its version: is it a haproxy?",
			program);
		return false;
	}
	checkup_say(checkup, VERDICT_OK, "haproxy", "%s: %s", program, version);
	return true;
}

/* Who is left out by us is well; who is refused by the program is not. */
static void say_problems(
	struct checkup *checkup, const struct problems *problems)
{
	size_t more = problems->left_out;

	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];

		if (i < PROBLEMS_SHOWN)
			checkup_say(checkup, VERDICT_NOTE, problem->view,
				"%s: %s", problem->key.id, problem->text);
		else
			more++;
	}
	if (more > 0)
		checkup_say(checkup, VERDICT_NOTE, "views",
			"%zu more such things; see mmsdfs explain", more);
}

/* Whatever --haproxy-check is: who checks wants to know. */
static void check_configuration(struct checkup *checkup)
{
	struct options options = *checkup->options;
	struct problems problems = {NULL, 0, 0};
	struct judged judged;
	uint64_t refused = 0;
	struct why why;
	int r;

	options.haproxy_check = GATE_ON;
	r = judged_make(&options, checkup->files,
		view_find("haproxy.cfg")->maker, checkup->catalog, &judged,
		&why);
	if (judged.gate)
		refused = gate_status(judged.gate).rejected;
	if (r < 0)
		checkup_say(
			checkup, VERDICT_FAILED, "haproxy.cfg", "%s", why.text);
	else if (refused > 0)
		checkup_say(checkup, VERDICT_FAILED, "haproxy.cfg",
			"accepted by haproxy only without %llu apps",
			(unsigned long long)refused);
	else
		checkup_say(checkup, VERDICT_OK, "haproxy.cfg",
			"accepted by haproxy");
	if (judged.gate)
		gate_problems(judged.gate, &problems);
	say_problems(checkup, &problems);
	problems_done(&problems);
	judged_done(&judged);
}

void checkup_haproxy(struct checkup *checkup)
{
	bool there = check_program(checkup);

	if (there && checkup->files && checkup->catalog)
		check_configuration(checkup);
	else if (there)
		checkup_say(checkup, VERDICT_NOTE, "haproxy.cfg",
			"not looked at: there is nothing to make it of");
}
