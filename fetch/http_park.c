/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "fetch/clock.h"
#include "fetch/http_impl.h"

static struct login *login_of(const struct http_request *request)
{
	const struct http_call *call = &request->call;

	return call->identity && !call->nameless ? call->identity->login
						 : NULL;
}

bool request_is_due(const struct http_request *request)
{
	const struct login *login = login_of(request);

	return !login || !login_is_pending(login);
}

int request_begin(struct http_request *request)
{
	int r;

	request->last_byte = clock_now_ms();
	request->parked = !request_is_due(request);
	if (request->parked)
		return 0;
	r = request_introduce(request);
	if (r < 0)
		return r;
	return curl_multi_add_handle(request->http->multi, request->easy)
			!= CURLM_OK
		? -ENOMEM
		: 0;
}

/* Nothing of its answer is known any more. */
static void start_over(struct http_request *request)
{
	request->decoded = request->skip = request->head_size = 0;
	request->head_ended = false;
	request->leader[0] = request->index[0] = '\0';
	request->coding[0] = request->answered[0] = '\0';
	request->words[0] = request->why.text[0] = '\0';
}

bool request_park(struct http_request *request, const struct http_head *head)
{
	struct login *login = login_of(request);

	/* By the server itself, that is, and not by one it leads to. */
	if (!login || head->status != 401 || head->redirected)
		return false;
	if (!login_refused(login, request->token))
		return false;
	/* What the caller has seen of an answer cannot be taken back. */
	if (request->again || request->head_said)
		return false;
	curl_multi_remove_handle(request->http->multi, request->easy);
	start_over(request);
	request->again = request->parked = true;
	return true;
}
