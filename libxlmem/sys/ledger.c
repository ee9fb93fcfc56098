/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct xlmem__ledger {
    int dir;
    int lock; /* DIR/lock; -1 unless the decision lock is held */
};

struct xlmem__hold {
    xlmem__ledger *ledger;
    int fd;
    char name[32];
};

static int rc_of(int err)
{
    switch (err) {
    case ENOMEM:
        return XLMEM_ERROR_NOMEM;
    case EACCES:
    case EPERM:
    case ELOOP:
        return XLMEM_ERROR_PERM;
    case ENOENT:
        return XLMEM_ERROR_NOTFOUND;
    default:
        return XLMEM_ERROR_IO;
    }
}

/* Ours: of the given kind, our user's, writable for nobody else. */
static bool is_ours(int fd, mode_t kind)
{
    struct stat st;

    return !fstat(fd, &st) && (st.st_mode & S_IFMT) == kind &&
           st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

int xlmem__ledger_open(const char *dir, xlmem__ledger **ledger_r)
{
    xlmem__ledger *ledger = malloc(sizeof(*ledger));
    int rc;

    if (!ledger)
        return XLMEM_ERROR_NOMEM;
    *ledger = (xlmem__ledger){.dir = -1, .lock = -1};
    if (mkdir(dir, 0700) && errno != EEXIST) {
        rc = rc_of(errno);
        goto out;
    }
    ledger->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (ledger->dir < 0) {
        rc = rc_of(errno);
        goto out;
    }
    if (!is_ours(ledger->dir, S_IFDIR)) {
        rc = XLMEM_ERROR_PERM;
        goto out;
    }
    *ledger_r = ledger;
    return 0;

out:
    xlmem__ledger_close(ledger);
    return rc;
}

void xlmem__ledger_close(xlmem__ledger *ledger)
{
    if (!ledger)
        return;
    xlmem__ledger_unlock(ledger);
    if (ledger->dir >= 0)
        close(ledger->dir);
    free(ledger);
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* 0, or errno. */
static int set_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &lock) ? errno : 0;
}

static bool is_held(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

/*
 * F_OFD_SETLKW has no deadline, and a library in somebody else's process has
 * no signal to end it with: so the lock is asked for again and again, and the
 * more often the longer somebody has stood in line.  Of twenty that decide all
 * the time, 300 ms each, nobody waited longer than 17 s this way; with pauses
 * that grew from 1 to 16 ms it was 25 s, because newcomers asked more often.
 */
static void stand_in_line(int64_t waited_ms)
{
    const int64_t ms = waited_ms < 3750 ? 16 - waited_ms / 250 : 1;
    const struct timespec pause = {.tv_nsec = ms * 1000000};

    nanosleep(&pause, NULL);
}

static int lock_until(int fd, int64_t timeout_ms)
{
    const int64_t start = now_ms();
    int r;

    while ((r = set_lock(fd))) {
        if (r != EAGAIN && r != EACCES && r != EINTR)
            return XLMEM_ERROR_IO;
        if (now_ms() - start >= timeout_ms)
            return XLMEM_ERROR_BUSY;
        stand_in_line(now_ms() - start);
    }
    return 0;
}

int xlmem__ledger_lock(xlmem__ledger *ledger, int64_t timeout_ms)
{
    int fd, rc;

    if (ledger->lock >= 0)
        return XLMEM_ERROR_BUSY;
    fd = openat(ledger->dir, "lock",
                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return rc_of(errno);
    rc = is_ours(fd, S_IFREG) ? lock_until(fd, timeout_ms) : XLMEM_ERROR_PERM;
    if (rc)
        close(fd);
    else
        ledger->lock = fd;
    return rc;
}

void xlmem__ledger_unlock(xlmem__ledger *ledger)
{
    if (ledger->lock >= 0)
        close(ledger->lock);
    ledger->lock = -1;
}

/*
 * One write of at most a page: it is there whole or not at all when the owner
 * is killed.  The old text is longer or shorter; the end is marked by NUL.
 */
static int write_text(int fd, const char *text)
{
    size_t len = strlen(text) + 1;

    if (len > XLMEM__LEDGER_TEXT_MAX)
        return XLMEM_ERROR_RANGE;
    return pwrite(fd, text, len, 0) == (ssize_t)len ? 0 : XLMEM_ERROR_IO;
}

/* A new file with a name of our own: PID-N, the first N that is free. */
static int make_file(xlmem__ledger *ledger, char *name, size_t len)
{
    unsigned n;

    for (n = 0; n < 1000000; n++) {
        int fd;

        snprintf(name, len, "%d-%u", (int)getpid(), n);
        fd = openat(ledger->dir, name,
                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

int xlmem__ledger_add(xlmem__ledger *ledger, const char *text,
                      xlmem__hold **hold_r)
{
    xlmem__hold *hold;
    int rc;

    if (ledger->lock < 0)
        return XLMEM_ERROR_INVAL;
    hold = malloc(sizeof(*hold));
    if (!hold)
        return XLMEM_ERROR_NOMEM;
    hold->ledger = ledger;
    hold->fd = make_file(ledger, hold->name, sizeof(hold->name));
    if (hold->fd < 0) {
        rc = rc_of(errno);
        free(hold);
        return rc;
    }
    rc = set_lock(hold->fd) ? XLMEM_ERROR_IO : write_text(hold->fd, text);
    if (rc)
        xlmem__ledger_drop(hold);
    else
        *hold_r = hold;
    return rc;
}

int xlmem__ledger_update(xlmem__hold *hold, const char *text)
{
    return write_text(hold->fd, text);
}

void xlmem__ledger_drop(xlmem__hold *hold)
{
    if (!hold)
        return;
    unlinkat(hold->ledger->dir, hold->name, 0);
    close(hold->fd);
    free(hold);
}

void xlmem__ledger_leave(xlmem__hold *hold)
{
    if (!hold)
        return;
    close(hold->fd);
    free(hold);
}

/* "PID-N" and nothing else. */
static bool is_name(const char *name)
{
    size_t digits = strspn(name, "0123456789");

    if (!digits || name[digits] != '-')
        return false;
    name += digits + 1;
    digits = strspn(name, "0123456789");
    return digits && !name[digits];
}

static int open_entry(xlmem__ledger *ledger, const char *name)
{
    int fd = openat(ledger->dir, name,
                    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd >= 0 && !is_ours(fd, S_IFREG)) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

static bool is_released(int fd)
{
    struct stat st;

    return !fstat(fd, &st) && !st.st_nlink;
}

static int visit(xlmem__ledger *ledger, const char *name, xlmem_ledger_fn *fn,
                 void *user, size_t *foreign)
{
    char text[XLMEM__LEDGER_TEXT_MAX + 1];
    int fd = open_entry(ledger, name), rc = 0;
    ssize_t len;
    bool owned;

    if (fd < 0) {
        *foreign += errno != ENOENT;
        return 0;
    }
    owned = is_held(fd);
    len = pread(fd, text, sizeof(text) - 1, 0);
    if (len < 0) {
        rc = XLMEM_ERROR_IO;
    } else if (!is_released(fd)) {
        text[len] = '\0';
        rc = fn(user, name, text, owned);
    }
    close(fd);
    return rc;
}

int xlmem__ledger_each(xlmem__ledger *ledger, xlmem_ledger_fn *fn, void *user,
                       size_t *foreign_r)
{
    struct dirent *entry;
    size_t foreign = 0;
    int fd, rc = 0;
    DIR *dir;

    if (ledger->lock < 0)
        return XLMEM_ERROR_INVAL;
    fd = openat(ledger->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return rc_of(errno);
    dir = fdopendir(fd);
    if (!dir) {
        rc = rc_of(errno);
        close(fd);
        return rc;
    }
    while (!rc && (entry = readdir(dir))) {
        if (is_name(entry->d_name))
            rc = visit(ledger, entry->d_name, fn, user, &foreign);
        else
            foreign +=
                entry->d_name[0] != '.' && strcmp(entry->d_name, "lock") != 0;
    }
    closedir(dir);
    if (!rc)
        *foreign_r = foreign;
    return rc;
}

int xlmem__ledger_sweep(xlmem__ledger *ledger, const char *name)
{
    int fd, rc = 0;

    if (ledger->lock < 0 || !is_name(name))
        return XLMEM_ERROR_INVAL;
    fd = open_entry(ledger, name);
    if (fd < 0)
        return errno == ENOENT ? 0 : rc_of(errno);
    if (is_held(fd))
        rc = XLMEM_ERROR_BUSY;
    else if (unlinkat(ledger->dir, name, 0) && errno != ENOENT)
        rc = rc_of(errno);
    close(fd);
    return rc;
}
