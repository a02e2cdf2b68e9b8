/* SPDX-License-Identifier: MIT */
#include "fetch/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/identity_impl.h"

static int read_files(struct identity *identity,
	const struct identity_settings *settings, struct why *why)
{
	const char *const paths[TLS_PARTS] = {
		[TLS_AUTHORITIES] = settings->ca_file,
		[TLS_CERTIFICATE] = settings->cert_file,
		[TLS_KEY] = settings->key_file,
		[TLS_PASS] = settings->pass_file,
	};
	int r;

	r = tls_new(paths, &identity->tls, why);
	if (r == 0 && settings->user_file)
		r = secret_new(settings->user_file, SECRET_USER,
			&identity->user, why);
	if (r == 0 && settings->token_file)
		r = secret_new(settings->token_file, SECRET_TOKEN,
			&identity->token, why);
	if (r == 0 && settings->account)
		r = login_new(
			settings->account, identity, &identity->login, why);
	return r;
}

int identity_new(const struct identity_settings *settings,
	struct identity **ret, struct why *why)
{
	CLEANUP(identity_free) struct identity *identity = NULL;
	int r;

	identity = calloc(1, sizeof(*identity));
	if (!identity)
		return why_set(why, -ENOMEM, "out of memory");
	identity->insecure = settings->insecure;
	r = read_files(identity, settings, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&identity);
	return 0;
}

void identity_free(struct identity *identity)
{
	if (!identity)
		return;
	login_free(identity->login);
	secret_free(identity->user);
	secret_free(identity->token);
	tls_free(identity->tls);
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

static const char *what_is_wrong(const struct identity *identity)
{
	const char *login = identity->login ? login_why(identity->login) : "";

	if (login[0])
		return login;
	return identity->tls_why.text[0] ? identity->tls_why.text
					 : identity->secret_why.text;
}

static const char *what_is_exposed(const struct identity *identity)
{
	if (identity->user && secret_is_exposed(identity->user))
		return secret_path(identity->user);
	if (identity->token && secret_is_exposed(identity->token))
		return secret_path(identity->token);
	if (identity->login && login_exposed(identity->login))
		return login_exposed(identity->login);
	return tls_exposed(identity->tls);
}

struct identity_words identity_words(const struct identity *identity)
{
	const char *exposed = what_is_exposed(identity);

	return (struct identity_words){
		.wrong = what_is_wrong(identity),
		.exposed = exposed ? exposed : "",
	};
}

bool identity_turn(struct identity *identity, struct http *http, int64_t now)
{
	const char *wrong, *exposed;

	if (identity->login)
		login_turn(identity->login, http, now);
	wrong = what_is_wrong(identity);
	exposed = what_is_exposed(identity);
	if (strcmp(wrong, identity->told) == 0
		&& exposed == identity->told_exposed)
		return false;
	snprintf(identity->told, sizeof(identity->told), "%s", wrong);
	identity->told_exposed = exposed;
	return true;
}

int64_t identity_deadline(const struct identity *identity)
{
	return identity->login ? login_deadline(identity->login) : INT64_MAX;
}
