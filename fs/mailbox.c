/* SPDX-License-Identifier: MIT */
#include "fs/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

struct mailbox {
	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	struct mail mail; /* by lock */
};

int mailbox_new(struct mailbox **ret)
{
	pthread_condattr_t monotonic;
	struct mailbox *mailbox;

	mailbox = calloc(1, sizeof(*mailbox));
	if (!mailbox)
		return -ENOMEM;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&mailbox->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&mailbox->lock, NULL);
	*ret = mailbox;
	return 0;
}

void mailbox_free(struct mailbox *mailbox)
{
	if (!mailbox)
		return;
	catalog_unref(mailbox->mail.catalog);
	problems_done(&mailbox->mail.problems);
	setup_unref(mailbox->mail.setup);
	pthread_cond_destroy(&mailbox->changed);
	pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}

void mailbox_put_catalog(struct mailbox *mailbox, struct catalog *catalog)
{
	struct catalog *skipped;

	pthread_mutex_lock(&mailbox->lock);
	skipped = mailbox->mail.catalog;
	mailbox->mail.catalog = catalog;
	pthread_cond_signal(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
	catalog_unref(skipped);
}

void mailbox_put_reports(struct mailbox *mailbox,
	const struct source_report *reports, size_t count)
{
	if (count > SOURCES_MAX)
		count = SOURCES_MAX;
	pthread_mutex_lock(&mailbox->lock);
	memcpy(mailbox->mail.reports, reports, count * sizeof(*reports));
	mailbox->mail.report_count = count;
	mailbox->mail.has_reports = true;
	pthread_cond_signal(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_put_hosts(
	struct mailbox *mailbox, const struct hosts_report *hosts)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->mail.hosts = *hosts;
	mailbox->mail.has_reports = true;
	pthread_cond_signal(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_put_problems(struct mailbox *mailbox, struct problems *problems)
{
	struct problems skipped;

	pthread_mutex_lock(&mailbox->lock);
	skipped = mailbox->mail.problems;
	mailbox->mail.problems = *problems;
	mailbox->mail.has_problems = true;
	pthread_cond_signal(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
	problems_done(&skipped);
	*problems = (struct problems){NULL, 0, 0};
}

void mailbox_put_setup(struct mailbox *mailbox, struct setup *setup,
	const struct reread *reread)
{
	struct setup *skipped = setup;

	pthread_mutex_lock(&mailbox->lock);
	mailbox->mail.reread = *reread;
	if (setup) {
		skipped = mailbox->mail.setup;
		mailbox->mail.setup = setup;
	}
	mailbox->mail.woken = true;
	pthread_cond_signal(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
	setup_unref(skipped);
}

void mailbox_wake(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->mail.woken = true;
	pthread_cond_signal(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_stop(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->mail.stop = true;
	pthread_cond_signal(&mailbox->changed);
	pthread_mutex_unlock(&mailbox->lock);
}

/* Under the lock: until there is something, or the time is up. */
static void wait_for_mail(struct mailbox *mailbox, int timeout_ms)
{
	struct mail *mail = &mailbox->mail;
	struct timespec deadline;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += timeout_ms / 1000;
	deadline.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_nsec -= 1000000000;
		deadline.tv_sec++;
	}
	while (r == 0 && !mail->catalog && !mail->has_reports
		&& !mail->has_problems && !mail->woken && !mail->stop)
		r = timeout_ms < 0 ? pthread_cond_wait(&mailbox->changed,
					     &mailbox->lock)
				   : pthread_cond_timedwait(&mailbox->changed,
					     &mailbox->lock, &deadline);
}

void mailbox_take(struct mailbox *mailbox, int timeout_ms, struct mail *ret)
{
	struct mail *mail = &mailbox->mail;

	pthread_mutex_lock(&mailbox->lock);
	wait_for_mail(mailbox, timeout_ms);
	ret->catalog = take_ptr(&mail->catalog);
	ret->setup = take_ptr(&mail->setup);
	ret->reread = mail->reread;
	ret->has_reports = mail->has_reports;
	ret->woken = mail->woken;
	mail->woken = false;
	ret->stop = mail->stop;
	if (mail->has_reports) {
		memcpy(ret->reports, mail->reports,
			mail->report_count * sizeof(mail->reports[0]));
		ret->report_count = mail->report_count;
		ret->hosts = mail->hosts;
		mail->has_reports = false;
	}
	if (mail->has_problems) {
		problems_done(&ret->problems);
		ret->problems = mail->problems;
		mail->problems = (struct problems){NULL, 0, 0};
		mail->has_problems = false;
	}
	pthread_mutex_unlock(&mailbox->lock);
}
