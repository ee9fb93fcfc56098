/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/root.h"

/* A FIFO with a name may have nobody at its other end, for ever. */
static bool is_anonymous(const struct stat *st, const struct statfs *fs)
{
    return S_ISFIFO(st->st_mode) && fs->f_type == PIPEFS_MAGIC;
}

static int kind_of(const struct stat *st, const struct statfs *fs)
{
    if (S_ISREG(st->st_mode) || is_anonymous(st, fs))
        return 0;
    return S_ISDIR(st->st_mode) ? XLMEM_ERROR_DIRECTORY : XLMEM_ERROR_SPECIAL;
}

/* The second look is at what was opened; a pipe is then waited for. */
static int look_at_opened(int fd)
{
    struct statfs fs;
    struct stat st;
    int rc;

    if (fstat(fd, &st) || fstatfs(fd, &fs))
        return xlmem__rc_of_errno(errno);
    rc = kind_of(&st, &fs);
    if (!rc && S_ISFIFO(st.st_mode) && fcntl(fd, F_SETFL, O_RDONLY))
        rc = XLMEM_ERROR_IO;
    return rc;
}

int xlmem_file_open(const char *path, int *fd_r)
{
    struct statfs fs;
    struct stat st;
    int fd, rc;

    if (stat(path, &st) || statfs(path, &fs))
        return xlmem__rc_of_errno(errno);
    rc = kind_of(&st, &fs);
    if (rc)
        return rc;
    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return xlmem__rc_of_errno(errno);
    rc = look_at_opened(fd);
    if (rc)
        close(fd);
    else
        *fd_r = fd;
    return rc;
}
