/* SPDX-License-Identifier: MIT */
#include "fetch/account_json.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "fetch/field_json.h"
#include "fetch/secret.h"

enum { DEPTH_MAX = 32 };

static int take_text(struct json_object *value, const char *name, char **ret,
	struct why *why)
{
	const char *text = NULL;
	int r = field_text(value, name, &text, why);

	if (r < 0)
		return r;
	if (!text)
		return why_set(why, -EINVAL, "\"%s\" is missing", name);
	*ret = strdup(text);
	return *ret ? 0 : why_set(why, -ENOMEM, "out of memory");
}

/* One that libcurl is not led elsewhere by, nor our own words. */
static int check_url(const char *url, struct why *why)
{
	bool http = strncasecmp(url, "https://", 8) == 0
		|| strncasecmp(url, "http://", 7) == 0;

	for (const char *c = url; *c; c++)
		http = http && *c > ' ' && *c < 0x7f && !strchr("@#\"\\", *c);
	return http ? 0 : why_set(why, -EINVAL,
				  "\"login_endpoint\" is not a plain URL");
}

static int check_scheme(struct json_object *value, struct why *why)
{
	const char *scheme = NULL;
	int r = field_text(value, "scheme", &scheme, why);

	if (r < 0 || !scheme || strcmp(scheme, "RS256") == 0)
		return r;
	return why_set(why, -EINVAL, "\"scheme\" is not RS256");
}

static int take_account(
	struct json_object *object, struct account *account, struct why *why)
{
	static const char *const names[] = {
		"uid", "private_key", "login_endpoint", "scheme"};
	struct json_object *values[4];
	int r;

	fields_pick(object, names, values, 4);
	r = check_scheme(values[3], why);
	if (r == 0)
		r = take_text(values[0], names[0], &account->uid, why);
	if (r == 0)
		r = take_text(values[1], names[1], &account->key, why);
	if (r == 0)
		r = take_text(values[2], names[2], &account->url, why);
	return r < 0 ? r : check_url(account->url, why);
}

int account_read(const char *text, struct account *ret, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct account account = {.uid = NULL};
	int r;

	r = json_parse_object(text, strlen(text), DEPTH_MAX, &object, why);
	if (r == 0)
		r = take_account(object, &account, why);
	if (r < 0) {
		account_done(&account);
		return r == -ENOMEM ? r : -EINVAL;
	}
	*ret = account;
	return 0;
}

void account_done(struct account *account)
{
	free(account->uid);
	free(account->url);
	secret_forget(account->key);
	*account = (struct account){.uid = NULL};
}

/* {"uid":UID,NAME:value}. Takes over value; NULL is no memory. */
static int write_object(const struct account *account, const char *name,
	struct json_object *value, char **ret)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *uid = json_object_new_string(account->uid);
	const char *text;

	object = json_object_new_object();
	if (!object || !uid || !value
		|| json_object_object_add(object, "uid", uid) < 0) {
		json_object_put(uid);
		json_object_put(value);
		return -ENOMEM;
	}
	if (json_object_object_add(object, name, value) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : -ENOMEM;
}

int account_claim(
	const struct account *account, int64_t expires, char **ret)
{
	return write_object(
		account, "exp", json_object_new_int64(expires), ret);
}

int account_question(
	const struct account *account, const char *signed_claim, char **ret)
{
	return write_object(
		account, "token", json_object_new_string(signed_claim), ret);
}

/* It becomes a line of a head. */
static int check_token(const char *token, struct why *why)
{
	if (strlen(token) > TOKEN_MAX)
		return why_set(why, -EPROTO, "a token of more than %d KB",
			TOKEN_MAX >> 10);
	for (const char *c = token; *c; c++)
		if (*c <= ' ' || *c >= 0x7f)
			return why_set(why, -EPROTO,
				"a token with a blank or worse in it");
	return 0;
}

int account_token(
	const char *text, size_t length, char **ret, struct why *why)
{
	static const char *const names[] = {"token"};
	CLEANUP(json_object_put) struct json_object *object = NULL;
	CLEANUP(secret_forget) char *token = NULL;
	struct json_object *value;
	int r;

	r = json_parse_object(text, length, DEPTH_MAX, &object, why);
	if (r < 0)
		return r;
	fields_pick(object, names, &value, 1);
	r = take_text(value, names[0], &token, why);
	if (r == 0)
		r = check_token(token, why);
	if (r < 0)
		return r == -ENOMEM ? r : -EPROTO;
	*ret = take_ptr(&token);
	return 0;
}

int64_t account_expiry(const char *payload)
{
	static const char *const names[] = {"exp"};
	struct field_range range = {.min = 0, .max = INT64_C(1) << 40};
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *value;
	int64_t expiry = 0;

	if (json_parse_object(payload, strlen(payload), DEPTH_MAX, &object,
		    NULL)
		< 0)
		return 0;
	fields_pick(object, names, &value, 1);
	return field_number(value, "exp", range, &expiry, NULL) < 0 ? 0
								    : expiry;
}
