/* SPDX-License-Identifier: MIT */
#include "fetch/jwt.h"

#include <errno.h>

int jwt_sign(const char *payload, const char *key, char **ret,
	struct why *why)
{
	(void)payload;
	(void)key;
	(void)ret;
	return why_set(why, -ENOTSUP,
		"this mmsdfs was built without libcrypto: no DC/OS service "
		"accounts");
}

int jwt_payload(const char *token, char **ret)
{
	(void)token;
	(void)ret;
	return -EINVAL;
}
