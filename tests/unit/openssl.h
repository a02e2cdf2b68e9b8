/* SPDX-License-Identifier: MIT */
#ifndef TESTS_OPENSSL_H
#define TESTS_OPENSSL_H

/*
 * The program openssl, which is the test's first argument, in a directory of
 * its own: certificates made on the fly, servers, and somebody else's opinion
 * of a signature.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes the directory, and removes it with all that is in it. */
void openssl_begin(void);
void openssl_end(void);

/* The path of a file there; valid until the eighth call from now. */
const char *openssl_path(const char *name);
/* In place, and as if nothing had happened: its times stay. */
void openssl_write(const char *name, const char *text, size_t length);
/* The bytes of one file, or of two, become those of another. */
void openssl_copy(const char *to, const char *from, const char *more);

/* Runs it with the words of format, parted by blanks; true: exit status 0. */
__attribute__((format(printf, 1, 2))) bool openssl_run(
	const char *format, ...);

/* NAME.key and NAME.pem: an authority that signs itself. */
void openssl_authority(const char *name);
/*
 * NAME.key and NAME.pem, signed by that authority; for is a subjectAltName.
 */
void openssl_certificate(
	const char *name, const char *authority, const char *for_whom);

/*
 * s_server, with more options, serving the directory's files. Until it says on
 * which port.
 */
pid_t openssl_serve(const char *certificate, const char *more,
	uint16_t *ret_port);
void openssl_stop(pid_t pid);

#endif
