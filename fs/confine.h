/* SPDX-License-Identifier: MIT */
#ifndef FS_CONFINE_H
#define FS_CONFINE_H

/*
 * The notifier's last step before it serves: from now on it can make only the
 * system calls that its few verbs need; any other gives EPERM. Does nothing in
 * a build without libseccomp.
 */
int confine_notifier(void);

#endif
