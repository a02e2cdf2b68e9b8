/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "fetch/clock.h"

/* Behind each answer. No answer has a line that begins with it. */
#define PROMPT "\n> "
#define PROMPT_LENGTH (sizeof(PROMPT) - 1)
/* Enters the mode; answered by nothing but a prompt. */
#define GREETING "prompt\n"
#define ABSTRACT "abns@"

enum { READ_AT_LEAST = 16384 };

bool haproxy_text_is_safe(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f
			|| strchr("\"';\\<", *text))
			return false;
	return true;
}

void haproxy_batch_done(struct haproxy_batch *batch)
{
	free(batch->commands);
	free(batch->reply);
	free(batch->answers);
	memset(batch, 0, sizeof(*batch));
}

void haproxy_batch_reset(struct haproxy_batch *batch)
{
	batch->commands_length = 0;
	batch->count = 0;
	batch->error = 0;
	batch->reply_length = 0;
	batch->answered = 0;
}

/* Room for more bytes behind length. */
static int reserve(char **text, size_t *space, size_t length, size_t more)
{
	size_t wanted = *space ? *space : READ_AT_LEAST;
	char *grown;

	while (wanted - length < more)
		wanted *= 2;
	if (wanted == *space)
		return 0;
	grown = realloc(*text, wanted);
	if (!grown)
		return -ENOMEM;
	*text = grown;
	*space = wanted;
	return 0;
}

static int append(struct haproxy_batch *batch, const char *text, size_t length)
{
	int r = reserve(&batch->commands, &batch->commands_space,
		batch->commands_length, length);

	if (r < 0)
		return r;
	memcpy(batch->commands + batch->commands_length, text, length);
	batch->commands_length += length;
	return 0;
}

static int add_line(struct haproxy_batch *batch, char *line, size_t length)
{
	int r = 0;

	if (batch->count == HAPROXY_BATCH_MAX)
		return -E2BIG;
	if (!haproxy_text_is_safe(line))
		return -EINVAL;
	if (batch->count == 0)
		r = append(batch, GREETING, sizeof(GREETING) - 1);
	if (r < 0)
		return r;
	line[length] = '\n';
	r = append(batch, line, length + 1);
	if (r == 0)
		batch->count++;
	return r;
}

int haproxy_batch_add(struct haproxy_batch *batch, const char *format, ...)
{
	char line[HAPROXY_COMMAND_MAX];
	va_list arguments;
	int length, r;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(line) - 1)
		r = -E2BIG;
	else
		r = add_line(batch, line, (size_t)length);
	if (r < 0 && batch->error == 0)
		batch->error = r;
	return r;
}

/*
 * haproxy's abstract names fill the whole address, with zeroes behind. -EINVAL
 * for what is too long.
 */
static int address_of(const char *path, struct sockaddr_un *ret)
{
	char *to = ret->sun_path;
	size_t space = sizeof(ret->sun_path);

	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	if (strncmp(path, ABSTRACT, sizeof(ABSTRACT) - 1) == 0) {
		path += sizeof(ABSTRACT) - 1;
		to++;
		space--;
	}
	if (!*path || strlen(path) >= space)
		return -EINVAL;
	memcpy(to, path, strlen(path));
	return 0;
}

/* A queue that is full makes connect() wait: no longer than timeout_ms. */
static int open_socket(const char *path, int timeout_ms, int *ret_fd)
{
	struct timeval patience = {.tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000 + 1};
	CLEANUP(close) int fd = -1;
	struct sockaddr_un address;
	int r;

	r = address_of(path, &address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience))
		< 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* One batch on its way. */
struct exchange {
	struct haproxy_batch *batch;
	int fd;
	int64_t deadline;
	size_t sent;
	size_t prompts; /* that were read */
	size_t looked;  /* bytes of the reply that were searched for prompts */
	size_t began;   /* where the answer that is being read begins */
};

static int send_some(struct exchange *exchange)
{
	struct haproxy_batch *batch = exchange->batch;
	ssize_t n;

	n = send(exchange->fd, batch->commands + exchange->sent,
		batch->commands_length - exchange->sent, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	exchange->sent += (size_t)n;
	return 0;
}

/* The answer ends at end: its begin is kept, unless it is the greeting's. */
static void answer_ends(struct exchange *exchange, size_t end)
{
	struct haproxy_batch *batch = exchange->batch;
	size_t begin = exchange->began;

	if (exchange->prompts > 0 && batch->answered < batch->count)
		batch->answers[batch->answered++] = begin;
	while (end > begin && batch->reply[end - 1] == '\n')
		end--;
	batch->reply[end] = '\0';
	exchange->prompts++;
}

/* Cuts what came since last time at the prompts. */
static void find_prompts(struct exchange *exchange)
{
	struct haproxy_batch *batch = exchange->batch;
	const char *found;

	while (exchange->looked < batch->reply_length) {
		found = memmem(batch->reply + exchange->looked,
			batch->reply_length - exchange->looked, PROMPT,
			PROMPT_LENGTH);
		if (!found) {
			/* the last bytes may be the begin of one */
			if (batch->reply_length - exchange->looked
				>= PROMPT_LENGTH)
				exchange->looked =
					batch->reply_length - PROMPT_LENGTH + 1;
			return;
		}
		answer_ends(exchange, (size_t)(found - batch->reply));
		exchange->looked =
			(size_t)(found - batch->reply) + PROMPT_LENGTH;
		exchange->began = exchange->looked;
	}
}

static int receive_some(struct exchange *exchange)
{
	struct haproxy_batch *batch = exchange->batch;
	ssize_t n;
	int r;

	if (batch->reply_length >= HAPROXY_REPLY_MAX)
		return -EMSGSIZE;
	r = reserve(&batch->reply, &batch->reply_space, batch->reply_length,
		READ_AT_LEAST);
	if (r < 0)
		return r;
	n = recv(exchange->fd, batch->reply + batch->reply_length,
		batch->reply_space - batch->reply_length, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	batch->reply_length += (size_t)n;
	find_prompts(exchange);
	return 0;
}

/* Both ways at once: haproxy stops to read while its answers are not. */
static int exchange_turn(struct exchange *exchange)
{
	struct pollfd wait = {.fd = exchange->fd, .events = POLLIN};
	int64_t left = exchange->deadline - clock_now_ms();
	int r;

	if (left <= 0)
		return -ETIMEDOUT;
	if (exchange->sent < exchange->batch->commands_length)
		wait.events |= POLLOUT;
	r = poll(&wait, 1, (int)left);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (wait.revents & POLLOUT) {
		r = send_some(exchange);
		if (r < 0)
			return r;
	}
	if (wait.revents & ~POLLOUT)
		return receive_some(exchange);
	return 0;
}

static int exchange_all(
	struct haproxy_batch *batch, const char *path, int timeout_ms)
{
	struct exchange exchange = {.batch = batch};
	CLEANUP(close) int fd = -1;
	int r;

	exchange.deadline = clock_now_ms() + timeout_ms;
	r = open_socket(path, timeout_ms, &fd);
	exchange.fd = fd;
	while (r == 0 && exchange.prompts <= batch->count)
		r = exchange_turn(&exchange);
	return r;
}

static int answers_reserve(struct haproxy_batch *batch)
{
	size_t *grown;

	if (batch->count <= batch->answers_space)
		return 0;
	grown = reallocarray(batch->answers, batch->count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	batch->answers = grown;
	batch->answers_space = batch->count;
	return 0;
}

int haproxy_socket_ask(const char *path, int timeout_ms,
	struct haproxy_batch *batch, struct why *why)
{
	int r = batch->error;

	batch->reply_length = 0;
	batch->answered = 0;
	if (r == 0)
		r = answers_reserve(batch);
	if (r == 0 && batch->count > 0)
		r = exchange_all(batch, path, timeout_ms);
	if (r == -ETIMEDOUT)
		return why_set(why, r, "%s: no complete answer in %d ms", path,
			timeout_ms);
	if (r == -EMSGSIZE)
		return why_set(why, r, "%s: an answer without end", path);
	if (r == -ECONNRESET || r == -EPIPE)
		return why_set(why, -ECONNRESET,
			"%s: closed before the last answer", path);
	if (r < 0)
		return why_set(why, r, "%s: %s", path, strerror(-r));
	return 0;
}

const char *haproxy_batch_answer(
	const struct haproxy_batch *batch, size_t index)
{
	return index < batch->answered ? batch->reply + batch->answers[index]
				       : "";
}
