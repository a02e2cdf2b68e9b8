/* SPDX-License-Identifier: MIT */
#include "fetch/login.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/account_json.h"
#include "fetch/clock.h"
#include "fetch/http.h"
#include "fetch/http_words.h"
#include "fetch/jitter.h"
#include "fetch/jwt.h"
#include "fetch/secret.h"

struct login {
	struct secret *file; /* NULL: the account was given as it is */
	struct account account;
	struct identity *identity;

	struct http_request *request; /* NULL: none is under way */
	char *body;                   /* of its answer */
	size_t length;

	char *token;     /* NULL: none yet */
	uint64_t number; /* of token; 0: none yet */
	int64_t got;     /* when */
	bool refused;    /* token was, by some server */
	unsigned in_vain; /* young tokens that were refused, in a row */

	int64_t at;        /* the next login is due */
	unsigned failures; /* in a row */
	bool changed;      /* the account, while a login was under way */
	bool bad;          /* what the file holds now; account is older */
	struct why why;      /* of the last login; "" it went well */
	struct why file_why; /* why the file cannot be used now; "" it can */
};

/* What the account says now, if it can be used: the key is tried. */
static int take_account(struct login *login, const char *text,
	const char *where, struct why *why)
{
	CLEANUP(secret_forget) char *signed_claim = NULL;
	struct account account;
	struct why words;
	int r;

	r = account_read(text, &account, &words);
	if (r < 0)
		return why_set(why, r, "%s: %s", where, words.text);
	r = jwt_sign("{}", account.key, &signed_claim, &words);
	if (r < 0) {
		account_done(&account);
		return why_set(why, r, "%s: %s", where, words.text);
	}
	account_done(&login->account);
	login->account = account;
	return 0;
}

static int read_first(
	struct login *login, const char *account, struct why *why)
{
	int r;

	if (account[0] == '{')
		return take_account(login, account,
			"the DC/OS service account", why);
	r = secret_new(account, SECRET_WHOLE, &login->file, why);
	return r < 0 ? r : take_account(login, secret_text(login->file),
				   account, why);
}

int login_new(const char *account, struct identity *identity,
	struct login **ret, struct why *why)
{
	CLEANUP(login_free) struct login *login = calloc(1, sizeof(*login));
	int r;

	if (!login)
		return why_set(why, -ENOMEM, "out of memory");
	login->identity = identity;
	r = read_first(login, account, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&login);
	return 0;
}

static void forget_answer(struct login *login)
{
	if (login->body)
		explicit_bzero(login->body, LOGIN_BODY_MAX);
	free(take_ptr(&login->body));
	login->length = 0;
}

void login_free(struct login *login)
{
	if (!login)
		return;
	forget_answer(login);
	secret_forget(login->token);
	account_done(&login->account);
	secret_free(login->file);
	free(login);
}

/* A new account is worth a try at once, whatever became of the old one. */
static void take_changed(struct login *login)
{
	login->at = 0;
	login->failures = 0;
	login->changed = login->request;
}

static void read_again(struct login *login)
{
	int r;

	if (!login->file)
		return;
	login->file_why.text[0] = '\0';
	r = secret_refresh(login->file, &login->file_why);
	if (r < 0 || (r == 0 && !login->bad))
		return;
	r = take_account(login, secret_text(login->file),
		secret_path(login->file), &login->file_why);
	login->bad = r < 0;
	if (r == 0)
		take_changed(login);
}

static int64_t delay_after(unsigned failures)
{
	int64_t delay = failures < 6 ? (int64_t)LOGIN_RETRY_MS << (failures - 1)
				     : LOGIN_RETRY_MAX_MS;

	return jitter(delay < LOGIN_RETRY_MAX_MS ? delay : LOGIN_RETRY_MAX_MS);
}

static void note_failure(struct login *login, const struct why *why)
{
	why_set(&login->why, 0, "login: %s", why->text);
	login->failures++;
	login->at = clock_now_ms() + delay_after(login->failures);
}

/* In milliseconds. A clock that is wrong must not make us log in for ever. */
static int64_t life_of(const char *token)
{
	CLEANUP(free) char *payload = NULL;
	int64_t left = 0;

	if (jwt_payload(token, &payload) == 0)
		left = account_expiry(payload) - clock_unix_ms() / 1000;
	return (left > 0 ? left : LOGIN_LIFE_S) * 1000;
}

/* A tenth of its life before its end, and no later than the margin. */
static int64_t renewal_of(const char *token)
{
	int64_t life = life_of(token), margin = life / 10;

	if (margin < LOGIN_MARGIN_S * 1000)
		margin = LOGIN_MARGIN_S * 1000;
	return life - margin > LOGIN_LEAST_MS ? life - margin : LOGIN_LEAST_MS;
}

/* Takes over token. */
static void note_token(struct login *login, char *token)
{
	login->got = clock_now_ms();
	login->at = login->got + renewal_of(token);
	secret_forget(login->token);
	login->token = token;
	login->number++;
	login->refused = false;
	login->failures = 0;
	login->why.text[0] = '\0';
}

static int on_answer(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct login *login = context;

	(void)why;
	/* http holds it to LOGIN_BODY_MAX. */
	memcpy(login->body + login->length, bytes, length);
	login->length += length;
	return 0;
}

static int read_answer(
	struct login *login, long status, char **ret, struct why *why)
{
	const char *url = login->account.url;
	struct why words;
	int r;

	/* What it is asked with is not for others. */
	if (status >= 300)
		return http_refused(url, status, why);
	r = account_token(login->body, login->length, ret, &words);
	return r < 0 ? why_set(why, r, "%s: %s", url_place(url).text,
			       words.text)
		     : 0;
}

static void on_end(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct login *login = context;
	struct why words = *why;
	char *token = NULL;

	login->request = NULL;
	if (error == 0)
		error = read_answer(login, head->status, &token, &words);
	forget_answer(login);
	if (error < 0)
		note_failure(login, &words);
	else
		note_token(login, token);
	if (login->changed)
		login->at = 0;
	login->changed = false;
}

static int write_question(struct login *login, char **ret, struct why *why)
{
	CLEANUP(free) char *claim = NULL;
	CLEANUP(secret_forget) char *signed_claim = NULL;
	int64_t expires = clock_unix_ms() / 1000 + LOGIN_CLAIM_S;
	int r;

	r = account_claim(&login->account, expires, &claim);
	if (r < 0)
		return why_set(why, r, "out of memory");
	r = jwt_sign(claim, login->account.key, &signed_claim, why);
	if (r < 0)
		return r;
	r = account_question(&login->account, signed_claim, ret);
	return r < 0 ? why_set(why, r, "out of memory") : 0;
}

static int begin(struct login *login, struct http *http, struct why *why)
{
	CLEANUP(secret_forget) char *question = NULL;
	struct http_call call = {
		.method = HTTP_POST,
		.url = login->account.url,
		.identity = login->identity,
		.nameless = true,
		.stays = true,
		.total_ms = LOGIN_TOTAL_MS,
		.body_max = LOGIN_BODY_MAX,
		.context = login,
		.body = on_answer,
		.done = on_end,
	};
	int r;

	r = write_question(login, &question, why);
	if (r < 0)
		return r;
	call.json = question;
	login->body = malloc(LOGIN_BODY_MAX);
	if (!login->body)
		return why_set(why, -ENOMEM, "out of memory");
	return http_begin(http, &call, &login->request, why);
}

void login_turn(struct login *login, struct http *http, int64_t now)
{
	struct why why = {""};

	if (login->request || now < login->at)
		return;
	if (begin(login, http, &why) == 0)
		return;
	forget_answer(login);
	note_failure(login, &why);
}

int64_t login_deadline(const struct login *login)
{
	return login->request ? INT64_MAX : login->at;
}

bool login_is_pending(const struct login *login)
{
	return (!login->token || login->refused)
		&& (login->request || login->at <= clock_now_ms());
}

const char *login_token(struct login *login, uint64_t *ret_number)
{
	read_again(login);
	*ret_number = login->number;
	return login->token;
}

static int64_t delay_in_vain(unsigned in_vain)
{
	return in_vain > 1 ? delay_after(in_vain - 1) : 0;
}

/*
 * A new one at once; but where new ones are refused, too, it is not the token
 * that is wrong.
 */
bool login_refused(struct login *login, uint64_t number)
{
	int64_t now = clock_now_ms();

	if (number != login->number)
		return true;
	if (!login->refused) {
		login->refused = true;
		login->in_vain = now - login->got < LOGIN_FRESH_MS
			? login->in_vain + 1
			: 0;
		if (login->failures == 0)
			login->at = now + delay_in_vain(login->in_vain);
	}
	return login_is_pending(login);
}

const char *login_why(const struct login *login)
{
	return login->why.text[0] ? login->why.text : login->file_why.text;
}

const char *login_exposed(const struct login *login)
{
	return login->file && secret_is_exposed(login->file)
		? secret_path(login->file)
		: NULL;
}
