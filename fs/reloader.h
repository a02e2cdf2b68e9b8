/* SPDX-License-Identifier: MIT */
#ifndef FS_RELOADER_H
#define FS_RELOADER_H

/*
 * What --haproxy runs at each change: a process of ours that starts haproxy,
 * or makes the one of the pidfile take the new configuration, with the
 * commands of --haproxy-before-cmd and --haproxy-after-cmd around it. A
 * process, because it waits; to the hooks it is a command as any other, with
 * the same time limit. What goes wrong it prints, and exits with 1.
 *
 * SIGTERM, which also goes to what it waits for, makes it end soon, but not
 * before the after command has run.
 */

#define RELOADER_WORD "haproxy-of-mmsdfs"

/* Its words behind RELOADER_WORD; "" for what was not given. */
enum reloader_word {
	RELOADER_MODE = 1, /* '0' plus an enum haproxy_mode */
	RELOADER_PROGRAM,
	RELOADER_PIDFILE,
	RELOADER_SOCKET,
	RELOADER_BEFORE,
	RELOADER_AFTER,
	RELOADER_WORDS,
};

/* The configuration is $MMSDFS_PATH. Returns the exit status. */
int reloader_main(int argc, char **argv);

#endif
