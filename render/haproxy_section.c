/* SPDX-License-Identifier: MIT */
#include "render/haproxy_section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/check.h"
#include "render/haproxy_labels.h"
#include "render/table.h"

#define VIEW "haproxy.cfg"

enum {
	INTERVAL_MAX = 86400, /* seconds; HAProxy takes 24 days at most */
	FALL_MAX = 1000,
};

/* A name that a port wants, while its app is written. */
struct wanted {
	size_t part;
	size_t line_at, line_length; /* in the text */
	char host[HAPROXY_VHOST_SIZE];
	enum vhost_kind kind;
	bool wildcard;
};

/* Where each part's text is, until the text is complete. */
struct placed {
	size_t at, length;
	uint32_t port_index;
};

struct writing {
	FILE *out;
	const struct haproxy_settings *settings;
	struct app *app;
	struct problems *problems;
	struct placed *placed;
	size_t part_count;
	struct wanted *wanted;
	size_t wanted_count, wanted_space;
};

/* One port, as it was found to be. */
struct shape {
	uint32_t port_index;
	uint16_t service_port;
	bool http;
	bool any_http, any_tls; /* has names at that gateway */
	const struct check *check; /* NULL: none a proxy can repeat */
	char name[HAPROXY_NAME_SIZE];
	char path[HAPROXY_PATH_MAX];
	struct address *addresses;
	size_t address_count;
};

static int want(void *context, enum vhost_kind kind, const char *host,
	bool wildcard)
{
	struct writing *w = context;
	struct wanted *wanted;

	if (w->wanted_count == w->wanted_space) {
		size_t space = w->wanted_space ? w->wanted_space * 2 : 4;

		wanted = reallocarray(w->wanted, space, sizeof(*wanted));
		if (!wanted)
			return -ENOMEM;
		w->wanted = wanted;
		w->wanted_space = space;
	}
	wanted = &w->wanted[w->wanted_count++];
	*wanted = (struct wanted){
		.part = w->part_count, .kind = kind, .wildcard = wildcard};
	snprintf(wanted->host, sizeof(wanted->host), "%s", host);
	return 0;
}

static bool is_tls(enum vhost_kind kind)
{
	return kind == VHOST_TLS || kind == VHOST_TLS_DEFAULT;
}

/* Names are found first, as they decide the mode. */
static int find_names(struct writing *w, struct shape *shape, size_t from)
{
	int r;

	r = haproxy_vhosts_said(
		w->app, shape->port_index, w->problems, want, w);
	for (size_t i = from; i < w->wanted_count; i++) {
		shape->any_tls |= is_tls(w->wanted[i].kind);
		shape->any_http |= !is_tls(w->wanted[i].kind);
	}
	return r;
}

/* The names that plain HTTP cannot have when the port is to be TCP. */
static void drop_http_names(struct writing *w, struct shape *shape, size_t from)
{
	size_t kept = from;

	problems_add(w->problems, &w->app->key, VIEW,
		"port %u: virtual hosts need mode http, HAPROXY_%u_MODE says "
		"tcp",
		shape->port_index, shape->port_index);
	for (size_t i = from; i < w->wanted_count; i++)
		if (is_tls(w->wanted[i].kind))
			w->wanted[kept++] = w->wanted[i];
	w->wanted_count = kept;
	shape->any_http = false;
}

static void find_mode(struct writing *w, struct shape *shape, size_t from)
{
	const struct check *own = check_of_port(w->app, shape->port_index);
	enum haproxy_mode said;

	said = haproxy_mode_said(w->app, shape->port_index, w->problems);
	if (said == MODE_TCP && shape->any_http
		&& haproxy_setting(w->app, shape->port_index, "MODE"))
		drop_http_names(w, shape, from);
	shape->http = shape->any_http || said == MODE_HTTP
		|| (said == MODE_UNSAID && own
			&& check_is_http(own->protocol));
}

/* False: the port cannot be shown, and problems says why. */
static bool find_check(struct writing *w, struct shape *shape)
{
	const char *path;

	shape->check = check_for_proxy(w->app, shape->port_index);
	if (!shape->check)
		return true;
	path = shape->check->path ? shape->check->path : "/";
	if (haproxy_path(path, shape->path) == 0)
		return true;
	problems_add(w->problems, &w->app->key, VIEW,
		"port %u: the path of its health check cannot be written",
		shape->port_index);
	return false;
}

static bool checks_http(const struct check *check)
{
	return check_is_http(check->protocol) || check->protocol == CHECK_HTTPS
		|| check->protocol == CHECK_MESOS_HTTPS;
}

static bool checks_tls(const struct check *check)
{
	return check->protocol == CHECK_HTTPS
		|| check->protocol == CHECK_MESOS_HTTPS;
}

static void write_check(FILE *out, const struct shape *shape)
{
	const struct check *check = shape->check;

	if (!check)
		return;
	if (checks_http(check))
		fprintf(out,
			"\toption httpchk\n"
			"\thttp-check send meth GET uri %s ver HTTP/1.1 "
			"hdr Host health-check\n",
			shape->path);
	if (check->timeout_seconds)
		fprintf(out, "\ttimeout check %us\n",
			check->timeout_seconds < INTERVAL_MAX
				? check->timeout_seconds
				: INTERVAL_MAX);
}

/* The port that the check goes to; 0: the one that is served. */
static unsigned check_port(const struct writing *w, const struct shape *shape,
	const struct address *at)
{
	int32_t index = check_index(shape->check);

	if (index < 0)
		return shape->check->port;
	if ((uint32_t)index == shape->port_index
		|| (uint32_t)index >= w->app->port_count)
		return 0;
	return at->instance->endpoints[index].port;
}

static void write_server_check(const struct writing *w,
	const struct shape *shape, const struct address *at)
{
	const struct check *check = shape->check;
	unsigned port;

	if (!check)
		return;
	if (checks_tls(check))
		fputs(" check-ssl verify none", w->out);
	port = check_port(w, shape, at);
	if (port)
		fprintf(w->out, " port %u", port);
	if (check->interval_seconds)
		fprintf(w->out, " inter %us",
			check->interval_seconds < INTERVAL_MAX
				? check->interval_seconds
				: INTERVAL_MAX);
	if (check->max_failures)
		fprintf(w->out, " fall %u",
			check->max_failures < FALL_MAX ? check->max_failures
						       : FALL_MAX);
}

static void write_servers(const struct writing *w, const struct shape *shape)
{
	for (size_t i = 0; i < shape->address_count; i++) {
		const struct address *at = &shape->addresses[i];
		char name[HAPROXY_NAME_SIZE];
		bool brackets = at->kind == HOST_IPV6;

		haproxy_server_name(at, name);
		fprintf(w->out, "\tserver %s %s%s%s:%u check", name,
			brackets ? "[" : "", at->host, brackets ? "]" : "",
			at->port);
		write_server_check(w, shape, at);
		fputc('\n', w->out);
	}
}

static void write_backend(const struct writing *w, const struct shape *shape,
	bool http, const char *end)
{
	fprintf(w->out, "\nbackend %s%s\n\tmode %s\n\tbalance %s\n",
		shape->name, end, http ? "http" : "tcp",
		http ? "roundrobin" : "leastconn");
	if (http)
		fputs("\toption forwardfor\n", w->out);
	write_check(w->out, shape);
	write_servers(w, shape);
}

static void write_part(struct writing *w, const struct shape *shape)
{
	fprintf(w->out,
		"\nfrontend %s\n\tbind %s:%u\n\tmode %s\n"
		"\tdefault_backend %s\n",
		shape->name, w->settings->bind, shape->service_port,
		shape->http ? "http" : "tcp", shape->name);
	write_backend(w, shape, shape->http, "");
	/* TLS is passed through, which only TCP can. */
	if (shape->any_tls && shape->http)
		write_backend(w, shape, false, "_tls");
}

static void write_line(
	struct writing *w, const struct shape *shape, struct wanted *wanted)
{
	const char *end = is_tls(wanted->kind) && shape->http ? "_tls" : "";
	const char *fetch = is_tls(wanted->kind)
		? "req.ssl_sni,lower"
		: "hdr(host),field(1,:),lower";

	wanted->line_at = (size_t)ftell(w->out);
	if (!wanted->host[0])
		fprintf(w->out, "\tdefault_backend %s%s\n", shape->name, end);
	else
		fprintf(w->out, "\tuse_backend %s%s if { %s -m %s %s }\n",
			shape->name, end, fetch,
			wanted->wildcard ? "end" : "str", wanted->host);
	wanted->line_length = (size_t)ftell(w->out) - wanted->line_at;
}

static int write_shape(struct writing *w, struct shape *shape, size_t from)
{
	struct placed *placed = &w->placed[w->part_count];
	int r;

	r = addresses_collect(w->app, shape->port_index, VIEW, w->problems,
		&shape->addresses, &shape->address_count);
	if (r < 0)
		return r;
	placed->port_index = shape->port_index;
	placed->at = (size_t)ftell(w->out);
	write_part(w, shape);
	placed->length = (size_t)ftell(w->out) - placed->at;
	for (size_t i = from; i < w->wanted_count; i++)
		write_line(w, shape, &w->wanted[i]);
	free(shape->addresses);
	w->part_count++;
	return 0;
}

static int write_port(struct writing *w, uint32_t port_index)
{
	const struct port *port = &w->app->ports[port_index];
	struct shape shape = {.port_index = port_index,
		.service_port = port->service_port};
	size_t from = w->wanted_count;
	int r;

	if (port->hidden || !(port->protocols & PORT_TCP))
		return 0;
	if (port->service_port == 0) {
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u: has no service port", port_index);
		return 0;
	}
	r = haproxy_name(w->app->key.id, port->service_port, shape.name);
	if (r < 0) {
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u: the id is too long for a name", port_index);
		return 0;
	}
	r = find_names(w, &shape, from);
	if (r < 0)
		return r;
	find_mode(w, &shape, from);
	if (find_check(w, &shape))
		return write_shape(w, &shape, from);
	w->wanted_count = from;
	return 0;
}

static int take_vhosts(struct writing *w, struct haproxy_section *section)
{
	char *hosts;

	if (w->wanted_count == 0)
		return 0;
	/* The host names stand behind the array, in the same block. */
	section->vhosts = malloc(w->wanted_count
		* (sizeof(*section->vhosts) + HAPROXY_VHOST_SIZE));
	if (!section->vhosts)
		return -ENOMEM;
	section->vhost_count = w->wanted_count;
	hosts = (char *)(section->vhosts + w->wanted_count);
	for (size_t i = 0; i < w->wanted_count; i++) {
		struct wanted *wanted = &w->wanted[i];
		struct haproxy_part *part = &section->parts[wanted->part];
		char *host = hosts + i * HAPROXY_VHOST_SIZE;

		memcpy(host, wanted->host, HAPROXY_VHOST_SIZE);
		section->vhosts[i] = (struct haproxy_vhost){
			.host = host,
			.line = section->text + wanted->line_at,
			.length = wanted->line_length,
			.hash = text_hash(
				(uint64_t)wanted->kind * 2 + wanted->wildcard,
				host),
			.kind = (uint8_t)wanted->kind,
			.wildcard = wanted->wildcard,
		};
		if (part->vhost_count++ == 0)
			part->vhosts = &section->vhosts[i];
	}
	return 0;
}

static int take_parts(struct writing *w, struct haproxy_section *section)
{
	section->parts = calloc(
		w->part_count ? w->part_count : 1, sizeof(*section->parts));
	if (!section->parts)
		return -ENOMEM;
	section->part_count = w->part_count;
	for (size_t i = 0; i < w->part_count; i++) {
		const struct placed *placed = &w->placed[i];

		section->parts[i] = (struct haproxy_part){
			.text = section->text + placed->at,
			.length = placed->length,
			.port_index = placed->port_index,
			.service_port = w->app->ports[placed->port_index]
						.service_port,
		};
	}
	return take_vhosts(w, section);
}

static int write_app(struct writing *w, struct haproxy_section *section)
{
	size_t length = 0;
	bool failed;
	int r = 0;

	w->placed = calloc(w->app->port_count ? w->app->port_count : 1,
		sizeof(*w->placed));
	w->out = open_memstream(&section->text, &length);
	if (!w->placed || !w->out) {
		if (w->out)
			fclose(w->out);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < w->app->port_count && r == 0; i++)
		r = write_port(w, i);
	failed = ferror(w->out);
	if (fclose(w->out) != 0 || failed || !section->text)
		r = -ENOMEM;
	return r < 0 ? r : take_parts(w, section);
}

int haproxy_section_new(struct app *app,
	const struct haproxy_settings *settings, struct haproxy_section **ret)
{
	CLEANUP(haproxy_section_free) struct haproxy_section *section = NULL;
	struct writing w = {.settings = settings, .app = app};
	int r;

	section = calloc(1, sizeof(*section));
	if (!section)
		return -ENOMEM;
	section->app = app_ref(app);
	w.problems = &section->problems;
	r = write_app(&w, section);
	free(w.placed);
	free(w.wanted);
	if (r < 0)
		return r;
	*ret = take_ptr(&section);
	return 0;
}

void haproxy_section_free(struct haproxy_section *section)
{
	if (!section)
		return;
	problems_done(&section->problems);
	app_unref(section->app);
	free(section->parts);
	free(section->vhosts);
	free(section->text);
	free(section);
}

static bool same_part(const struct haproxy_part *a, const struct haproxy_part *b)
{
	if (a->port_index != b->port_index
		|| a->service_port != b->service_port
		|| a->vhost_count != b->vhost_count)
		return false;
	for (size_t i = 0; i < a->vhost_count; i++) {
		const struct haproxy_vhost *x = &a->vhosts[i];
		const struct haproxy_vhost *y = &b->vhosts[i];

		/* The line says the host, and where it leads to. */
		if (x->kind != y->kind || x->length != y->length
			|| memcmp(x->line, y->line, x->length) != 0)
			return false;
	}
	return true;
}

bool haproxy_section_claims_same(
	const struct haproxy_section *a, const struct haproxy_section *b)
{
	if (a->part_count != b->part_count
		|| !problems_same(&a->problems, &b->problems))
		return false;
	for (size_t i = 0; i < a->part_count; i++)
		if (!same_part(&a->parts[i], &b->parts[i]))
			return false;
	return true;
}
