/* SPDX-License-Identifier: MIT */
#include "tests/marathon/wire.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VECTOR_MAX = 1024 };

struct tls {
	gnutls_certificate_credentials_t credentials;
};

int tls_new(const char *cert, const char *key, struct tls **ret)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		return -ENOMEM;
	if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0) {
		free(tls);
		return -ENOMEM;
	}
	if (gnutls_certificate_set_x509_key_file(tls->credentials, cert, key,
		    GNUTLS_X509_FMT_PEM) < 0) {
		tls_free(tls);
		return -EINVAL;
	}
	*ret = tls;
	return 0;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	gnutls_certificate_free_credentials(tls->credentials);
	free(tls);
}

static int session_init(struct wire *wire, struct tls *tls)
{
	gnutls_session_t session;
	int r;

	if (gnutls_init(&session, GNUTLS_SERVER) < 0)
		return -ENOMEM;
	wire->session = session;
	gnutls_set_default_priority(session);
	gnutls_credentials_set(
		session, GNUTLS_CRD_CERTIFICATE, tls->credentials);
	gnutls_transport_set_int(session, wire->fd);
	do {
		r = gnutls_handshake(session);
	} while (r < 0 && !gnutls_error_is_fatal(r) && r != GNUTLS_E_AGAIN);
	return r < 0 ? -EPROTO : 0;
}

int wire_init(struct wire *wire, int fd, struct tls *tls)
{
	int on = 1;
	int r;

	wire->fd = fd;
	wire->session = NULL;
	/* each write is a segment of its own: the heartbeat's CR and LF */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!tls)
		return 0;
	r = session_init(wire, tls);
	if (r < 0)
		wire_done(wire);
	return r;
}

void wire_done(struct wire *wire)
{
	if (wire->session) {
		gnutls_bye(wire->session, GNUTLS_SHUT_WR);
		gnutls_deinit(wire->session);
	}
	wire->session = NULL;
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}

void wire_reset(struct wire *wire)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	if (wire->session)
		gnutls_deinit(wire->session);
	wire->session = NULL;
	close(wire->fd);
	wire->fd = -1;
}

void wire_cut(struct wire *wire)
{
	shutdown(wire->fd, SHUT_RDWR);
}

ssize_t wire_read(struct wire *wire, void *data, size_t size)
{
	ssize_t r;

	if (wire->session) {
		do {
			r = gnutls_record_recv(wire->session, data, size);
		} while (r == GNUTLS_E_INTERRUPTED);
		if (r == GNUTLS_E_AGAIN)
			return -EAGAIN;
		return r < 0 ? -ECONNRESET : r;
	}
	do {
		r = recv(wire->fd, data, size, 0);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

bool wire_pending(struct wire *wire)
{
	return wire->session && gnutls_record_check_pending(wire->session);
}

static ssize_t write_some(struct wire *wire, const struct iovec *vector,
	size_t count)
{
	struct msghdr message = {0};
	struct iovec copy[VECTOR_MAX];
	ssize_t r;
	size_t i;

	if (wire->session) {
		r = gnutls_record_send(wire->session, vector->iov_base,
			vector->iov_len);
		return r < 0 ? -EPIPE : r;
	}
	for (i = 0; i < count && i < VECTOR_MAX; i++)
		copy[i] = vector[i];
	message.msg_iov = copy;
	message.msg_iovlen = i;
	do {
		r = sendmsg(wire->fd, &message, MSG_NOSIGNAL);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

int wire_write_vector(struct wire *wire, struct iovec *vector, size_t count)
{
	ssize_t r;
	size_t n;

	while (count) {
		if (!vector->iov_len) {
			vector++;
			count--;
			continue;
		}
		r = write_some(wire, vector, count);
		if (r < 0)
			return (int)r;
		for (n = (size_t)r; count && n >= vector->iov_len; count--)
			n -= (vector++)->iov_len;
		if (count) {
			vector->iov_base = (char *)vector->iov_base + n;
			vector->iov_len -= n;
		}
	}
	return 0;
}

int wire_write(struct wire *wire, const void *data, size_t len)
{
	union {
		const void *in;
		void *out;
	} base = {data};
	struct iovec vector = {base.out, len};

	return wire_write_vector(wire, &vector, 1);
}
