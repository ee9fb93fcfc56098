/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A write beyond `ulimit -f` (RLIMIT_FSIZE) is answered with SIGXFSZ, which
 * ends a program that does not expect it, and xl writes no file for most of
 * what it does.  So the signal is blocked in this thread while the guard is at
 * work, and what came of that is taken away before it is let through again:
 * the write has failed with EFBIG, like any other.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "guard.h"

/* One that was there before is the program's own. */
static __thread bool raised, was_blocked, was_pending;

static sigset_t the_signal(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    return set;
}

void guard_shield_raise(void)
{
    const sigset_t set = the_signal();
    sigset_t pending, before;

    if (raised)
        return;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending = sigismember(&pending, SIGXFSZ) == 1;
    raised = !pthread_sigmask(SIG_BLOCK, &set, &before);
    was_blocked = raised && sigismember(&before, SIGXFSZ) == 1;
}

void guard_shield_lower(void)
{
    const sigset_t set = the_signal();
    const struct timespec at_once = {0, 0};
    const int e = errno;

    if (!raised)
        return;
    raised = false;
    while (!was_pending && sigtimedwait(&set, NULL, &at_once) < 0 &&
           errno == EINTR)
        ;
    if (!was_blocked)
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    errno = e;
}
