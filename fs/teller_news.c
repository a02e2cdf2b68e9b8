/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include "fs/teller_impl.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <string.h>

#include "fetch/clock.h"

/* What is to be told of a name, read off the current tree. */
enum news {
	NEWS_NONE,
	NEWS_DIR,
	NEWS_NEW,
	NEWS_REPLACED,
	NEWS_GOING,
	NEWS_SHOWN,
};

struct state {
	enum news news;
	struct node *node; /* a reference: shown, or the one to be shown */
	char path[NOTIFIER_PATH_MAX];
};

static void state_done(struct state *state)
{
	node_unref(state->node);
}

static enum news news_of(const struct tree_entry *entry)
{
	if (!entry)
		return NEWS_NONE;
	if (entry->dir)
		return entry->hidden_dir ? NEWS_DIR : NEWS_NONE;
	if (entry->leaving)
		return NEWS_GOING;
	if (entry->next)
		return entry->shown ? NEWS_REPLACED : NEWS_NEW;
	return NEWS_SHOWN;
}

/* Borrowed from the tree. NULL: not there. */
static const struct tree_entry *find_entry(
	const struct dir *tree, uint64_t number, const char *name)
{
	const struct dir *dir = tree_dir(tree, number);

	return dir ? dir_find(dir, name) : NULL;
}

static void state_read(struct teller *teller, const struct teller_item *item,
	struct state *ret)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct tree_entry *entry;
	const char *parent;

	*ret = (struct state){.news = NEWS_NONE};
	tree = published_get(teller->settings.ops->published);
	entry = find_entry(tree, item->number, item->name);
	ret->news = news_of(entry);
	if (ret->news == NEWS_NONE)
		return;
	parent = tree_dir_name(tree, item->number);
	ret->node = node_ref(entry->next ? entry->next : entry->shown);
	if (snprintf(ret->path, sizeof(ret->path), "%s%s%s", parent,
		    *parent ? "/" : "", item->name)
		>= (int)sizeof(ret->path))
		ret->path[0] = '\0';
}

static void invalidate(struct teller *teller, uint64_t number, const char *name)
{
	/* -ENOENT: the kernel does not hold it. Others: it is going away. */
	fuse_lowlevel_notify_inval_entry(
		teller->settings.session, number, name, strlen(name));
}

/* What waits is published now, and nobody hears of it. */
static void settle(struct teller *teller, uint64_t number, const char *name,
	enum news news)
{
	struct tree_change change = {.name = name,
		.op = news == NEWS_GOING ? TREE_GONE : TREE_SHOW};

	published_edit(teller->settings.ops->published, number, &change, 1);
}

static void settle_and_invalidate(
	struct teller *teller, const struct teller_item *item, enum news news)
{
	settle(teller, item->number, item->name, news);
	invalidate(teller, item->number, item->name);
	fuse_lowlevel_notify_inval_inode(
		teller->settings.session, item->number, -1, 0);
}

enum { REFUSED = 1 };

/*
 * Negative: the process failed; REFUSED: not the process, but what it was asked
 * to do.
 */
static int ask(struct teller *teller, struct notifier_request *request,
	const struct state *state)
{
	int error = 0, r;

	memcpy(request->path, state->path, sizeof(request->path));
	r = notifier_ask(&teller->notifier, request, &error);
	if (r < 0)
		return r;
	if (error < 0)
		teller_count_up(teller, &teller->count.failed);
	return error < 0 ? REFUSED : 0;
}

static int ask_simple(
	struct teller *teller, enum notifier_verb verb, struct state *state)
{
	struct notifier_request request = {.verb = verb};

	if (verb == NOTIFIER_RENAME) {
		request.count = 1;
		request.numbers[0] = state->node->number;
	}
	return ask(teller, &request, state);
}

/*
 * The versions before, for those who watch the file and not its directory.
 * An alias would pin its version until memory is short (F14): it is dropped.
 */
static int tell_old(
	struct teller *teller, enum notifier_verb verb, struct state *state)
{
	struct notifier_request request = {.verb = verb};
	size_t count;
	int r;

	if (!teller->settings.aliases)
		return 0;
	count = node_others(state->node, request.numbers);
	if (count == 0)
		return 0;
	request.count = (uint32_t)(count < OLD_VERSIONS_MAX ? count
							    : OLD_VERSIONS_MAX);
	r = ask(teller, &request, state);
	for (uint32_t i = 0; i < request.count; i++) {
		char number[24];

		snprintf(number, sizeof(number), "%llu",
			(unsigned long long)request.numbers[i]);
		invalidate(teller, DIR_ALIAS, number);
	}
	return r;
}

static int tell_shown(struct teller *teller, const struct teller_item *item,
	struct state *state)
{
	int r;

	invalidate(teller, item->number, item->name);
	if (item->quiet)
		return 0;
	r = ask_simple(teller, NOTIFIER_TOUCH, state);
	return r < 0 ? r : tell_old(teller, NOTIFIER_TOUCH_OLD, state);
}

static int tell_pending(struct teller *teller, const struct teller_item *item,
	struct state *state)
{
	bool by_rename = teller->settings.mode == NOTIFY_RENAME;
	struct state now;
	int r;

	if (state->news == NEWS_DIR)
		r = ask_simple(teller, NOTIFIER_MKDIR, state);
	else if (state->news == NEWS_GOING)
		r = ask_simple(teller, NOTIFIER_REMOVE, state);
	else if (by_rename)
		r = ask_simple(teller, NOTIFIER_RENAME, state);
	else
		r = ask_simple(teller, NOTIFIER_CREATE, state);
	if (r >= 0 && state->news == NEWS_GOING)
		r = tell_old(teller, NOTIFIER_REMOVE_OLD, state);
	if (r < 0)
		return r;

	/* Refused: the data must not wait for what the kernel thinks. */
	state_read(teller, item, &now);
	if (now.news == state->news && now.node == state->node) {
		settle_and_invalidate(teller, item, now.news);
		teller_count_up(teller, &teller->count.silent);
	} else if (r == REFUSED && now.news == NEWS_SHOWN) {
		/* It had waited too long, and was shown meanwhile. */
		r = tell_shown(teller, item, &now);
	}
	state_done(&now);
	return r < 0 ? r : 0;
}

/*
 * Not at publication: until the entry is invalidated an open still gives the
 * version before.
 */
static void pass_on(struct teller *teller, const struct teller_item *item,
	const struct state *state)
{
	if (!teller->settings.told || item->quiet)
		return;
	teller->settings.told(teller->settings.told_context, item->number,
		item->name, state->node ? state->node->number : 0);
}

static int tell(struct teller *teller, const struct teller_item *item)
{
	struct state state;
	int r = 0;

	state_read(teller, item, &state);
	if (state.news == NEWS_NONE) {
		invalidate(teller, item->number, item->name);
	} else if (teller->settings.mode == NOTIFY_OFF || !state.path[0]) {
		settle_and_invalidate(teller, item, state.news);
	} else if (state.news == NEWS_SHOWN) {
		r = tell_shown(teller, item, &state);
	} else {
		r = tell_pending(teller, item, &state);
	}
	if (r >= 0)
		pass_on(teller, item, &state);
	state_done(&state);
	return r < 0 ? r : 0;
}

/*
 * A notifier that will not start is not tried more than once a second; names
 * are published without events meanwhile.
 */
static int need_notifier(struct teller *teller)
{
	int64_t now = clock_now_ms();
	int r;

	if (teller->settings.mode == NOTIFY_OFF
		|| teller->notifier.socket >= 0)
		return 0;
	if (now < teller->no_start_before)
		return -EAGAIN;
	r = notifier_start(&teller->notifier);
	if (r < 0)
		teller->no_start_before = now + 1000;
	teller_count_notifier(teller);
	return r;
}

/*
 * One restart of the notifier for a name; what fails twice is published without
 * events.
 */
void teller_news_tell(struct teller *teller, const struct teller_item *item)
{
	struct state state;

	for (int tries = 0; tries < 2; tries++) {
		if (need_notifier(teller) < 0)
			break;
		if (tell(teller, item) == 0)
			return;
		teller_count_up(teller, &teller->count.restarts);
	}
	state_read(teller, item, &state);
	if (state.news != NEWS_NONE)
		settle_and_invalidate(teller, item, state.news);
	pass_on(teller, item, &state);
	state_done(&state);
	teller_count_up(teller, &teller->count.silent);
}

bool teller_news_settle(
	struct teller *teller, uint64_t number, const char *name)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct tree_entry *entry;

	tree = published_get(teller->settings.ops->published);
	entry = find_entry(tree, number, name);
	if (!entry || !entry_is_pending(entry))
		return false;
	settle(teller, number, name, news_of(entry));
	return true;
}
