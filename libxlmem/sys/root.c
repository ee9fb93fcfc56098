/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sys/text.h"

int xlmem__rc_of_errno(int err)
{
    switch (err) {
    case ENOENT:
    /* Kernels without the feature: /proc/pressure with psi=0, for one. */
    case EOPNOTSUPP:
    case ENODEV:
        return XLMEM_ERROR_NOTFOUND;
    case EACCES:
    case EPERM:
        return XLMEM_ERROR_PERM;
    case ENOMEM:
        return XLMEM_ERROR_NOMEM;
    case EISDIR:
        return XLMEM_ERROR_DIRECTORY;
    case ELOOP:
        return XLMEM_ERROR_LOOP;
    default:
        return XLMEM_ERROR_IO;
    }
}

int xlmem__root_open(const char *path, int *fd_r)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return xlmem__rc_of_errno(errno);
    *fd_r = fd;
    return 0;
}

bool xlmem__root_has(const char *path, const char *name)
{
    struct stat st;
    char *whole;
    bool there;

    if (asprintf(&whole, "%s/%s", path, name) < 0)
        return false;
    there = !lstat(whole, &st);
    free(whole);
    return there;
}

/*
 * Component by component and without following any link, for kernels before
 * openat2 (Linux 5.6).
 */
static int walk(int root, const char *path, int flags)
{
    int fd = fcntl(root, F_DUPFD_CLOEXEC, 0), next;
    char name[256];

    while (fd >= 0) {
        size_t len = strcspn(path, "/");
        bool last = !path[len];

        if (!len || len >= sizeof(name) ||
            (len == 2 && !memcmp(path, "..", 2))) {
            close(fd);
            errno = EINVAL;
            return -1;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        next = openat(fd, name,
                      O_NOFOLLOW | O_CLOEXEC |
                          (last ? flags : O_PATH | O_DIRECTORY));
        close(fd);
        if (last)
            return next;
        fd = next;
        path += len + 1;
    }
    return -1;
}

static int open_below(int root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long r = syscall(__NR_openat2, root, path, &how, sizeof(how));

    /* Filters for system calls say EPERM to one they do not know. */
    if (r < 0 && (errno == ENOSYS || errno == EPERM))
        return walk(root, path, flags);
    return (int)r;
}

/* Looked at before it is opened, since opening can be an act. */
static int open_document(int root, const char *path, int *fd_r)
{
    struct stat seen, opened;
    int fd = open_below(root, path, O_PATH);
    int r;

    if (fd < 0)
        return xlmem__rc_of_errno(errno);
    r = fstat(fd, &seen);
    close(fd);
    if (r)
        return XLMEM_ERROR_IO;
    if (!S_ISREG(seen.st_mode))
        return S_ISDIR(seen.st_mode)   ? XLMEM_ERROR_DIRECTORY
               : S_ISLNK(seen.st_mode) ? XLMEM_ERROR_LOOP
                                       : XLMEM_ERROR_SPECIAL;
    fd = open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return xlmem__rc_of_errno(errno);
    if (fstat(fd, &opened) || opened.st_dev != seen.st_dev ||
        opened.st_ino != seen.st_ino) {
        close(fd);
        return XLMEM_ERROR_IO;
    }
    *fd_r = fd;
    return 0;
}

/* Of a document that comes in pieces. */
#define PIECE_BYTES ((size_t)16 << 10)

/* Files of /proc have size 0: read until there is no more.  It is done in
 * threads of a toolstack's, whose stacks are not ours to fill. */
int xlmem__read_fd(int fd, char **buf_r, size_t *len_r)
{
    xlmem__text text = {0};
    char *piece = malloc(PIECE_BYTES);
    ssize_t r;
    int rc;

    if (!piece)
        return XLMEM_ERROR_NOMEM;
    do {
        do
            r = read(fd, piece, PIECE_BYTES);
        while (r < 0 && errno == EINTR);
        rc = r < 0 ? xlmem__rc_of_errno(errno)
                   : xlmem__text_add(&text, (xlmem__str){piece, (size_t)r});
    } while (!rc && r);
    free(piece);
    if (!rc)
        rc = xlmem__text_take(&text, buf_r, len_r);
    xlmem__text_dispose(&text);
    return rc;
}

int xlmem__root_read(int root, const char *path, char **buf_r, size_t *len_r)
{
    struct stat st;
    int fd = -1, rc;

    rc = open_document(root, path, &fd);
    if (rc)
        return rc;
    if (fstat(fd, &st))
        rc = XLMEM_ERROR_IO;
    else if (st.st_size > (off_t)XLMEM_DOCUMENT_MAX_BYTES)
        rc = XLMEM_ERROR_RANGE;
    else
        rc = xlmem__read_fd(fd, buf_r, len_r);
    close(fd);
    return rc;
}

/* From there on it begins with a line. */
static void drop_first_part(char *buf, size_t *len)
{
    const char *nl = memchr(buf, '\n', *len);

    if (!nl)
        return;
    *len -= (size_t)(nl + 1 - buf);
    memmove(buf, nl + 1, *len + 1);
}

int xlmem__root_read_tail(int root, const char *path, size_t max, char **buf_r,
                          size_t *len_r)
{
    struct stat st;
    bool cut = false;
    int fd = -1, rc;

    rc = open_document(root, path, &fd);
    if (rc)
        return rc;
    if (fstat(fd, &st))
        rc = XLMEM_ERROR_IO;
    if (!rc && st.st_size > (off_t)max) {
        cut = lseek(fd, st.st_size - (off_t)max, SEEK_SET) >= 0;
        rc = cut ? 0 : XLMEM_ERROR_IO;
    }
    if (!rc)
        rc = xlmem__read_fd(fd, buf_r, len_r);
    if (!rc && cut)
        drop_first_part(*buf_r, len_r);
    close(fd);
    return rc;
}

/* An attribute of sysfs is at most a page, which one read gets whole
 * (Documentation/filesystems/sysfs.rst). */
#define ATTRIBUTE_MAX 4096

static int read_attribute(int fd, char **buf_r, size_t *len_r)
{
    char *buf = malloc(ATTRIBUTE_MAX + 1);
    ssize_t r;

    if (!buf)
        return XLMEM_ERROR_NOMEM;
    do
        r = pread(fd, buf, ATTRIBUTE_MAX, 0);
    while (r < 0 && errno == EINTR);
    if (r >= 0 && r < ATTRIBUTE_MAX) {
        buf[r] = '\0';
        *buf_r = buf;
        *len_r = (size_t)r;
        return 0;
    }
    free(buf);
    return r < 0 ? xlmem__rc_of_errno(errno)
                 : xlmem__read_fd(fd, buf_r, len_r);
}

/* Nothing there but what the kernel has made, of which opening is no act. */
int xlmem__root_read_kernels(int root, const char *path, char **buf_r,
                             size_t *len_r)
{
    int rc, fd = open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return xlmem__rc_of_errno(errno);
    rc = strncmp(path, "sys/", 4) ? xlmem__read_fd(fd, buf_r, len_r)
                                  : read_attribute(fd, buf_r, len_r);
    close(fd);
    return rc;
}

static int stream_fd(int fd, char *piece, xlmem_piece_fn *fn, void *arg)
{
    uint64_t left = XLMEM_STREAM_MAX_BYTES;
    int rc = 0;

    while (!rc) {
        const ssize_t r = read(fd, piece, PIECE_BYTES);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return xlmem__rc_of_errno(errno);
        if (!r)
            return 0;
        if ((uint64_t)r > left)
            return XLMEM_ERROR_RANGE;
        left -= (uint64_t)r;
        rc = fn(arg, piece, (size_t)r);
    }
    return rc;
}

int xlmem__root_stream(int root, const char *path, xlmem_piece_fn *fn,
                       void *arg)
{
    char *piece = malloc(PIECE_BYTES);
    int fd, rc;

    if (!piece)
        return XLMEM_ERROR_NOMEM;
    rc = open_document(root, path, &fd);
    if (!rc) {
        rc = stream_fd(fd, piece, fn, arg);
        close(fd);
    }
    free(piece);
    return rc;
}

static int by_entry_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void xlmem__free_names(char **names, size_t nr)
{
    while (nr)
        free(names[--nr]);
    free(names);
}

/* The directory's names; *names_r and *nr_r are valid on failure as well. */
static int collect_names(DIR *dir, char ***names_r, size_t *nr_r)
{
    const struct dirent *entry;
    char **bigger;

    while (errno = 0, (entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (*nr_r == XLMEM__NAMES_MAX)
            return XLMEM_ERROR_RANGE;
        bigger = realloc(*names_r, (*nr_r + 1) * sizeof(*bigger));
        if (!bigger)
            return XLMEM_ERROR_NOMEM;
        *names_r = bigger;
        bigger[*nr_r] = strdup(entry->d_name);
        if (!bigger[*nr_r])
            return XLMEM_ERROR_NOMEM;
        (*nr_r)++;
    }
    return errno ? xlmem__rc_of_errno(errno) : 0;
}

int xlmem__root_list(int root, const char *path, char ***names_r, size_t *nr_r)
{
    int fd = open_below(root, path, O_RDONLY | O_DIRECTORY), rc;
    char **names = NULL;
    size_t nr = 0;
    DIR *dir;

    /* Where a folder would be there is something else: there is none. */
    if (fd < 0)
        return errno == ENOTDIR ? XLMEM_ERROR_NOTFOUND
                                : xlmem__rc_of_errno(errno);
    dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return XLMEM_ERROR_NOMEM;
    }
    rc = collect_names(dir, &names, &nr);
    closedir(dir);
    if (rc) {
        xlmem__free_names(names, nr);
        return rc;
    }
    if (nr)
        qsort(names, nr, sizeof(*names), by_entry_name);
    *names_r = names;
    *nr_r = nr;
    return 0;
}

int64_t xlmem__time_ms(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now))
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t xlmem__now_ms(void *user)
{
    (void)user;
    return xlmem__time_ms(CLOCK_BOOTTIME);
}

DIR *xlmem__open_dir_at(int dir, const char *path)
{
    const int fd =
        openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *opened = fd < 0 ? NULL : fdopendir(fd);

    if (fd >= 0 && !opened)
        close(fd);
    return opened;
}
