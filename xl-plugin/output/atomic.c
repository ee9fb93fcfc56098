/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "output/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void remove_temporary(const atomic_file *file)
{
    if (file->temporary[0])
        unlinkat(file->dir, file->temporary, 0);
}

static void close_dir(atomic_file *file)
{
    if (file->dir != AT_FDCWD)
        close(file->dir);
    file->dir = AT_FDCWD;
}

/* Errno stays what it was. */
static void leave_nothing(atomic_file *file)
{
    const int saved = errno;

    remove_temporary(file);
    close_dir(file);
    errno = saved;
}

/* Something is there that a rename would replace: /dev/null, a pipe. */
static bool is_special(const char *path)
{
    struct stat st;

    return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Through links to what they point to, so that they stay links. */
static bool set_path(atomic_file *file, const char *path)
{
    size_t len;

    if (realpath(path, file->path))
        return true;
    len = strlen(path);
    if (len >= sizeof(file->path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(file->path, path, len + 1);
    return true;
}

/* Names that others may have taken, or left behind when they were killed. */
#define TRIES_MAX 1000

/* What @take returns of the first such name that is free; < 0: none is. */
static int take_temporary(atomic_file *file,
                          int (*take)(const atomic_file *file))
{
    unsigned n;
    int r = -1, len;

    errno = EEXIST;
    for (n = 0; n < TRIES_MAX && r < 0 && errno == EEXIST; n++) {
        len = snprintf(file->temporary, sizeof(file->temporary), "%s.%ld-%u",
                       file->path, (long)getpid(), n);
        if (len >= (int)sizeof(file->temporary)) {
            file->temporary[0] = '\0';
            errno = ENAMETOOLONG;
            return -1;
        }
        r = take(file);
    }
    if (r < 0)
        file->temporary[0] = '\0';
    return r;
}

/* With the mode that any new file of this process would get. */
static int create_temporary(const atomic_file *file)
{
    return openat(file->dir, file->temporary,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

static int make_temporary(atomic_file *file)
{
    return take_temporary(file, create_temporary);
}

/* What has no name yet goes with its process, however that ends.  Not every
 * filesystem has such files. */
static int make_nameless(atomic_file *file)
{
    const int fd =
        openat(file->dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);

    file->nameless = fd >= 0;
    return fd;
}

static int link_temporary(const atomic_file *file)
{
    char self[32];

    snprintf(self, sizeof(self), "/proc/self/fd/%d", fileno(file->stream));
    return linkat(AT_FDCWD, self, file->dir, file->temporary,
                  AT_SYMLINK_FOLLOW);
}

/* All that was written, and its mode. */
static bool copy_nameless(int from, int to)
{
    struct stat st;
    off_t at = 0;

    if (fstat(from, &st) || fchmod(to, st.st_mode & 07777))
        return false;
    while (at < st.st_size)
        if (sendfile(to, from, &at, (size_t)(st.st_size - at)) <= 0)
            return false;
    return !fsync(to);
}

/* What has none is linked; where a link is refused (no /proc of ours, an LSM,
 * a filter of system calls), a copy of it gets the name. */
static bool give_name(atomic_file *file)
{
    int fd, saved;
    bool ok;

    if (!take_temporary(file, link_temporary))
        return true;
    fd = make_temporary(file);
    if (fd < 0)
        return false;
    ok = copy_nameless(fileno(file->stream), fd);
    saved = errno;
    close(fd);
    errno = saved;
    return ok;
}

/* What is there already stays its owner's, and as secret as it was.  The mode
 * comes last: a change of owner takes bits of it away. */
static bool keep_owner(const atomic_file *file, int fd)
{
    struct stat old, new;

    if (stat(file->path, &old))
        return errno == ENOENT;
    if (fstat(fd, &new))
        return false;
    if ((old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
        fchown(fd, old.st_uid, old.st_gid))
        return false;
    return !fchmod(fd, old.st_mode & 07777);
}

static int open_new(atomic_file *file, const char *path)
{
    int fd, saved;

    if (!set_path(file, path))
        return -1;
    fd = make_temporary(file);
    if (fd < 0 || keep_owner(file, fd))
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static void prepare(atomic_file *file)
{
    file->stream = NULL;
    file->dir = AT_FDCWD;
    file->temporary[0] = '\0';
    file->nameless = false;
}

/* The stream of what was opened; < 0: it was not. */
static bool set_stream(atomic_file *file, int fd)
{
    int saved;

    file->stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (file->stream)
        return true;
    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    leave_nothing(file);
    return false;
}

bool atomic_open(atomic_file *file, const char *path)
{
    prepare(file);
    return set_stream(file, is_special(path)
                                ? open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
                                : open_new(file, path));
}

/* From here on the directory is what it is now, wherever it goes. */
static bool open_parent(atomic_file *file, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t len = (size_t)(name - path);

    if (strlen(path) >= sizeof(file->path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(file->path, path, len);
    strcpy(file->path + len, len ? "" : ".");
    file->dir = open(file->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->dir < 0) {
        file->dir = AT_FDCWD;
        return false;
    }
    strcpy(file->path, name);
    return true;
}

bool atomic_replace(atomic_file *file, const char *path, mode_t mode)
{
    int fd;

    prepare(file);
    if (!open_parent(file, path))
        return false;
    fd = make_nameless(file);
    if (!set_stream(file, fd < 0 ? make_temporary(file) : fd))
        return false;
    if (!fchmod(fileno(file->stream), mode))
        return true;
    atomic_abandon(file);
    return false;
}

void atomic_abandon(atomic_file *file)
{
    int saved = errno;

    if (file->stream)
        fclose(file->stream);
    file->stream = NULL;
    errno = saved;
    leave_nothing(file);
}

bool atomic_commit(atomic_file *file)
{
    FILE *stream = file->stream;
    bool in_place = !file->temporary[0] && !file->nameless;

    if (fflush(stream) || ferror(stream) ||
        (!in_place && fsync(fileno(stream))) ||
        (file->nameless && !give_name(file))) {
        atomic_abandon(file);
        return false;
    }
    file->stream = NULL;
    if (fclose(stream) || (!in_place && renameat(file->dir, file->temporary,
                                                 file->dir, file->path))) {
        atomic_abandon(file);
        return false;
    }
    close_dir(file);
    return true;
}
