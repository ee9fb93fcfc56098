/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void remove_temporary(const atomic_file *file)
{
    if (file->temporary[0])
        unlink(file->temporary);
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

/* With the mode that any new file of this process would get. */
static int make_temporary(atomic_file *file)
{
    unsigned n;
    int fd = -1, len;

    errno = EEXIST;
    for (n = 0; n < TRIES_MAX && fd < 0 && errno == EEXIST; n++) {
        len = snprintf(file->temporary, sizeof(file->temporary), "%s.%ld-%u",
                       file->path, (long)getpid(), n);
        if (len >= (int)sizeof(file->temporary)) {
            file->temporary[0] = '\0';
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(file->temporary,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }
    if (fd < 0)
        file->temporary[0] = '\0';
    return fd;
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
    remove_temporary(file);
    errno = saved;
    return -1;
}

bool atomic_open(atomic_file *file, const char *path)
{
    int fd, saved;

    file->temporary[0] = '\0';
    if (is_special(path))
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    else
        fd = open_new(file, path);
    if (fd < 0)
        return false;
    file->stream = fdopen(fd, "w");
    if (file->stream)
        return true;
    saved = errno;
    close(fd);
    remove_temporary(file);
    errno = saved;
    return false;
}

void atomic_abandon(atomic_file *file)
{
    int saved = errno;

    if (file->stream)
        fclose(file->stream);
    file->stream = NULL;
    remove_temporary(file);
    errno = saved;
}

bool atomic_commit(atomic_file *file)
{
    FILE *stream = file->stream;
    bool in_place = !file->temporary[0];

    if (fflush(stream) || ferror(stream) ||
        (!in_place && fsync(fileno(stream)))) {
        atomic_abandon(file);
        return false;
    }
    file->stream = NULL;
    if (fclose(stream) || (!in_place && rename(file->temporary, file->path))) {
        atomic_abandon(file);
        return false;
    }
    return true;
}
