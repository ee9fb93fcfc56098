/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/psi.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec/text.h"

/*
 * Some process waits for memory a tenth of two seconds: what systemd takes
 * unless told otherwise (sd_event_add_memory_pressure(3), 254).  A window of
 * two seconds, or a multiple, needs no privilege since Linux 6.5
 * (psi_trigger_create in kernel/sched/psi.c).
 */
#define STALL_US 200000
#define WINDOW_MS 2000

/* Two lines of 71 bytes at most. */
#define TEXT_MAX 256

static int psi_rc_of(int e)
{
    switch (e) {
    case ENOENT:     /* built without, or before 5.2 */
    case EOPNOTSUPP: /* built with, booted without psi=1 */
        return XLMEM_ERROR_UNSUPPORTED;
    case EACCES:
    case EPERM:
        return XLMEM_ERROR_PERM;
    default:
        return XLMEM_ERROR_IO;
    }
}

/* "some avg10=0.12 avg60=0.05 avg300=0.01 total=4711", in microseconds. */
static bool read_waited(int fd, uint64_t *us_r)
{
    char text[TEXT_MAX];
    const ssize_t len = pread(fd, text, sizeof(text), 0);
    xlmem__lines lines = xlmem__lines_of(text, len > 0 ? (size_t)len : 0);
    xlmem__str line, word;

    if (!xlmem__next_line(&lines, &line) || !xlmem__str_starts(line, "some "))
        return false;
    while (line.len) {
        word = xlmem__cut(&line, ' ');
        if (!xlmem__str_starts(word, "total="))
            continue;
        word.p += strlen("total=");
        word.len -= strlen("total=");
        return !xlmem__number_all(word, 10, us_r);
    }
    return false;
}

int xlmem__psi_open(const char *path, int64_t now_ms, xlmem__psi *psi_r,
                    xlmem__msg *msg)
{
    static const char trigger[] = "some 200000 2000000";
    xlmem__psi_look now = {.ms = now_ms};
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int e = 0;

    _Static_assert(STALL_US == 200000 && WINDOW_MS == 2000, "the trigger");
    /* The NUL belongs to it. */
    if (fd < 0 || write(fd, trigger, sizeof(trigger)) < 0)
        e = errno;
    else if (!read_waited(fd, &now.waited_us))
        e = EIO;
    if (e) {
        if (fd >= 0)
            close(fd);
        return xlmem__fail(msg, psi_rc_of(e),
                           "no word of dom0's pressure: %s: %s", path,
                           strerror(e));
    }
    *psi_r = (xlmem__psi){.fd = fd, .old = now, .young = now};
    return 0;
}

void xlmem__psi_close(xlmem__psi *psi)
{
    if (psi->fd >= 0)
        close(psi->fd);
    psi->fd = -1;
}

/*
 * The base is a look that is at least a window old, or the first one: what
 * has come to since holds all of the kernel's window.  Half of what the
 * trigger has, because the kernel reckons in part with the window before.
 */
bool xlmem__psi_judge(xlmem__psi *psi, xlmem__psi_look now)
{
    const bool is_young = now.ms - psi->young.ms < WINDOW_MS;
    const xlmem__psi_look base = is_young ? psi->old : psi->young;

    if (now.waited_us - base.waited_us >= STALL_US / 2) {
        psi->old = psi->young = now;
        return true;
    }
    if (!is_young) {
        psi->old = psi->young;
        psi->young = now;
    }
    return false;
}

bool xlmem__psi_fired(xlmem__psi *psi, int64_t now_ms)
{
    struct pollfd pollfd = {.fd = psi->fd, .events = POLLPRI};
    xlmem__psi_look now = {.ms = now_ms};

    if (psi->fd < 0 || !read_waited(psi->fd, &now.waited_us))
        return false;
    /* That nobody has asked before is rare: the whole daemon waits. */
    if (poll(&pollfd, 1, 0) == 1 && (pollfd.revents & POLLPRI)) {
        psi->old = psi->young = now;
        return true;
    }
    return xlmem__psi_judge(psi, now);
}
