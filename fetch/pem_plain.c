/* SPDX-License-Identifier: MIT */
#include "fetch/pem.h"

#include <errno.h>
#include <string.h>

int pem_check_certificates(
	const char *text, const char *path, struct why *why)
{
	if (strstr(text, "-----BEGIN CERTIFICATE-----")
		&& strstr(text, "-----END CERTIFICATE-----"))
		return 0;
	return why_set(why, -EINVAL, "%s: no certificate in it", path);
}

int pem_check_pair(const struct pem_pair *pair, struct why *why)
{
	int r = pem_check_certificates(
		pair->certificate, pair->certificate_path, why);

	if (r < 0)
		return r;
	if (!strstr(pair->key, "PRIVATE KEY-----"))
		return why_set(why, -EINVAL, "%s: no private key in it",
			pair->key_path);
	if (!pair->pass && strstr(pair->key, "ENCRYPTED"))
		return why_set(why, -EINVAL,
			"%s: the key has a passphrase (see the "
			"options *-key-pass-file)",
			pair->key_path);
	return 0;
}
