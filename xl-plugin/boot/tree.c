/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private/backend.h"
#include "sys/root.h"

int boot_fail(boot_msg *msg, int rc, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(msg->text, sizeof(msg->text), fmt, ap);
    va_end(ap);
    return rc;
}

int boot_tree_open(const char *root, boot_tree *tree_r, boot_msg *msg)
{
    int rc = xlmem__root_open(root, &tree_r->fd);

    tree_r->root = root;
    if (rc)
        return boot_fail(msg, rc, "%s: %s", root, strerror(errno));
    return 0;
}

void boot_tree_close(boot_tree *tree)
{
    close(tree->fd);
    tree->fd = -1;
}

bool boot_tree_is_here(const boot_tree *tree)
{
    return !strcmp(tree->root, "/");
}

const char *boot_tree_name(const boot_tree *tree, const char *path, char *buf,
                           size_t len)
{
    size_t end = strlen(tree->root);

    while (end && tree->root[end - 1] == '/')
        end--;
    snprintf(buf, len, "%.*s/%s", (int)end, tree->root, path);
    return buf;
}

const char *boot_tree_why(int rc)
{
    return rc == XLMEM_ERROR_RANGE ? "it has more than 32 MiB, which no file "
                                     "of a boot loader has"
                                   : xlmem_strerror(rc);
}

_Static_assert(XLMEM_DOCUMENT_MAX_BYTES == 32 << 20, "boot_tree_why says so");

int boot_tree_read(const boot_tree *tree, const char *path, xlmem__str *text_r,
                   boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2], *buf;
    size_t len;
    int rc = xlmem__root_read(tree->fd, path, &buf, &len);

    if (rc && rc != XLMEM_ERROR_NOTFOUND)
        return boot_fail(msg, rc, "%s cannot be read: %s",
                         boot_tree_name(tree, path, name, sizeof(name)),
                         boot_tree_why(rc));
    if (!rc)
        *text_r = (xlmem__str){buf, len};
    return rc;
}

bool boot_tree_has(const boot_tree *tree, const char *path)
{
    struct stat st;

    return !fstatat(tree->fd, path, &st, 0);
}

/* ------------------------------------------------------------- folders --- */

static int open_step(const boot_tree *tree, int at, const char *name,
                     bool make)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC |
                      (boot_tree_is_here(tree) ? 0 : O_NOFOLLOW);
    int fd = openat(at, name, flags);

    if (fd >= 0 || !make || errno != ENOENT)
        return fd;
    if (mkdirat(at, name, 0755) && errno != EEXIST)
        return -1;
    return openat(at, name, flags);
}

int boot_tree_folder(const boot_tree *tree, const char *path, bool make,
                     int *fd_r, boot_msg *msg)
{
    char name[BOOT_PATH_MAX], shown[BOOT_PATH_MAX * 2];
    xlmem__str rest = {path, strlen(path)};
    int fd = dup(tree->fd), next, err;

    while (fd >= 0 && rest.len) {
        xlmem__str step = xlmem__cut(&rest, '/');

        snprintf(name, sizeof(name), "%.*s", (int)step.len, step.p);
        next = open_step(tree, fd, name, make);
        err = errno;
        close(fd);
        errno = err;
        fd = next;
    }
    if (fd >= 0) {
        *fd_r = fd;
        return 0;
    }
    err = errno;
    boot_tree_name(tree, path, shown, sizeof(shown));
    if (err == ELOOP || err == ENOTDIR)
        return boot_fail(msg, XLMEM_ERROR_PERM,
                         "%s: a link or a file is on the way there", shown);
    return boot_fail(msg,
                     err == ENOENT ? XLMEM_ERROR_NOTFOUND : XLMEM_ERROR_IO,
                     "%s: %s", shown, strerror(err));
}
