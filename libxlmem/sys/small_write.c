/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/small_write.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef struct raised {
    struct rlimit was;
    rlim_t now; /* 0: nothing was changed */
} raised;

static raised raise_limit(size_t len)
{
    raised r = {.now = 0};
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &r.was) || r.was.rlim_cur >= len)
        return r;
    limit = r.was;
    limit.rlim_cur = len;
    if (limit.rlim_max < len)
        limit.rlim_max = len;
    if (!setrlimit(RLIMIT_FSIZE, &limit))
        r.now = len;
    return r;
}

/* What somebody else has set meanwhile stays. */
static void put_back(const raised *r)
{
    struct rlimit limit;

    if (r->now && !getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur == r->now)
        setrlimit(RLIMIT_FSIZE, &r->was);
}

/* @at: < 0: where the descriptor stands. */
static int write_once(int fd, const void *buf, size_t len, off_t at)
{
    ssize_t r = at < 0 ? write(fd, buf, len) : pwrite(fd, buf, len, at);

    if (r < 0)
        return errno;
    return (size_t)r == len ? 0 : ENOSPC;
}

/* The signal of a write is this thread's, and comes with EFBIG and nothing
 * else (generic_write_check_limits in fs/read_write.c, Linux 5.10 to 6.12);
 * one that waited before stays.  On Linux sigprocmask is about this thread,
 * too; pthread_sigmask would need a library of its own before glibc 2.32. */
static int write_shielded(int fd, const void *buf, size_t len, off_t at)
{
    const struct timespec none = {0, 0};
    sigset_t signal, before, pending;
    bool waited;
    int e;

    sigemptyset(&signal);
    sigaddset(&signal, SIGXFSZ);
    if (sigprocmask(SIG_BLOCK, &signal, &before))
        return errno;
    waited = !sigpending(&pending) && sigismember(&pending, SIGXFSZ);
    e = write_once(fd, buf, len, at);
    if (e == EFBIG && !waited)
        while (sigtimedwait(&signal, NULL, &none) < 0 && errno == EINTR)
            ;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return e;
}

int xlmem__write_quietly(int fd, const void *buf, size_t len)
{
    return write_shielded(fd, buf, len, -1);
}

/* A limit in the middle of the text lets a part of it be written. */
int xlmem__small_write(int fd, const void *buf, size_t len)
{
    struct rlimit limit;
    raised r = raise_limit(len);
    int e = write_shielded(fd, buf, len, 0);

    put_back(&r);
    if (e == ENOSPC && !r.now && !getrlimit(RLIMIT_FSIZE, &limit) &&
        limit.rlim_cur < len)
        e = EFBIG;
    return e;
}
