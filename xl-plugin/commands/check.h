/* SPDX-License-Identifier: LGPL-2.1-only */
/* check's other questions.  Each returns the exit status. */
#ifndef XL_MEMGUARD_CHECK_H
#define XL_MEMGUARD_CHECK_H

#include "cmd.h"

/* Will everything that xendomains starts come up after a reboot? */
int check_all(const cmd_run *run);

/* Could another host take this one's domUs? */
int check_move(const cmd_run *run);

#endif /* XL_MEMGUARD_CHECK_H */
