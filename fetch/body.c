/* SPDX-License-Identifier: MIT */
#include "fetch/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_FIRST = 4096 };

int body_add(struct body *body, const char *bytes, size_t length)
{
	size_t need = body->length + length + 1;
	size_t space = body->space ? body->space : BODY_FIRST;
	char *larger;

	while (space < need)
		space *= 2;
	if (space > body->space) {
		larger = realloc(body->bytes, space);
		if (!larger)
			return -ENOMEM;
		body->bytes = larger;
		body->space = space;
	}
	memcpy(body->bytes + body->length, bytes, length);
	body->length += length;
	body->bytes[body->length] = '\0';
	return 0;
}

void body_done(struct body *body)
{
	free(body->bytes);
	*body = (struct body){.bytes = NULL};
}
