/* SPDX-License-Identifier: MIT */
#include "render/haproxy_vhost_claims.h"

#include <errno.h>
#include <stdlib.h>

struct vhost_claim {
	const struct haproxy_vhost *vhost; /* NULL: the place is free */
	const struct haproxy_section *section;
};

/* Its place, or where it would be. The hash has the kind and the path in it. */
static struct vhost_claim *find_place(const struct vhost_claims *claims,
	const struct haproxy_section *section,
	const struct haproxy_vhost *vhost)
{
	size_t index = vhost->hash & (claims->size - 1);
	struct vhost_claim *place;

	for (;; index = (index + 1) & (claims->size - 1)) {
		place = &claims->places[index];
		if (!place->vhost
			|| (place->vhost->hash == vhost->hash
				&& span_same(place->section,
					&place->vhost->host, section,
					&vhost->host)))
			return place;
	}
}

static int make_room(struct vhost_claims *claims)
{
	struct vhost_claims larger = {.count = claims->count};

	if (claims->count * 2 < claims->size)
		return 0;
	larger.size = claims->size ? claims->size * 2 : 64;
	larger.places = calloc(larger.size, sizeof(*larger.places));
	if (!larger.places)
		return -ENOMEM;
	for (size_t i = 0; i < claims->size; i++) {
		const struct vhost_claim *claim = &claims->places[i];

		if (claim->vhost)
			*find_place(&larger, claim->section, claim->vhost) =
				*claim;
	}
	free(claims->places);
	*claims = larger;
	return 0;
}

int vhost_claims_take(struct vhost_claims *claims,
	const struct haproxy_section *section, struct haproxy_vhost *vhost,
	const struct haproxy_section **ret_by)
{
	struct vhost_claim *place;
	int r = make_room(claims);

	if (r < 0)
		return r;
	place = find_place(claims, section, vhost);
	*ret_by = place->section;
	vhost->taken = place->vhost;
	if (vhost->taken)
		return 0;
	*place = (struct vhost_claim){vhost, section};
	claims->count++;
	return 0;
}

void vhost_claims_done(struct vhost_claims *claims)
{
	free(claims->places);
	*claims = (struct vhost_claims){.places = NULL};
}
