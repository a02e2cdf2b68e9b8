/* SPDX-License-Identifier: MIT */
#include "render/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static bool is_name_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		|| (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

enum host_kind host_kind(const char *host)
{
	struct in6_addr ignored;
	size_t length = 0;

	while (is_name_byte((unsigned char)host[length]))
		length++;
	if (host[length] == '\0')
		return length > 0 && length <= HOST_LEN_MAX ? HOST_NAME
							    : HOST_BAD;
	return inet_pton(AF_INET6, host, &ignored) == 1 ? HOST_IPV6 : HOST_BAD;
}

static int address_order(const void *a, const void *b)
{
	const struct address *x = a, *y = b;
	int order = strcmp(x->host, y->host);

	return order ? order : (int)x->port - (int)y->port;
}

/* Sorts, and drops what is there twice. An app's instances come sorted by
 * their first port, so that mostly there is nothing to do. */
static size_t tidy(struct address *list, size_t count)
{
	bool sorted = true;
	size_t kept = 1;

	for (size_t i = 1; i < count && sorted; i++)
		sorted = address_order(&list[i - 1], &list[i]) < 0;
	if (sorted)
		return count;
	qsort(list, count, sizeof(*list), address_order);
	for (size_t i = 1; i < count; i++)
		if (address_order(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	return kept;
}

/* The endpoint to be shown, NULL when the instance shows none for the port. */
static const struct endpoint *serving_endpoint(
	const struct instance *instance, uint32_t port_index)
{
	const struct endpoint *at = &instance->endpoints[port_index];

	if (instance->state != INSTANCE_SERVING || !at->host || at->port == 0)
		return NULL;
	return at;
}

static void report_bad(const struct app *app, const char *view,
	struct problems *problems, uint32_t bad, const char *first)
{
	if (bad > 0)
		problems_add(problems, &app->key, view,
			"%u instances left out, their host cannot be written "
			"(the first is %s)", bad, first);
}

int addresses_collect(const struct app *app, uint32_t port_index,
	const char *view, struct problems *problems, struct address **ret,
	size_t *ret_count)
{
	struct address *list = NULL;
	const char *first_bad = "";
	uint32_t bad = 0;
	size_t count = 0;

	if (app->serving_count > 0 && port_index < app->port_count) {
		list = malloc(app->serving_count * sizeof(*list));
		if (!list)
			return -ENOMEM;
	}
	for (uint32_t i = 0; list && i < app->instance_count; i++) {
		const struct instance *instance = &app->instances[i];
		const struct endpoint *at;
		enum host_kind kind;

		at = serving_endpoint(instance, port_index);
		kind = at ? host_kind(at->host) : HOST_BAD;
		if (kind != HOST_BAD)
			list[count++] = (struct address){
				at->host, instance, at->port, (uint8_t)kind};
		else if (at && bad++ == 0)
			first_bad = instance->id;
	}
	report_bad(app, view, problems, bad, first_bad);
	*ret = list;
	*ret_count = tidy(list, count);
	return 0;
}
