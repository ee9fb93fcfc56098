/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/root.h"

int xlmem__folder_fail(const xlmem__folder *folder, const char *name, int err,
                       xlmem__msg *msg)
{
    const int rc = err == ELOOP ? XLMEM_ERROR_PERM : xlmem__rc_of_errno(err);

    return xlmem__fail(msg, rc, "%s%s%s: %s", folder->path, *name ? "/" : "",
                       name,
                       err == ELOOP ? "is a symbolic link" : strerror(err));
}

static int check_owner(const xlmem__folder *folder, const char *name,
                       const struct stat *st, mode_t kind, xlmem__msg *msg)
{
    const char *slash = *name ? "/" : "";

    if ((st->st_mode & S_IFMT) != kind)
        return xlmem__fail(msg, XLMEM_ERROR_PERM, "%s%s%s: is not a %s",
                           folder->path, slash, name,
                           kind == S_IFDIR ? "directory" : "regular file");
    if (st->st_uid != geteuid())
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "%s%s%s: belongs to user %u, not to user %u",
                           folder->path, slash, name, (unsigned)st->st_uid,
                           (unsigned)geteuid());
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "%s%s%s: mode %04o: others could write to it",
                           folder->path, slash, name,
                           (unsigned)st->st_mode & 07777);
    return 0;
}

int xlmem__folder_check(const xlmem__folder *folder, const char *name, int fd,
                        mode_t kind, xlmem__msg *msg)
{
    struct stat st;

    return fstat(fd, &st) ? xlmem__folder_fail(folder, name, errno, msg)
                          : check_owner(folder, name, &st, kind, msg);
}

static int open_there(const xlmem__folder *folder)
{
    return open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* O_DIRECTORY says of a link what it says of a file. */
static int open_folder(xlmem__folder *folder, mode_t mode, xlmem__msg *msg)
{
    struct stat st;

    folder->fd = open_there(folder);
    if (folder->fd < 0 && errno == ENOENT) {
        if (mkdir(folder->path, mode) && errno != EEXIST)
            return xlmem__folder_fail(folder, "", errno, msg);
        folder->fd = open_there(folder);
    }
    if (folder->fd >= 0 && !fstat(folder->fd, &st)) {
        folder->dev = st.st_dev;
        folder->ino = st.st_ino;
        return check_owner(folder, "", &st, S_IFDIR, msg);
    }
    if (errno == ENOTDIR && !lstat(folder->path, &st) && S_ISLNK(st.st_mode))
        errno = ELOOP;
    return xlmem__folder_fail(folder, "", errno, msg);
}

int xlmem__folder_open(const char *path, mode_t mode, xlmem__folder *folder,
                       xlmem__msg *msg)
{
    int rc;

    *folder = (xlmem__folder){.fd = -1, .path = strdup(path)};
    rc = folder->path ? open_folder(folder, mode, msg)
                      : xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    if (rc)
        xlmem__folder_close(folder);
    return rc;
}

bool xlmem__folder_is_there(const xlmem__folder *folder)
{
    struct stat there;

    return !lstat(folder->path, &there) && there.st_dev == folder->dev &&
           there.st_ino == folder->ino;
}

void xlmem__folder_close(xlmem__folder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    free(folder->path);
    *folder = (xlmem__folder){.fd = -1};
}
