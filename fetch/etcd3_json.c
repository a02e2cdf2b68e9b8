/* SPDX-License-Identifier: MIT */
#include "fetch/etcd3_json.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

#include "fetch/field_json.h"

enum { DEPTH_MAX = 16 };

/* A new text, in which a NUL is shown: see etcd2_json.c. */
static int decode(struct json_object *value, const char *name, char **ret,
	struct why *why)
{
	struct base64_decode_ctx context;
	size_t length = 0, size = 0;
	const char *text = "";
	char *bytes;
	int r;

	r = field_is(value, name, json_type_string, why);
	if (r < 0)
		return r;
	if (value) {
		text = json_object_get_string(value);
		length = (size_t)json_object_get_string_len(value);
	}
	size = BASE64_DECODE_LENGTH(length);
	bytes = malloc(size + 1);
	if (!bytes)
		return why_set(why, -ENOMEM, "out of memory");
	base64_decode_init(&context);
	if (!base64_decode_update(
		    &context, &size, (uint8_t *)bytes, length, text)
		|| !base64_decode_final(&context)) {
		free(bytes);
		return why_set(why, -EBADMSG, "\"%s\" is no base64", name);
	}
	for (size_t i = 0; i < size; i++)
		bytes[i] = bytes[i] ? bytes[i] : '?';
	bytes[size] = '\0';
	*ret = bytes;
	return 0;
}

static int encode(const char *text, char end, char **ret)
{
	size_t length = strlen(text) + 1;
	char *bytes = strdup(text), *code;

	code = malloc(BASE64_ENCODE_RAW_LENGTH(length) + 1);
	if (!bytes || !code) {
		free(bytes);
		free(code);
		return -ENOMEM;
	}
	bytes[length - 1] = end;
	base64_encode_raw(code, length, (const uint8_t *)bytes);
	code[BASE64_ENCODE_RAW_LENGTH(length)] = '\0';
	free(bytes);
	*ret = code;
	return 0;
}

/* One key with the value it has, if action says that it has one. */
static int tell_key(struct json_object *object, enum etcd_action action,
	etcd_each *each, void *context, struct why *why)
{
	enum { KEY, VALUE, LEASE, REVISION, FIELDS };
	static const char *const names[FIELDS] = {
		"key", "value", "lease", "mod_revision"};
	struct etcd_change change = {.action = action};
	CLEANUP(free) char *key = NULL;
	CLEANUP(free) char *value = NULL;
	struct json_object *v[FIELDS];
	int64_t lease = 0;
	int r;

	fields_pick(object, names, v, FIELDS);
	r = decode(v[KEY], "key", &key, why);
	if (r == 0)
		r = decode(v[VALUE], "value", &value, why);
	if (r == 0)
		r = etcd_number(v[LEASE], "lease", &lease, why);
	if (r == 0)
		r = etcd_number(
			v[REVISION], "mod_revision", &change.index, why);
	if (r < 0)
		return r;
	change.key = key;
	change.value = value;
	change.leased = lease != 0;
	return each(context, &change, why);
}

int etcd3_key_read(const char *text, size_t length, etcd_each *each,
	void *context, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	int r;

	r = json_parse_object(text, length, DEPTH_MAX, &object, why);
	return r < 0 ? r : tell_key(object, ETCD_PUT, each, context, why);
}

static int read_header(struct json_object *object, struct etcd3_header *ret,
	struct why *why)
{
	enum { CLUSTER, REVISION, FIELDS };
	static const char *const names[FIELDS] = {"cluster_id", "revision"};
	struct json_object *v[FIELDS];
	int r;

	r = field_is(object, "header", json_type_object, why);
	if (r < 0)
		return r;
	fields_pick(object, names, v, FIELDS);
	*ret = (struct etcd3_header){.revision = 0};
	snprintf(ret->cluster, sizeof(ret->cluster), "%s",
		v[CLUSTER] ? json_object_get_string(v[CLUSTER]) : "");
	return etcd_number(v[REVISION], "revision", &ret->revision, why);
}

int etcd3_frame_read(const char *text, size_t length, size_t count,
	struct etcd3_header *ret, struct why *why)
{
	enum { HEADER, KEYS, MORE, FIELDS };
	static const char *const names[FIELDS] = {"header", "kvs", "more"};
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *v[FIELDS];
	int r;

	r = json_parse_object(text, length, DEPTH_MAX, &object, why);
	if (r < 0)
		return r;
	fields_pick(object, names, v, FIELDS);
	r = field_is(v[KEYS], "kvs", json_type_array, why);
	if (r == 0)
		r = read_header(v[HEADER], ret, why);
	if (r < 0)
		return r;
	if (field_count(v[KEYS]) != count)
		return why_set(why, -EBADMSG, "keys where none can be");
	if (json_object_get_boolean(v[MORE]))
		return why_set(why, -EBADMSG, "only a part of the keys");
	if (ret->revision == 0)
		return why_set(why, -EBADMSG, "no revision: is it etcd?");
	return 0;
}

static int read_event(struct json_object *event, etcd_each *each,
	void *context, struct why *why)
{
	enum { TYPE, KEY, FIELDS };
	static const char *const names[FIELDS] = {"type", "kv"};
	enum etcd_action action = ETCD_PUT;
	struct json_object *v[FIELDS];
	const char *type;
	int r;

	r = field_is(event, "events", json_type_object, why);
	if (r < 0)
		return r;
	fields_pick(event, names, v, FIELDS);
	r = field_text(v[TYPE], "type", &type, why);
	if (r == 0)
		r = field_is(v[KEY], "kv", json_type_object, why);
	if (r < 0)
		return r;
	if (type && strcmp(type, "PUT") != 0)
		action = strcmp(type, "DELETE") == 0 ? ETCD_GONE
						     : ETCD_UNKNOWN;
	return tell_key(v[KEY], action, each, context, why);
}

static int read_events(struct json_object *events, etcd_each *each,
	void *context, struct why *why)
{
	int r;

	r = field_is(events, "events", json_type_array, why);
	for (size_t i = 0; r == 0 && i < field_count(events); i++)
		r = read_event(json_object_array_get_idx(events, i), each,
			context, why);
	return r;
}

static void keep_reason(struct json_object *value, struct etcd3_line *ret)
{
	if (json_object_is_type(value, json_type_string))
		snprintf(ret->reason, sizeof(ret->reason), "%s",
			json_object_get_string(value));
}

static int read_result(struct json_object *result, etcd_each *each,
	void *context, struct etcd3_line *ret, struct why *why)
{
	enum { CREATED, CANCELED, COMPACTED, REASON, EVENTS, FIELDS };
	static const char *const names[FIELDS] = {"created", "canceled",
		"compact_revision", "cancel_reason", "events"};
	struct json_object *v[FIELDS];
	int r;

	fields_pick(result, names, v, FIELDS);
	ret->created = json_object_get_boolean(v[CREATED]);
	ret->canceled = json_object_get_boolean(v[CANCELED]);
	keep_reason(v[REASON], ret);
	r = etcd_number(
		v[COMPACTED], "compact_revision", &ret->compacted, why);
	return r < 0 ? r : read_events(v[EVENTS], each, context, why);
}

int etcd3_line_read(const char *text, size_t length, etcd_each *each,
	void *context, struct etcd3_line *ret, struct why *why)
{
	enum { RESULT, ERROR, FIELDS };
	static const char *const names[FIELDS] = {"result", "error"};
	static const char *const message = "message";
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *v[FIELDS], *words;
	int r;

	*ret = (struct etcd3_line){.created = false};
	r = json_parse_object(text, length, DEPTH_MAX, &object, why);
	if (r < 0)
		return r;
	fields_pick(object, names, v, FIELDS);
	if (json_object_is_type(v[RESULT], json_type_object))
		return read_result(v[RESULT], each, context, ret, why);
	if (!json_object_is_type(v[ERROR], json_type_object))
		return why_set(why, -EBADMSG, "neither a result nor an error");
	fields_pick(v[ERROR], &message, &words, 1);
	keep_reason(words, ret);
	ret->canceled = true;
	return 0;
}

/* '0' comes behind '/': all keys that begin with the path and a slash. */
static int write_range(const char *path, const char *more, char **ret)
{
	CLEANUP(free) char *from = NULL;
	CLEANUP(free) char *to = NULL;
	int r;

	r = encode(path, '/', &from);
	if (r == 0)
		r = encode(path, '0', &to);
	if (r < 0)
		return r;
	if (asprintf(ret, "\"key\":\"%s\",\"range_end\":\"%s\"%s", from, to,
		    more)
		< 0)
		return -ENOMEM;
	return 0;
}

int etcd3_range_write(const char *path, char **ret)
{
	CLEANUP(free) char *range = NULL;
	int r;

	r = write_range(path, "", &range);
	if (r < 0)
		return r;
	return asprintf(ret, "{%s}", range) < 0 ? -ENOMEM : 0;
}

int etcd3_watch_write(const char *path, int64_t revision, char **ret)
{
	CLEANUP(free) char *range = NULL;
	int r;

	/* What changes many keys at once comes in lines of bounded length. */
	r = write_range(path, ",\"fragment\":true", &range);
	if (r < 0)
		return r;
	return asprintf(ret,
		       "{\"create_request\":{%s,\"start_revision\":\"%" PRId64
		       "\"}}",
		       range, revision)
			< 0
		? -ENOMEM
		: 0;
}

int etcd3_login_write(const char *user, const char *password, char **ret)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *name, *secret;

	object = json_object_new_object();
	name = json_object_new_string(user);
	secret = json_object_new_string(password);
	if (!object || !name || !secret
		|| json_object_object_add(object, "name", name) < 0) {
		json_object_put(name);
		json_object_put(secret);
		return -ENOMEM;
	}
	if (json_object_object_add(object, "password", secret) < 0) {
		json_object_put(secret);
		return -ENOMEM;
	}
	*ret = strdup(json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN));
	return *ret ? 0 : -ENOMEM;
}

int etcd3_token_read(
	const char *text, size_t length, char **ret, struct why *why)
{
	static const char *const name = "token";
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *value;
	const char *token;
	int r;

	r = json_parse_object(text, length, DEPTH_MAX, &object, why);
	if (r < 0)
		return r;
	fields_pick(object, &name, &value, 1);
	r = field_text(value, name, &token, why);
	if (r < 0)
		return r;
	if (!token || token[strcspn(token, "\r\n")])
		return why_set(why, -EBADMSG, "a login without a token");
	*ret = strdup(token);
	return *ret ? 0 : why_set(why, -ENOMEM, "out of memory");
}
