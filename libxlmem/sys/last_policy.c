/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/last_policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private/guard.h"
#include "sys/small_write.h"

#define DIR_PATH "run/xlmem"
#define NAME "policy"
#define NEW_NAME "policy.new"

/* Of the kind, and root's or our own, and nobody else may write to it. */
static bool is_trusted(int fd, mode_t kind, struct stat *st)
{
    return !fstat(fd, st) && (st->st_mode & S_IFMT) == kind &&
           (!st->st_uid || st->st_uid == geteuid()) &&
           !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int open_trusted(int at, const char *name, int flags, mode_t kind)
{
    int fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                    S_IRUSR | S_IWUSR);
    struct stat st;

    if (fd >= 0 && !is_trusted(fd, kind, &st)) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

static int open_dir(int root)
{
    return open_trusted(root, DIR_PATH, O_RDONLY | O_DIRECTORY, S_IFDIR);
}

static int read_kept(int root, char **buf_r, size_t *len_r)
{
    int dir = open_dir(root), fd, rc;

    if (dir < 0)
        return xlmem__rc_of_errno(errno);
    fd = open_trusted(dir, NAME, O_RDONLY, S_IFREG);
    rc = fd < 0 ? xlmem__rc_of_errno(errno) : xlmem__read_fd(fd, buf_r, len_r);
    if (fd >= 0)
        close(fd);
    close(dir);
    return rc;
}

int xlmem__policy_document(int root, const char *path, char **buf_r,
                           size_t *len_r)
{
    return strcmp(path, XLMEM_LAST_POLICY_FILE) != 0
               ? xlmem__root_read(root, path, buf_r, len_r)
               : read_kept(root, buf_r, len_r);
}

/*
 * One writes at a time; who finds another one leaves it to him.  Once it is
 * ours it must still be what is called NEW_NAME: the other may have finished
 * between our opening it and our lock.
 */
static bool lock_new(int dir, int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat mine, named;

    return !fcntl(fd, F_OFD_SETLK, &lock) && !fstat(fd, &mine) &&
           !fstatat(dir, NEW_NAME, &named, AT_SYMLINK_NOFOLLOW) &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

static void replace(int dir, const char *text)
{
    int fd = open_trusted(dir, NEW_NAME, O_WRONLY | O_CREAT, S_IFREG);
    struct flock unlock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

    if (fd < 0)
        return;
    if (lock_new(dir, fd)) {
        if (!ftruncate(fd, 0) && !xlmem__write_quietly(fd, text, strlen(text)))
            (void)!renameat(dir, NEW_NAME, dir, NAME);
        /* A child that was forked meanwhile has the descriptor as well. */
        fcntl(fd, F_OFD_SETLK, &unlock);
    }
    close(fd);
}

void xlmem__last_policy_keep(int root, const char *text)
{
    int dir;

    if (mkdirat(root, DIR_PATH, 0755) && errno != EEXIST)
        return;
    dir = open_dir(root);
    if (dir < 0)
        return;
    replace(dir, text);
    close(dir);
}
