/* SPDX-License-Identifier: MIT */
#include "render/haproxy_updates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void updates_done(struct updates *updates)
{
	free(updates->claims);
	*updates = (struct updates){.claims = NULL};
}

void updates_note(struct updates *updates,
	const struct haproxy_claims *claims, uint32_t claim)
{
	if (claim == CLAIM_NONE || updates->all)
		return;
	if (updates->count == updates->space) {
		size_t space = updates->space ? updates->space * 2 : 16;
		uint32_t *larger = reallocarray(
			updates->claims, space, sizeof(*larger));

		if (!larger) {
			updates->all = true;
			return;
		}
		updates->claims = larger;
		updates->space = space;
	}
	updates->claims[updates->count++] = haproxy_claim_owner(claims, claim);
}

void updates_note_all(struct updates *updates)
{
	updates->all = true;
}

static size_t count_joined(const struct haproxy_claims *claims, uint32_t claim)
{
	size_t count = 0;

	for (; claim != CLAIM_NONE;
		claim = haproxy_claim_joined(claims, claim))
		count++;
	return count;
}

/* The lines of a backend and of those that joined it. */
static int give_backend(const struct haproxy_claims *claims,
	struct haproxy_section **sections, uint32_t claim, bool tls,
	haproxy_backend *found, void *context)
{
	struct haproxy_section *section;
	struct haproxy_part *part =
		haproxy_claim_part(claims, sections, claim, &section);
	char name[HAPROXY_NAME_SIZE + 8];
	CLEANUP(free) struct iovec *lines = NULL;
	size_t count = 0;
	int length;

	lines = calloc(count_joined(claims, claim), sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	length = snprintf(name, sizeof(name), "%.*s%s", (int)part->name.length,
		span_text(section, &part->name), tls ? "_tls" : "");
	for (; claim != CLAIM_NONE;
		claim = haproxy_claim_joined(claims, claim)) {
		const struct span *span;

		part = haproxy_claim_part(claims, sections, claim, &section);
		span = tls ? &part->tls_servers : &part->servers;
		lines[count++] = (struct iovec){
			section->servers + span->at, span->length};
	}
	return found(context, name, (size_t)length, lines, count);
}

int updates_give(struct updates *updates, const struct haproxy_claims *claims,
	struct haproxy_section **sections, bool all, haproxy_backend *found,
	void *context)
{
	uint32_t count;
	int r = 0;

	all |= updates->all;
	count = all ? haproxy_claims_count(claims) : (uint32_t)updates->count;
	for (uint32_t i = 0; i < count && r == 0; i++) {
		uint32_t claim = all ? i : updates->claims[i];
		struct haproxy_section *section;
		struct haproxy_part *part = haproxy_claim_part(
			claims, sections, claim, &section);

		if (haproxy_claim_is_joined(claims, claim))
			continue;
		r = give_backend(
			claims, sections, claim, false, found, context);
		if (r == 0 && part->tls_text.length)
			r = give_backend(
				claims, sections, claim, true, found, context);
	}
	if (r == 0) {
		updates->count = 0;
		updates->all = false;
	}
	return r;
}
