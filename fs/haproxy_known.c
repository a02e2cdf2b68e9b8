/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void server_done(struct known_server *server)
{
	free(server->name);
	free(server->fqdn);
	free(server->address);
	free(server->cookie);
	free(server->options);
	free(server->words);
}

static void backend_free(struct known_backend *backend)
{
	for (size_t i = 0; i < backend->count; i++)
		server_done(&backend->servers[i]);
	free(backend->servers);
	free(backend->name);
	free(backend->defaults);
	free(backend->refusal);
	free(backend);
}

void known_done(struct known *known)
{
	for (size_t i = 0; i < known->count; i++)
		backend_free(known->backends[i]);
	free(known->backends);
	memset(known, 0, sizeof(*known));
}

void known_begin(struct known *known)
{
	for (size_t i = 0; i < known->count; i++) {
		struct known_backend *backend = known->backends[i];

		backend->settled = false;
		backend->told = 0;
		free(backend->refusal);
		backend->refusal = NULL;
	}
}

/* The first that is not before name. */
static size_t backend_place(const struct known *known, const char *name)
{
	size_t low = 0, high = known->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(known->backends[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int grow(void **array, size_t *space, size_t count, size_t size)
{
	size_t wanted = *space ? *space * 2 : 8;
	void *grown;

	if (count < *space)
		return 0;
	grown = reallocarray(*array, wanted, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*space = wanted;
	return 0;
}

static int backend_add(struct known *known, size_t place, const char *name)
{
	struct known_backend *backend;
	void *array = known->backends;
	int r;

	r = grow(&array, &known->space, known->count, sizeof(backend));
	known->backends = array;
	if (r < 0)
		return r;
	backend = calloc(1, sizeof(*backend));
	if (!backend)
		return -ENOMEM;
	backend->name = strdup(name);
	if (!backend->name) {
		free(backend);
		return -ENOMEM;
	}
	memmove(known->backends + place + 1, known->backends + place,
		(known->count - place) * sizeof(backend));
	known->backends[place] = backend;
	known->count++;
	return 0;
}

int known_backend_get(
	struct known *known, const char *name, struct known_backend **ret)
{
	size_t place = backend_place(known, name);
	int r = 0;

	if (place == known->count
		|| strcmp(known->backends[place]->name, name) != 0)
		r = backend_add(known, place, name);
	if (r == 0)
		*ret = known->backends[place];
	return r;
}

/* A piece of an answer. */
struct field {
	const char *text;
	size_t length;
};

static bool field_is(const struct field *field, const char *text)
{
	return strlen(text) == field->length
		&& memcmp(text, field->text, field->length) == 0;
}

/* Digits only; what is none is 0. */
static uint64_t field_number(const struct field *field)
{
	uint64_t number = 0;

	for (size_t i = 0; i < field->length; i++) {
		if (field->text[i] < '0' || field->text[i] > '9')
			return 0;
		number = number * 10 + (uint64_t)(field->text[i] - '0');
	}
	return number;
}

static struct known_server *server_find(const struct known_backend *backend,
	const struct field *name, size_t *hint)
{
	for (size_t i = 0; i < backend->count; i++) {
		size_t at = (*hint + i) % backend->count;

		if (field_is(name, backend->servers[at].name)) {
			*hint = at + 1;
			return &backend->servers[at];
		}
	}
	return NULL;
}

struct known_server *known_server_find(
	const struct known_backend *backend, const char *name, size_t *hint)
{
	struct field field = {name, strlen(name)};

	return server_find(backend, &field, hint);
}

void known_server_drop(
	struct known_backend *backend, struct known_server *server)
{
	size_t place = (size_t)(server - backend->servers);

	server_done(server);
	backend->count--;
	memmove(server, server + 1, (backend->count - place) * sizeof(*server));
}

/* The line at *at without its end, and moves on; false: no more. */
static bool next_line(const char **at, struct field *ret)
{
	if (!**at)
		return false;
	ret->text = *at;
	ret->length = strcspn(*at, "\n");
	*at += ret->length;
	if (**at)
		(*at)++;
	return true;
}

/* Where number, of "Key: number", is; NULL: another key. */
static const char *info_value(const struct field *line, const char *key)
{
	size_t length = strlen(key);

	if (line->length < length + 2 || strncmp(line->text, key, length) != 0
		|| strncmp(line->text + length, ": ", 2) != 0)
		return NULL;
	return line->text + length + 2;
}

static void info_number(
	const struct field *line, const char *key, uint64_t *ret)
{
	const char *value = info_value(line, key);

	if (value)
		*ret = strtoull(value, NULL, 10);
}

/* "2.6.12-1+deb12u4" is 206. */
static uint32_t version_of(const char *text)
{
	char *end;
	unsigned long major, minor;

	major = strtoul(text, &end, 10);
	if (end == text || *end != '.')
		return 0;
	minor = strtoul(end + 1, NULL, 10);
	return major < 1000 && minor < 100 ? (uint32_t)(major * 100 + minor)
					   : 0;
}

int known_process_read(const char *answer, struct known_process *ret)
{
	struct known_process process = {.processes = 1};
	uint64_t processes = 1, stopping = 0;
	const char *version;
	struct field line;

	while (next_line(&answer, &line)) {
		version = info_value(&line, "Version");
		if (version)
			process.version = version_of(version);
		info_number(&line, "Pid", &process.pid);
		info_number(&line, "Start_time_sec", &process.started);
		info_number(&line, "CumConns", &process.connections);
		info_number(&line, "Nbproc", &processes);
		info_number(&line, "Stopping", &stopping);
	}
	if (process.pid == 0)
		return -EBADMSG;
	process.processes = (uint32_t)processes;
	process.stopping = stopping != 0;
	*ret = process;
	return 0;
}

bool known_process_same(
	const struct known_process *before, const struct known_process *now)
{
	return before->pid == now->pid && before->started == now->started
		&& before->connections <= now->connections;
}

/* The columns of version 1 of the listing; later versions of haproxy append. */
enum state_column {
	STATE_ID = 2,
	STATE_NAME = 3,
	STATE_ADDRESS = 4,
	STATE_ADMIN = 6,
	STATE_WEIGHT = 7,
	STATE_CHECK = 13,
	STATE_FQDN = 17,
	STATE_PORT = 18,
	STATE_TLS = 20,
	STATE_CHECK_PORT = 21,
	STATE_COLUMNS = 22,
};

static size_t split(const struct field *line, struct field *fields, size_t max)
{
	const char *end = line->text + line->length;
	const char *at = line->text;
	size_t count = 0;

	while (count < max && at < end) {
		const char *space = memchr(at, ' ', (size_t)(end - at));
		const char *stop = space ? space : end;

		fields[count++] = (struct field){at, (size_t)(stop - at)};
		at = stop + 1;
	}
	return count;
}

/* Keeps the text where it is the same, as it mostly is. */
static int replace(char **text, const struct field *field)
{
	char *copy;

	if (*text && field_is(field, *text))
		return 0;
	copy = strndup(field->text, field->length);
	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int server_add(struct known_backend *backend, const struct field *name,
	struct known_server **ret)
{
	struct known_server *server;
	void *array = backend->servers;
	char *copy;
	int r;

	r = grow(&array, &backend->space, backend->count, sizeof(*server));
	backend->servers = array;
	if (r < 0)
		return r;
	copy = strndup(name->text, name->length);
	if (!copy)
		return -ENOMEM;
	server = &backend->servers[backend->count++];
	memset(server, 0, sizeof(*server));
	server->name = copy;
	*ret = server;
	return 0;
}

static int server_read(struct known_server *server, const struct field *fields)
{
	int r = replace(&server->address, &fields[STATE_ADDRESS]);

	if (r == 0)
		r = replace(&server->fqdn, &fields[STATE_FQDN]);
	if (r < 0)
		return r;
	server->id = (uint32_t)field_number(&fields[STATE_ID]);
	server->admin = (uint32_t)field_number(&fields[STATE_ADMIN]);
	server->weight = (uint32_t)field_number(&fields[STATE_WEIGHT]);
	server->check = (uint32_t)field_number(&fields[STATE_CHECK]);
	server->port = (uint32_t)field_number(&fields[STATE_PORT]);
	server->tls = field_number(&fields[STATE_TLS]) != 0;
	server->check_port = (uint32_t)field_number(&fields[STATE_CHECK_PORT]);
	server->seen = true;
	return 0;
}

static int state_line(
	struct known_backend *backend, const struct field *line, size_t *hint)
{
	struct field fields[STATE_COLUMNS];
	struct known_server *server;
	int r;

	if (line->length == 0 || line->text[0] == '#')
		return 0;
	if (split(line, fields, STATE_COLUMNS) < STATE_COLUMNS)
		return -EBADMSG;
	server = server_find(backend, &fields[STATE_NAME], hint);
	if (!server) {
		r = server_add(backend, &fields[STATE_NAME], &server);
		if (r < 0)
			return r;
	}
	return server_read(server, fields);
}

static void drop_unseen(struct known_backend *backend)
{
	size_t kept = 0;

	for (size_t i = 0; i < backend->count; i++) {
		if (backend->servers[i].seen)
			backend->servers[kept++] = backend->servers[i];
		else
			server_done(&backend->servers[i]);
	}
	backend->count = kept;
}

int known_state_read(struct known_backend *backend, const char *answer)
{
	struct field line;
	size_t hint = 0;
	int r = 0;

	backend->is_read = false;
	backend->missing = !next_line(&answer, &line) || !field_is(&line, "1");
	if (backend->missing) {
		backend->is_read = true;
		return 0;
	}
	for (size_t i = 0; i < backend->count; i++)
		backend->servers[i].seen = false;
	while (r == 0 && next_line(&answer, &line))
		r = state_line(backend, &line, &hint);
	if (r < 0)
		return r;
	drop_unseen(backend);
	backend->is_read = true;
	return 0;
}

/* The columns of "show stat" that are looked at; places[] says where. */
enum stat_column { STAT_NAME, STAT_LIMIT, STAT_COOKIE, STAT_COLUMNS };
static const char *const stat_names[STAT_COLUMNS] = {
	"svname", "slim", "cookie"};

/* The next of a comma list; a field in quotes loses the outer ones. */
static bool next_value(const char **at, const char *end, struct field *ret)
{
	const char *stop;

	if (*at >= end)
		return false;
	if (**at == '"') {
		stop = memchr(*at + 1, '"', (size_t)(end - *at - 1));
		stop = stop ? stop : end;
		*ret = (struct field){*at + 1, (size_t)(stop - *at - 1)};
		while (stop < end && *stop != ',')
			stop++;
	} else {
		stop = memchr(*at, ',', (size_t)(end - *at));
		stop = stop ? stop : end;
		*ret = (struct field){*at, (size_t)(stop - *at)};
	}
	*at = stop + 1;
	return true;
}

/* "# pxname,svname,...": where our columns are. */
static int stat_header(const struct field *line, size_t *places)
{
	const char *end = line->text + line->length;
	const char *at = line->text;
	unsigned found = 0;
	struct field field;

	for (size_t place = 0; next_value(&at, end, &field); place++)
		for (size_t i = 0; i < STAT_COLUMNS; i++)
			if (field_is(&field, stat_names[i])) {
				places[i] = place;
				found |= 1u << i;
			}
	return found == (1u << STAT_COLUMNS) - 1 ? 0 : -EBADMSG;
}

static int stat_line(struct known_backend *backend, const struct field *line,
	const size_t *places, size_t *hint)
{
	struct field wanted[STAT_COLUMNS] = {{"", 0}, {"", 0}, {"", 0}};
	const char *end = line->text + line->length;
	const char *at = line->text;
	struct known_server *server;
	struct field field;

	for (size_t place = 0; next_value(&at, end, &field); place++)
		for (size_t i = 0; i < STAT_COLUMNS; i++)
			if (places[i] == place)
				wanted[i] = field;
	server = server_find(backend, &wanted[STAT_NAME], hint);
	if (!server)
		return 0;
	server->maxconn = (uint32_t)field_number(&wanted[STAT_LIMIT]);
	server->has_limit = true;
	return replace(&server->cookie, &wanted[STAT_COOKIE]);
}

int known_stat_read(struct known_backend *backend, const char *answer)
{
	size_t places[STAT_COLUMNS] = {0}; /* all are found, or none is used */
	struct field line;
	size_t hint = 0;
	int r;

	backend->limits_are_read = true;
	if (backend->missing)
		return 0;
	if (!next_line(&answer, &line))
		return -EBADMSG;
	r = stat_header(&line, places);
	while (r == 0 && next_line(&answer, &line))
		r = stat_line(backend, &line, places, &hint);
	return r;
}
