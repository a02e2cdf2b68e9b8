/* SPDX-License-Identifier: MIT */
#include "fetch/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch/identity_impl.h"

static int check_ca(const char *path, struct why *why)
{
	if (access(path, R_OK) == 0)
		return 0;
	return why_set(why, -errno, "CA file %s: %s", path, strerror(errno));
}

static int read_secrets(struct identity *identity,
	const struct identity_settings *settings, struct why *why)
{
	int r = 0;

	if (settings->user_file)
		r = secret_new(settings->user_file, SECRET_USER,
			&identity->user, why);
	if (r == 0 && settings->token_file)
		r = secret_new(settings->token_file, SECRET_TOKEN,
			&identity->token, why);
	return r;
}

int identity_new(const struct identity_settings *settings,
	struct identity **ret, struct why *why)
{
	CLEANUP(identity_free) struct identity *identity = NULL;
	int r;

	if (settings->ca_file) {
		r = check_ca(settings->ca_file, why);
		if (r < 0)
			return r;
	}
	identity = calloc(1, sizeof(*identity));
	if (!identity)
		return why_set(why, -ENOMEM, "out of memory");
	identity->insecure = settings->insecure;
	if (settings->ca_file)
		identity->ca_file = strdup(settings->ca_file);
	if (settings->ca_file && !identity->ca_file)
		return why_set(why, -ENOMEM, "out of memory");
	r = read_secrets(identity, settings, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&identity);
	return 0;
}

void identity_free(struct identity *identity)
{
	if (!identity)
		return;
	secret_free(identity->user);
	secret_free(identity->token);
	free(identity->ca_file);
	free(identity);
}

const char *identity_user(struct identity *identity)
{
	if (!identity->user)
		return NULL;
	identity->secret_why.text[0] = '\0';
	/* If it cannot be read now, what it held before may still do. */
	secret_refresh(identity->user, &identity->secret_why);
	return secret_text(identity->user);
}
