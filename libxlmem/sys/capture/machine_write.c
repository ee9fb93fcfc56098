/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/capture/machine_write.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "private/guard.h"
#include "sys/root.h"

static int say_errno(xlmem__msg *msg, const char *path, int e)
{
    return xlmem__fail(msg, xlmem__rc_of_errno(e), "/%s: %s", path,
                       strerror(e));
}

/* ------------------------------------------------------------ settings --- */

/* One write: the kernel takes what it is given as a whole, or says why not. */
int xlmem__machine_write_setting(int root, const char *path, const char *value,
                                 xlmem__msg *msg)
{
    const size_t len = strlen(value);
    ssize_t r;
    int fd, e;

    fd = openat(root, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return say_errno(msg, path, errno);
    do
        r = write(fd, value, len);
    while (r < 0 && errno == EINTR);
    e = r < 0 ? errno : (size_t)r == len ? 0 : EIO;
    close(fd);
    return e ? say_errno(msg, path, e) : 0;
}

/* --------------------------------------------------------------- files --- */

/* A file that is replaced: where it is, and what stands there. */
typedef struct replaced {
    int dir;
    const char *path, *name;
    struct stat old;
    bool is_new;
    char temporary[128];
} replaced;

static int open_place(int root, const char *path, replaced *file)
{
    const char *slash = strrchr(path, '/');
    char dir[256];
    int len =
        slash ? snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path)
              : -1;

    file->path = path;
    file->name = slash ? slash + 1 : path;
    if (len <= 0 || (size_t)len >= sizeof(dir))
        return ENAMETOOLONG;
    if (!strcmp(dir, "run/xlmem") && mkdirat(root, dir, 0755) &&
        errno != EEXIST)
        return errno;
    file->dir = openat(root, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->dir < 0 ? errno : 0;
}

/* A link leads to a file that somebody keeps elsewhere: renaming over it would
 * cut them apart. */
static int look_at_old(replaced *file)
{
    if (fstatat(file->dir, file->name, &file->old, AT_SYMLINK_NOFOLLOW)) {
        file->is_new = errno == ENOENT;
        return file->is_new ? 0 : errno;
    }
    return S_ISREG(file->old.st_mode) ? 0 : ELOOP;
}

static int fill_file(int fd, const char *text, size_t len)
{
    while (len) {
        const ssize_t r = write(fd, text, len);

        if (r < 0 && errno != EINTR)
            return errno;
        if (r > 0) {
            text += r;
            len -= (size_t)r;
        }
    }
    return 0;
}

/* As secret as the old one, and whose it was: the owner first, which takes
 * bits of the mode away. */
static int keep_mode(const replaced *file, int fd)
{
    if (file->is_new)
        return fchmod(fd, 0644) ? errno : 0;
    if (fchown(fd, file->old.st_uid, file->old.st_gid) ||
        fchmod(fd, file->old.st_mode & 07777))
        return errno;
    return 0;
}

static int write_beside(replaced *file, const char *text, size_t len)
{
    int fd, e;

    snprintf(file->temporary, sizeof(file->temporary), ".%.64s.memguard-%ld",
             file->name, (long)getpid());
    fd = openat(file->dir, file->temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    e = fill_file(fd, text, len);
    if (!e)
        e = keep_mode(file, fd);
    if (!e && fsync(fd))
        e = errno;
    if (close(fd) && !e)
        e = errno;
    if (!e && renameat(file->dir, file->temporary, file->dir, file->name))
        e = errno;
    if (e)
        unlinkat(file->dir, file->temporary, 0);
    else
        fsync(file->dir);
    return e;
}

int xlmem__machine_replace(int root, const char *path, const char *text,
                           size_t len, xlmem__msg *msg)
{
    replaced file = {.dir = -1};
    int e = open_place(root, path, &file);

    if (!e)
        e = look_at_old(&file);
    if (!e)
        e = write_beside(&file, text, len);
    if (file.dir >= 0)
        close(file.dir);
    if (e == ELOOP)
        return xlmem__fail(msg, XLMEM_ERROR_UNSUPPORTED,
                           "/%s is no file of its own (a link?): change by "
                           "hand what it stands for",
                           path);
    return e ? say_errno(msg, path, e) : 0;
}

/* --------------------------------------------------------------- caches -- */

/* A medium that hangs, hangs whoever waits for it, and cannot be interrupted:
 * a child waits.  One that is left behind ends when the medium does. */
#define SYNC_MS 60000
#define SYNC_LOOK_MS 20

int xlmem__machine_sync(xlmem__msg *msg)
{
    const struct timespec pause = {0, SYNC_LOOK_MS * 1000000L};
    const int64_t end = xlmem__now_ms(NULL) + SYNC_MS;
    pid_t child = fork(), r;

    if (child < 0)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "fork: %s",
                           strerror(errno));
    if (!child) {
        sync();
        _exit(0);
    }
    while (!(r = waitpid(child, NULL, WNOHANG)) && xlmem__now_ms(NULL) < end)
        nanosleep(&pause, NULL);
    if (r)
        return 0;
    kill(child, SIGKILL);
    return xlmem__fail(msg, XLMEM_ERROR_TIMEDOUT,
                       "sync did not end within %d s: a medium hangs",
                       SYNC_MS / 1000);
}
