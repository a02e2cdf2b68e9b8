/* SPDX-License-Identifier: MIT */
#include "render/haproxy_template.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy_default.h"

enum {
	TEXT_MAX = 65536,
	LABEL_LINE_MAX = 2000,
	TEXT_LINE_MAX = 2047, /* what each HAProxy reads */
	WORDS_MAX = 60,
};

#define FIELD(name) [FIELD_##name] = #name
static const char *const fields[FIELD_COUNT] = {
	FIELD(appId),
	FIELD(backend),
	FIELD(balance),
	FIELD(bindAddr),
	FIELD(bindOptions),
	FIELD(cleanedUpAppId),
	FIELD(cleanedUpHostname),
	FIELD(cookieOptions),
	FIELD(haproxy_dir),
	FIELD(healthCheckFalls),
	FIELD(healthCheckGracePeriodSeconds),
	FIELD(healthCheckIgnoreHttp1xx),
	FIELD(healthCheckIntervalSeconds),
	FIELD(healthCheckMaxConsecutiveFailures),
	FIELD(healthCheckOptions),
	FIELD(healthCheckPath),
	FIELD(healthCheckPort),
	FIELD(healthCheckPortIndex),
	FIELD(healthCheckPortOptions),
	FIELD(healthCheckProtocol),
	FIELD(healthCheckTimeoutSeconds),
	FIELD(host),
	FIELD(host_ipv4),
	FIELD(hostMatch),
	FIELD(hostname),
	FIELD(mode),
	FIELD(name),
	FIELD(network_allowed),
	FIELD(otherOptions),
	FIELD(passwd),
	FIELD(path),
	FIELD(port),
	FIELD(proxypath),
	FIELD(realm),
	FIELD(redirpath),
	FIELD(rootpath),
	FIELD(serverId),
	FIELD(serverName),
	FIELD(servicePort),
	FIELD(sslCert),
	FIELD(sslCertOptions),
	FIELD(sslCerts),
	FIELD(user),
};

/* Text, and then a field; FIELD_COUNT: none behind it. */
struct piece {
	const char *text;
	size_t length;
	enum template_field field;
};

struct template {
	struct piece *pieces;
	size_t count;
	char text[]; /* what pieces point into, without doubled braces */
};

const char *template_name(enum template_id id)
{
	return template_defaults[id].name;
}

enum template_id template_find(const char *name, size_t length)
{
	enum template_id id = 0;

	while (id < TEMPLATE_COUNT
		&& (strncmp(template_defaults[id].name, name, length) != 0
			|| template_defaults[id].name[length]))
		id++;
	return id;
}

static enum template_field field_find(const char *name, size_t length)
{
	enum template_field field = 0;

	while (field < FIELD_COUNT
		&& (strncmp(fields[field], name, length) != 0
			|| fields[field][length]))
		field++;
	return field;
}

static size_t count_braces(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '{';
	return count;
}

/* From "{" at *at on; *at is then behind "}". */
static int take_field(const char *text, const char **at,
	enum template_field *ret, struct why *why)
{
	const char *name = *at + 1;
	size_t length = strcspn(name, "{}\n");

	if (name[length] != '}')
		return why_set(why, -EINVAL,
			"a '{' alone (a brace is written '{{')");
	*ret = field_find(name, length);
	if (*ret == FIELD_COUNT)
		return why_set(why, -EINVAL, "{%.*s} is not known",
			length < 64 ? (int)length : 64, name);
	*at = name + length + 1;
	(void)text;
	return 0;
}

/* The rules of Python's str.format, as far as marathon-lb's texts use them. */
static int parse(struct template *template, const char *text, struct why *why)
{
	char *to = template->text;
	struct piece *piece = template->pieces;
	int r;

	*piece = (struct piece){to, 0, FIELD_COUNT};
	while (*text) {
		if (*text != '{' && *text != '}') {
			*to++ = *text++;
			continue;
		}
		if (text[1] == text[0]) {
			*to++ = *text;
			text += 2;
			continue;
		}
		if (*text == '}')
			return why_set(why, -EINVAL,
				"a '}' alone (a brace is written '}}')");
		r = take_field(text, &text, &piece->field, why);
		if (r < 0)
			return r;
		piece->length = (size_t)(to - piece->text);
		*++piece = (struct piece){to, 0, FIELD_COUNT};
	}
	piece->length = (size_t)(to - piece->text);
	template->count = (size_t)(piece - template->pieces) + 1;
	return 0;
}

int template_new(enum template_id id, const char *text, struct template **ret,
	struct why *why)
{
	CLEANUP(template_free) struct template *template = NULL;
	size_t length = strlen(text);
	int r = 0;

	if (length > TEXT_MAX)
		return why_set(why, -E2BIG, "%s is longer than %d bytes",
			template_name(id), TEXT_MAX);
	template = malloc(sizeof(*template) + length + 1);
	if (!template)
		return -ENOMEM;
	template->pieces =
		calloc(count_braces(text) + 1, sizeof(*template->pieces));
	if (!template->pieces)
		return -ENOMEM;
	if (template_defaults[id].format) {
		r = parse(template, text, why);
	} else {
		memcpy(template->text, text, length);
		template->pieces[0] =
			(struct piece){template->text, length, FIELD_COUNT};
		template->count = 1;
	}
	if (r == 0)
		*ret = take_ptr(&template);
	return r;
}

void template_free(struct template *template)
{
	if (!template)
		return;
	free(template->pieces);
	free(template);
}

bool template_uses(const struct template *template, enum template_field field)
{
	for (size_t i = 0; i < template->count; i++)
		if (template->pieces[i].field == field)
			return true;
	return false;
}

void template_write(
	const struct template *template, template_values values, struct text *out)
{
	for (size_t i = 0; i < template->count; i++) {
		const struct piece *piece = &template->pieces[i];

		text_add(out, piece->text, piece->length);
		if (piece->field < FIELD_COUNT && values[piece->field])
			text_add_string(out, values[piece->field]);
	}
}

/* Words that begin a section, of any HAProxy up to 3.x. */
static const char *const sections[] = {"acme", "backend", "cache",
	"crt-list", "crt-store", "defaults", "dynamic-update", "fcgi-app",
	"frontend", "global", "http-errors", "listen", "log-forward",
	"log-profile", "mailers", "namespace_list", "peers", "program",
	"resolvers", "ring", "ruleset", "traces", "userlist"};

/* Words that may stand in a listener that all apps share. */
static const char *const shared[] = {"acl", "http-after-response",
	"http-request", "http-response", "redirect", "tcp-request",
	"tcp-response", "use_backend"};

static bool is_one_of(const char *word, size_t length,
	const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i]) == length
			&& strncmp(words[i], word, length) == 0)
			return true;
	return false;
}

/* Quotes are closed in the line, and no backslash reaches over its end. */
static bool is_closed(const char *line, size_t length)
{
	char quote = '\0';

	for (size_t i = 0; i < length; i++) {
		if (line[i] == '\\' && quote != '\'') {
			if (++i == length)
				return false;
		} else if (quote) {
			quote = line[i] == quote ? '\0' : quote;
		} else if (line[i] == '#') {
			return true;
		} else if (line[i] == '"' || line[i] == '\'') {
			quote = line[i];
		}
	}
	return !quote;
}

/* The section that such a template opens; NULL: none. */
static const char *opens(enum template_id id)
{
	switch (id) {
	case TEMPLATE_USERLIST_HEAD:
		return "userlist";
	case TEMPLATE_FRONTEND_HEAD:
		return "frontend";
	case TEMPLATE_BACKEND_HEAD:
		return "backend";
	default:
		return NULL;
	}
}

static int check_section(enum template_id id, const char *line, size_t length,
	size_t word, bool *opened, struct why *why)
{
	const char *open = opens(id);
	const char *name = line + word + strspn(line + word, " \t");
	const char *wanted = id == TEMPLATE_USERLIST_HEAD ? "user_{backend}"
							   : "{backend}";
	size_t left = length - (size_t)(name - line);

	if (!open || *opened || strlen(open) != word
		|| strncmp(open, line, word) != 0)
		return why_set(why, -EINVAL, "'%.*s' begins another section",
			(int)word, line);
	if (left < strlen(wanted)
		|| strncmp(name, wanted, strlen(wanted)) != 0
		|| strspn(name + strlen(wanted), " \t\r")
			!= left - strlen(wanted))
		return why_set(why, -EINVAL, "the %s has to be named %s", open,
			wanted);
	*opened = true;
	return 0;
}

/* What holds of a line, and of words that go into one. */
static int check_bytes(const char *line, size_t length, struct why *why)
{
	for (size_t i = 0; i < length; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t'
			    && (line[i] != '\r' || i + 1 < length))
			|| line[i] == 0x7f)
			return why_set(why, -EINVAL,
				"it has a control character");
	if (length > LABEL_LINE_MAX)
		return why_set(why, -EINVAL, "a line is longer than %d bytes",
			LABEL_LINE_MAX);
	if (!is_closed(line, length))
		return why_set(why, -EINVAL, "a quote is left open");
	return 0;
}

static int check_line(enum template_id id, const char *line, size_t length,
	bool *opened, struct why *why)
{
	size_t word;
	int r;

	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	r = check_bytes(line, length, why);
	if (r < 0)
		return r;
	word = strcspn(line, " \t\r\n#");
	if (word > length)
		word = length;
	if (word == 0)
		return 0;
	/* HAProxy takes quotes, escapes and fields of words apart. */
	for (size_t i = 0; i < word; i++)
		if (strchr("\"'\\${}", line[i]))
			return why_set(why, -EINVAL,
				"a line begins with '%.*s', which is no word",
				word < 64 ? (int)word : 64, line);
	if (*line == '.')
		return why_set(why, -EINVAL,
			"a line begins with '.', which is for the whole file");
	if (is_one_of(line, word, sections,
		    sizeof(sections) / sizeof(sections[0])))
		return check_section(id, line, length, word, opened, why);
	if (template_defaults[id].shared
		&& !is_one_of(line, word, shared,
			sizeof(shared) / sizeof(shared[0])))
		return why_set(why, -EINVAL,
			"'%.*s' is nothing for a listener that all share",
			word < 64 ? (int)word : 64, line);
	if (opens(id) && !*opened)
		return why_set(why, -EINVAL, "it has to begin with '%s'",
			opens(id));
	return 0;
}

int template_check_label(
	enum template_id id, const char *text, struct why *why)
{
	bool opened = false;
	int r;

	/* These end up in the middle of a line. */
	if (template_defaults[id].in_line && strchr(text, '\n'))
		return why_set(why, -EINVAL, "it has a line break");
	if (template_defaults[id].in_line && strchr(text, '#'))
		return why_set(why, -EINVAL, "it has a '#'");
	if (template_defaults[id].in_line)
		return check_bytes(text, strlen(text), why);
	for (;;) {
		size_t length = strcspn(text, "\n");

		r = check_line(id, text, length, &opened, why);
		if (r < 0)
			return r;
		if (!text[length])
			break;
		text += length + 1;
	}
	if (opens(id) && !opened)
		return why_set(why, -EINVAL, "there is no '%s' in it",
			opens(id));
	return 0;
}

/* As HAProxy takes them apart; a little less than it can read. */
static size_t count_words(const char *line, size_t length)
{
	char quote = '\0';
	bool inside = false;
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		bool blank = !quote && (line[i] == ' ' || line[i] == '\t');

		if (!quote && line[i] == '#')
			break;
		count += !blank && !inside;
		inside = !blank;
		if (line[i] == '\\' && quote != '\'')
			i++;
		else if (quote)
			quote = line[i] == quote ? '\0' : quote;
		else if (line[i] == '"' || line[i] == '\'')
			quote = line[i];
	}
	return count;
}

int template_check_lines(const char *text, size_t length, struct why *why)
{
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t line = end ? (size_t)(end - text) : length;

		if (line > TEXT_LINE_MAX)
			return why_set(why, -E2BIG,
				"a line comes to more than %d bytes",
				TEXT_LINE_MAX);
		if (count_words(text, line) > WORDS_MAX)
			return why_set(why, -E2BIG,
				"a line comes to more than %d words",
				WORDS_MAX);
		line += end != NULL;
		text += line;
		length -= line;
	}
	return 0;
}

struct templates {
	struct template *items[TEMPLATE_COUNT];
	bool given[TEMPLATE_COUNT];
};

int templates_new(const char *const texts[TEMPLATE_COUNT],
	struct templates **ret, struct why *why)
{
	CLEANUP(templates_free) struct templates *templates = NULL;
	int r = 0;

	templates = calloc(1, sizeof(*templates));
	if (!templates)
		return -ENOMEM;
	for (enum template_id id = 0; id < TEMPLATE_COUNT && r == 0; id++) {
		struct why inner = {""};

		templates->given[id] = texts && texts[id];
		r = template_new(id,
			templates->given[id] ? texts[id]
					     : template_defaults[id].text,
			&templates->items[id], &inner);
		if (r < 0)
			why_set(why, r, "template HAPROXY_%s: %s",
				template_name(id), inner.text);
	}
	if (r == 0)
		*ret = take_ptr(&templates);
	return r;
}

void templates_free(struct templates *templates)
{
	if (!templates)
		return;
	for (enum template_id id = 0; id < TEMPLATE_COUNT; id++)
		template_free(templates->items[id]);
	free(templates);
}

const struct template *templates_get(
	const struct templates *templates, enum template_id id)
{
	return templates->items[id];
}

bool templates_given(const struct templates *templates, enum template_id id)
{
	return templates->given[id];
}
