/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/root.h"

struct xlmem__ledger {
    char *path;
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
    return err == ELOOP ? XLMEM_ERROR_PERM : xlmem__rc_of_errno(err);
}

/* What the system said of DIR/@name, or of DIR where that is "". */
static int fail(const xlmem__ledger *ledger, const char *name, int err,
                xlmem__msg *msg)
{
    return xlmem__fail(msg, rc_of(err), "%s%s%s: %s", ledger->path,
                       *name ? "/" : "", name,
                       err == ELOOP ? "is a symbolic link" : strerror(err));
}

/* Ours: of the given kind, our user's, writable for nobody else. */
static int must_be_ours(const xlmem__ledger *ledger, int fd, mode_t kind,
                        const char *name, xlmem__msg *msg)
{
    const char *slash = *name ? "/" : "";
    struct stat st;

    if (fstat(fd, &st))
        return fail(ledger, name, errno, msg);
    if ((st.st_mode & S_IFMT) != kind)
        return xlmem__fail(msg, XLMEM_ERROR_PERM, "%s%s%s: is not a %s",
                           ledger->path, slash, name,
                           kind == S_IFDIR ? "directory" : "regular file");
    if (st.st_uid != geteuid())
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "%s%s%s: belongs to user %u, not to user %u",
                           ledger->path, slash, name, (unsigned)st.st_uid,
                           (unsigned)geteuid());
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "%s%s%s: mode %04o: others could write to it",
                           ledger->path, slash, name,
                           (unsigned)st.st_mode & 07777);
    return 0;
}

/* O_DIRECTORY says of a link what it says of a file. */
static int open_dir(xlmem__ledger *ledger, xlmem__msg *msg)
{
    struct stat st;

    if (mkdir(ledger->path, 0700) && errno != EEXIST)
        return fail(ledger, "", errno, msg);
    ledger->dir =
        open(ledger->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (ledger->dir >= 0)
        return must_be_ours(ledger, ledger->dir, S_IFDIR, "", msg);
    if (errno == ENOTDIR && !lstat(ledger->path, &st) && S_ISLNK(st.st_mode))
        errno = ELOOP;
    return fail(ledger, "", errno, msg);
}

int xlmem__ledger_open(const char *dir, xlmem__ledger **ledger_r,
                       xlmem__msg *msg)
{
    xlmem__ledger *ledger = malloc(sizeof(*ledger));
    int rc;

    if (!ledger)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    *ledger = (xlmem__ledger){.path = strdup(dir), .dir = -1, .lock = -1};
    rc = ledger->path ? open_dir(ledger, msg)
                      : xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    if (rc)
        xlmem__ledger_close(ledger);
    else
        *ledger_r = ledger;
    return rc;
}

void xlmem__ledger_close(xlmem__ledger *ledger)
{
    if (!ledger)
        return;
    xlmem__ledger_unlock(ledger);
    if (ledger->dir >= 0)
        close(ledger->dir);
    free(ledger->path);
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

static int lock_until(const xlmem__ledger *ledger, int fd, int64_t timeout_ms,
                      xlmem__msg *msg)
{
    const int64_t start = now_ms();
    int r;

    while ((r = set_lock(fd))) {
        if (r != EAGAIN && r != EACCES && r != EINTR)
            return fail(ledger, "lock", r, msg);
        if (now_ms() - start >= timeout_ms)
            return xlmem__fail(msg, XLMEM_ERROR_BUSY,
                               "%s/lock: held by others for %" PRId64 " ms",
                               ledger->path, timeout_ms);
        stand_in_line(now_ms() - start);
    }
    return 0;
}

int xlmem__ledger_lock(xlmem__ledger *ledger, int64_t timeout_ms,
                       xlmem__msg *msg)
{
    int fd, rc;

    if (ledger->lock >= 0)
        return xlmem__fail(msg, XLMEM_ERROR_BUSY, "%s/lock: held already",
                           ledger->path);
    fd = openat(ledger->dir, "lock",
                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return fail(ledger, "lock", errno, msg);
    rc = must_be_ours(ledger, fd, S_IFREG, "lock", msg);
    if (!rc)
        rc = lock_until(ledger, fd, timeout_ms, msg);
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
static int write_text(const xlmem__hold *hold, const char *text,
                      xlmem__msg *msg)
{
    size_t len = strlen(text) + 1;
    ssize_t r;

    if (len > XLMEM__LEDGER_TEXT_MAX)
        return xlmem__fail(msg, XLMEM_ERROR_RANGE,
                           "%s/%s: a text of %zu bytes is too long",
                           hold->ledger->path, hold->name, len - 1);
    r = pwrite(hold->fd, text, len, 0);
    if (r == (ssize_t)len)
        return 0;
    return fail(hold->ledger, hold->name, r < 0 ? errno : ENOSPC, msg);
}

static int not_locked(const xlmem__ledger *ledger, xlmem__msg *msg)
{
    return xlmem__fail(msg, XLMEM_ERROR_INVAL,
                       "%s: used without the decision lock", ledger->path);
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
                      xlmem__hold **hold_r, xlmem__msg *msg)
{
    xlmem__hold *hold;
    int rc;

    if (ledger->lock < 0)
        return not_locked(ledger, msg);
    hold = malloc(sizeof(*hold));
    if (!hold)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    hold->ledger = ledger;
    hold->fd = make_file(ledger, hold->name, sizeof(hold->name));
    if (hold->fd < 0) {
        rc = fail(ledger, hold->name, errno, msg);
        free(hold);
        return rc;
    }
    rc = set_lock(hold->fd);
    rc = rc ? fail(ledger, hold->name, rc, msg) : write_text(hold, text, msg);
    if (rc)
        xlmem__ledger_drop(hold);
    else
        *hold_r = hold;
    return rc;
}

int xlmem__ledger_update(xlmem__hold *hold, const char *text, xlmem__msg *msg)
{
    return write_text(hold, text, msg);
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

/* What can stand in a directory and is no file of ours. */
static bool is_odd(int err)
{
    return err == ELOOP || err == EISDIR || err == ENXIO || err == ENODEV ||
           err == EACCES || err == EPERM;
}

/* Returns 0 and *fd_r; XLMEM_ERROR_NOTFOUND; XLMEM_ERROR_PERM (it is not
 * ours); what else the system said: it may well be ours. */
static int open_entry(xlmem__ledger *ledger, const char *name, int *fd_r,
                      xlmem__msg *msg)
{
    int fd = openat(ledger->dir, name,
                    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int rc, e = errno;

    if (fd < 0) {
        rc = fail(ledger, name, e, msg);
        return is_odd(e) ? XLMEM_ERROR_PERM : rc;
    }
    rc = must_be_ours(ledger, fd, S_IFREG, name, msg);
    if (rc)
        close(fd);
    else
        *fd_r = fd;
    return rc;
}

static bool is_released(int fd)
{
    struct stat st;

    return !fstat(fd, &st) && !st.st_nlink;
}

/* One walk over the entries. */
typedef struct walk {
    xlmem__ledger *ledger;
    xlmem_ledger_fn *fn;
    void *user;
    size_t foreign;
} walk;

static int visit(walk *w, const char *name, xlmem__msg *msg)
{
    char text[XLMEM__LEDGER_TEXT_MAX + 1];
    int fd, rc = open_entry(w->ledger, name, &fd, msg);
    ssize_t len;
    bool owned;

    if (rc == XLMEM_ERROR_NOTFOUND)
        return 0;
    if (rc == XLMEM_ERROR_PERM) {
        w->foreign++;
        return 0;
    }
    if (rc)
        return rc;
    owned = is_held(fd);
    len = pread(fd, text, sizeof(text) - 1, 0);
    if (len < 0) {
        rc = fail(w->ledger, name, errno, msg);
    } else if (!is_released(fd)) {
        text[len] = '\0';
        rc = w->fn(w->user, name, text, owned);
    }
    close(fd);
    return rc;
}

static int open_list(xlmem__ledger *ledger, DIR **dir_r, xlmem__msg *msg)
{
    int fd = openat(ledger->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    int rc;

    if (!dir) {
        rc = fail(ledger, "", errno, msg);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    *dir_r = dir;
    return 0;
}

int xlmem__ledger_each(xlmem__ledger *ledger, xlmem_ledger_fn *fn, void *user,
                       size_t *foreign_r, xlmem__msg *msg)
{
    walk w = {ledger, fn, user, 0};
    struct dirent *entry;
    DIR *dir = NULL;
    int rc;

    if (ledger->lock < 0)
        return not_locked(ledger, msg);
    rc = open_list(ledger, &dir, msg);
    if (rc)
        return rc;
    while (!rc && (entry = readdir(dir))) {
        if (is_name(entry->d_name))
            rc = visit(&w, entry->d_name, msg);
        else
            w.foreign +=
                entry->d_name[0] != '.' && strcmp(entry->d_name, "lock") != 0;
    }
    closedir(dir);
    if (!rc)
        *foreign_r = w.foreign;
    return rc;
}

int xlmem__ledger_sweep(xlmem__ledger *ledger, const char *name,
                        xlmem__msg *msg)
{
    int fd, rc;

    if (ledger->lock < 0)
        return not_locked(ledger, msg);
    if (!is_name(name))
        return xlmem__fail(msg, XLMEM_ERROR_INVAL, "%s: no name of an entry",
                           name);
    rc = open_entry(ledger, name, &fd, msg);
    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    if (is_held(fd))
        rc = xlmem__fail(msg, XLMEM_ERROR_BUSY, "%s/%s: has an owner",
                         ledger->path, name);
    else if (unlinkat(ledger->dir, name, 0) && errno != ENOENT)
        rc = fail(ledger, name, errno, msg);
    close(fd);
    return rc;
}
