/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whether the daemon runs. */
#ifndef XL_MEMGUARD_INPUT_DAEMON_H
#define XL_MEMGUARD_INPUT_DAEMON_H

/* It holds a record lock on this file as long as it lives. */
#define DAEMON_DIR "/run/xlmem"
#define DAEMON_LOCK DAEMON_DIR "/daemon.lock"

/* daemon_find: its process on this machine; 0: it does not run; -1: that is
 * not to be told (who asks may not read the file). */
int daemon_find(void);

/* daemon_holder: the same of a file that is open. */
int daemon_holder(int fd);

#endif /* XL_MEMGUARD_INPUT_DAEMON_H */
