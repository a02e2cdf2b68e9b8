/* SPDX-License-Identifier: MIT */
#ifndef FS_HAPROXY_WORDS_H
#define FS_HAPROXY_WORDS_H

/*
 * The words behind the address in a "server" line of haproxy.cfg. Pure.
 *
 * What haproxy takes in "add server", tried with 2.6.12: check, check-ssl,
 * check-send-proxy, port, addr, inter, fastinter, downinter, rise, fall, id,
 * weight, maxconn, minconn, maxqueue, backup, disabled, enabled, send-proxy,
 * send-proxy-v2, ssl, verify, sni, alpn, proto, track, slowstart, observe,
 * error-limit, on-error, on-marked-down, on-marked-up, agent-check. "check-ssl"
 * and "ssl" want "verify none" beside them unless ca-file is there.
 *
 * What it refuses: cookie, init-addr, resolvers, resolve-prefer, redir,
 * namespace, tcp-ut, non-stick, socks4, max-reuse, log-proto, no-check, no-ssl.
 * Later versions take more, so that we ask haproxy, and do not judge by a
 * table.
 *
 * A server added so gets nothing of "default-server": those words have to be
 * given with it.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * What a server is, but for what has a field of its own or can be changed
 * while haproxy runs: defaults (may be NULL) and words, with single spaces,
 * without weight, maxconn, id, enabled, disabled, and without init-addr, which
 * says nothing where the address is a number. The caller frees *ret. -ENOMEM.
 */
int haproxy_words_options(const char *defaults, const char *words, char **ret);

/*
 * Whether the word is there, not as the value of another, and not taken back
 * by a later "no-" word.
 */
bool haproxy_words_have(const char *options, const char *word);

/*
 * The value behind the last such word; "" when there is none. One that does
 * not fit is cut.
 */
void haproxy_words_value(
	const char *options, const char *word, char *ret, size_t size);

#endif
