/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Room for its own name and those beside it. */
#define SLACK_BYTES 65536
/* Names and values of extended attributes; the kernel's limit (XATTR_LIST_MAX,
 * XATTR_SIZE_MAX: 64 KiB each). */
#define XATTR_MAX 65536

/* A file by its folder. */
typedef struct boot_place {
    int folder;
    char name[256];      /* in it */
    char temporary[272]; /* ".NAME.xlmem-new", which no "*.cfg" fits */
    char shown[BOOT_PATH_MAX * 2];
} boot_place;

static int find_boot_place(const boot_tree *tree, const char *path, bool make,
                           boot_place *place, boot_msg *msg)
{
    char folder[BOOT_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    boot_tree_name(tree, path, place->shown, sizeof(place->shown));
    if (strlen(name) >= sizeof(place->name) || strlen(path) >= sizeof(folder))
        return boot_fail(msg, XLMEM_ERROR_RANGE, "%s: too long a name",
                         place->shown);
    snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 0,
             path);
    strcpy(place->name, name);
    snprintf(place->temporary, sizeof(place->temporary), ".%s.xlmem-new",
             name);
    return boot_tree_folder(tree, folder, make, &place->folder, msg);
}

static int place_fail(const boot_place *place, int err, boot_msg *msg)
{
    return boot_fail(msg,
                     err == EPERM || err == EACCES || err == EROFS
                         ? XLMEM_ERROR_PERM
                         : XLMEM_ERROR_IO,
                     "%s cannot be written: %s", place->shown, strerror(err));
}

/* ------------------------------------------------------------ checking --- */

static bool is_immutable(int fd)
{
    int flags = 0;

    return !ioctl(fd, FS_IOC_GETFLAGS, &flags) &&
           flags & (FS_IMMUTABLE_FL | FS_APPEND_FL);
}

/* A file that has this name alone: another one would stay as it is. */
static int check_names(const boot_place *place, const struct stat *st,
                       boot_msg *msg)
{
    if (S_ISLNK(st->st_mode))
        return boot_fail(msg, XLMEM_ERROR_PERM,
                         "%s is a link, which would not outlive a change: put "
                         "the file itself there",
                         place->shown);
    if (!S_ISREG(st->st_mode))
        return boot_fail(msg, XLMEM_ERROR_PERM, "%s is no file", place->shown);
    if (st->st_nlink > 1)
        return boot_fail(msg, XLMEM_ERROR_PERM,
                         "%s has another name (a hard link), which would stay "
                         "as it is",
                         place->shown);
    return 0;
}

static int check_file(const boot_place *place, const struct stat *st,
                      boot_msg *msg)
{
    int rc = check_names(place, st, msg), fd;
    bool fixed;

    if (rc)
        return rc;
    if (!(st->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)))
        return boot_fail(msg, XLMEM_ERROR_PERM,
                         "%s is read-only, even for its owner (chmod u+w)",
                         place->shown);
    fd = openat(place->folder, place->name,
                O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return place_fail(place, errno, msg);
    fixed = is_immutable(fd);
    close(fd);
    if (fixed)
        return boot_fail(msg, XLMEM_ERROR_PERM,
                         "%s is immutable (lsattr, chattr -i)", place->shown);
    return 0;
}

static int check_folder(const boot_place *place, size_t len, boot_msg *msg)
{
    struct statvfs fs;

    if (is_immutable(place->folder))
        return boot_fail(msg, XLMEM_ERROR_PERM,
                         "the folder of %s is immutable (lsattr -d)",
                         place->shown);
    if (fstatvfs(place->folder, &fs))
        return place_fail(place, errno, msg);
    if (fs.f_flag & ST_RDONLY)
        return place_fail(place, EROFS, msg);
    if (fs.f_blocks && (uint64_t)fs.f_bavail * fs.f_frsize < len + SLACK_BYTES)
        return place_fail(place, ENOSPC, msg);
    if (faccessat(place->folder, ".", W_OK, AT_EACCESS))
        return place_fail(place, errno, msg);
    return 0;
}

/* A place, and what is there itself, no link followed; nothing: st_mode is 0.
 * Without an error the folder is to be closed. */
static int look_at_place(const boot_tree *tree, const char *path,
                         boot_place *place_r, struct stat *st_r, boot_msg *msg)
{
    int rc = find_boot_place(tree, path, false, place_r, msg);

    if (rc)
        return rc;
    *st_r = (struct stat){.st_mode = 0};
    if (!fstatat(place_r->folder, place_r->name, st_r, AT_SYMLINK_NOFOLLOW) ||
        errno == ENOENT)
        return 0;
    rc = place_fail(place_r, errno, msg);
    close(place_r->folder);
    return rc;
}

int boot_file_check(const boot_tree *tree, const char *path, size_t len,
                    boot_msg *msg)
{
    boot_place place;
    struct stat st;
    int rc = look_at_place(tree, path, &place, &st, msg);

    if (rc)
        return rc;
    if (st.st_mode)
        rc = check_file(&place, &st, msg);
    if (!rc)
        rc = check_folder(&place, len, msg);
    close(place.folder);
    return rc;
}

int boot_file_check_names(const boot_tree *tree, const char *path,
                          boot_msg *msg)
{
    boot_place place;
    struct stat st;
    int rc = look_at_place(tree, path, &place, &st, msg);

    if (rc)
        return rc;
    rc = st.st_mode ? check_names(&place, &st, msg)
                    : place_fail(&place, ENOENT, msg);
    close(place.folder);
    return rc;
}

/* ------------------------------------------------------------- writing --- */

static bool copy_xattr(int from, int to, const char *name, char *value)
{
    ssize_t len = fgetxattr(from, name, value, XATTR_MAX);

    if (len < 0)
        return errno == ENODATA;
    if (!fsetxattr(to, name, value, (size_t)len, 0))
        return true;
    /* What the new file has of itself, or nobody can give (overlayfs). */
    return errno == ENOTSUP || !strncmp(name, "trusted.overlay.", 16);
}

static bool copy_xattrs(int from, int to)
{
    char *names = malloc(XATTR_MAX), *value = malloc(XATTR_MAX), *name;
    ssize_t len = names && value ? flistxattr(from, names, XATTR_MAX) : -1;
    bool ok = len >= 0 || (names && value && errno == ENOTSUP);

    if (!names || !value)
        errno = ENOMEM;
    for (name = names; ok && name < names + (len > 0 ? len : 0);
         name += strlen(name) + 1)
        ok = copy_xattr(from, to, name, value);
    free(names);
    free(value);
    return ok;
}

/* As the file that is replaced; the mode comes last: a change of owner takes
 * bits of it away. */
static bool keep_attributes(const boot_place *place, int fd, unsigned mode)
{
    struct stat old, new;
    bool ok;
    int from = openat(place->folder, place->name,
                      O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (from < 0)
        return errno == ENOENT && !fchmod(fd, mode);
    ok = !fstat(from, &old) && !fstat(fd, &new) &&
         ((old.st_uid == new.st_uid &&old.st_gid == new.st_gid) ||
          !fchown(fd, old.st_uid, old.st_gid)) &&
         copy_xattrs(from, fd) && !fchmod(fd, old.st_mode & 07777);
    close(from);
    return ok;
}

static bool write_whole(int fd, xlmem__str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.p, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text.p += n;
        text.len -= (size_t)n;
    }
    return true;
}

static int replace_file(const boot_place *place, xlmem__str text,
                        unsigned mode)
{
    int fd, err = 0;

    /* Ours, by its name: whoever is here holds the lock. */
    unlinkat(place->folder, place->temporary, 0);
    fd = openat(place->folder, place->temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    if (!write_whole(fd, text) || !keep_attributes(place, fd, mode) ||
        fsync(fd))
        err = errno;
    if (close(fd) && !err)
        err = errno;
    if (!err &&
        renameat(place->folder, place->temporary, place->folder, place->name))
        err = errno;
    if (err)
        unlinkat(place->folder, place->temporary, 0);
    else
        fsync(place->folder);
    return err;
}

int boot_file_write(const boot_tree *tree, const char *path, xlmem__str text,
                    unsigned mode, boot_msg *msg)
{
    boot_place place;
    int rc = find_boot_place(tree, path, true, &place, msg), err;

    if (rc)
        return rc;
    err = replace_file(&place, text, mode);
    close(place.folder);
    return err ? place_fail(&place, err, msg) : 0;
}

int boot_file_remove(const boot_tree *tree, const char *path, boot_msg *msg)
{
    boot_place place;
    int rc = find_boot_place(tree, path, false, &place, msg), err = 0;

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    unlinkat(place.folder, place.temporary, 0);
    if (unlinkat(place.folder, place.name, 0) && errno != ENOENT)
        err = errno;
    else
        fsync(place.folder);
    close(place.folder);
    return err ? place_fail(&place, err, msg) : 0;
}

void boot_file_tidy(const boot_tree *tree, const char *path)
{
    boot_place place;
    boot_msg msg = {.text = ""};

    if (!*path || find_boot_place(tree, path, false, &place, &msg))
        return;
    unlinkat(place.folder, place.temporary, 0);
    close(place.folder);
}

uint64_t boot_file_room(const boot_tree *tree, const char *path)
{
    struct statvfs fs;
    uint64_t room = 0;
    int fd = openat(tree->fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0 && !fstatvfs(fd, &fs) && fs.f_blocks)
        room = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (fd >= 0)
        close(fd);
    return room;
}
