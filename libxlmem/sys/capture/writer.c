/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/capture/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "codec/capture/tar.h"
#include "sys/root.h"

struct xlmem__writer {
    char *path; /* where it shall be */
    char *temp; /* where it is being made */
    int dir;    /* the directory, or -1 */
    gzFile gz;  /* the archive, or NULL */
};

static int fail(xlmem__msg *msg, const char *path)
{
    int err = errno;

    return xlmem__fail(msg, xlmem__rc_of_errno(err), "%s: %s", path,
                       strerror(err));
}

static bool has_ending(const char *path, const char *suffix)
{
    const size_t len = strlen(path), n = strlen(suffix);

    return len > n && !strcmp(path + len - n, suffix);
}

static bool is_archive(const char *path)
{
    return has_ending(path, ".tar.gz") || has_ending(path, ".tgz");
}

/* Said at once, before a minute of work; the rename at the end would refuse
 * it as well. */
static int check_place(const char *path, xlmem__msg *msg)
{
    char **names;
    size_t nr;
    int fd, rc;

    if (is_archive(path)) {
        if (!access(path, F_OK))
            return xlmem__fail(msg, XLMEM_ERROR_INVAL, "%s exists", path);
        return 0;
    }
    if (has_ending(path, ".tar"))
        return xlmem__fail(msg, XLMEM_ERROR_INVAL,
                           "%s: an archive is packed: write %s.gz", path,
                           path);
    rc = xlmem__root_open(path, &fd);
    if (rc == XLMEM_ERROR_NOTFOUND)
        return 0;
    if (rc)
        return xlmem__fail(msg, XLMEM_ERROR_INVAL,
                           "%s is there and no directory", path);
    rc = xlmem__root_list(fd, ".", &names, &nr);
    close(fd);
    if (rc)
        return xlmem__fail(msg, rc, "%s: %s", path, xlmem_strerror(rc));
    xlmem__free_names(names, nr);
    if (nr)
        return xlmem__fail(msg, XLMEM_ERROR_INVAL, "%s is not empty", path);
    return 0;
}

static void writer_free(xlmem__writer *writer)
{
    if (writer->dir >= 0)
        close(writer->dir);
    free(writer->path);
    free(writer->temp);
    free(writer);
}

/* PATH without slashes at its end, and PATH.XXXXXX. */
static xlmem__writer *writer_alloc(const char *path)
{
    xlmem__writer *writer = calloc(1, sizeof(*writer));
    size_t len = strlen(path);

    if (!writer)
        return NULL;
    while (len > 1 && path[len - 1] == '/')
        len--;
    writer->dir = -1;
    writer->path = strndup(path, len);
    writer->temp = malloc(len + sizeof(".XXXXXX"));
    if (!writer->path || !writer->temp) {
        writer_free(writer);
        return NULL;
    }
    memcpy(writer->temp, path, len);
    memcpy(writer->temp + len, ".XXXXXX", sizeof(".XXXXXX"));
    return writer;
}

static int open_archive(xlmem__writer *writer, xlmem__msg *msg)
{
    int fd = mkostemp(writer->temp, O_CLOEXEC); /* 0600 */

    if (fd < 0)
        return fail(msg, writer->temp);
    writer->gz = gzdopen(fd, "wb6");
    if (writer->gz)
        return 0;
    close(fd);
    unlink(writer->temp);
    return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
}

static int open_directory(xlmem__writer *writer, xlmem__msg *msg)
{
    int rc;

    if (!mkdtemp(writer->temp)) /* 0700 */
        return fail(msg, writer->temp);
    rc = xlmem__root_open(writer->temp, &writer->dir);
    if (rc) {
        rmdir(writer->temp);
        return xlmem__fail(msg, rc, "%s: %s", writer->temp,
                           xlmem_strerror(rc));
    }
    return 0;
}

int xlmem__writer_open(const char *path, xlmem__writer **writer_r,
                       xlmem__msg *msg)
{
    xlmem__writer *writer;
    int rc;

    if (!path[0])
        return xlmem__fail(msg, XLMEM_ERROR_INVAL, "no name was given");
    writer = writer_alloc(path);
    if (!writer)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    rc = check_place(writer->path, msg);
    if (!rc)
        rc = is_archive(writer->path) ? open_archive(writer, msg)
                                      : open_directory(writer, msg);
    if (rc) {
        writer_free(writer);
        return rc;
    }
    *writer_r = writer;
    return 0;
}

/* -------------------------------------------------------------- files --- */

static int put_archive(gzFile gz, const char *path, const char *buf,
                       size_t len)
{
    static const char zeros[XLMEM__TAR_BLOCK];
    char block[XLMEM__TAR_BLOCK];
    unsigned padding = (unsigned)xlmem__tar_padding(len);
    int rc = xlmem__tar_header(path, len, block);

    if (rc)
        return rc;
    if (gzwrite(gz, block, sizeof(block)) != (int)sizeof(block) ||
        (len && gzwrite(gz, buf, (unsigned)len) != (int)len) ||
        (padding && gzwrite(gz, zeros, padding) != (int)padding)) {
        gzerror(gz, &rc);
        return rc == Z_MEM_ERROR ? XLMEM_ERROR_NOMEM : XLMEM_ERROR_IO;
    }
    return 0;
}

static int make_parents(int dir, const char *path)
{
    char part[256];
    const char *slash;

    for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - path);

        if (len >= sizeof(part))
            return XLMEM_ERROR_RANGE;
        memcpy(part, path, len);
        part[len] = '\0';
        if (mkdirat(dir, part, 0700) && errno != EEXIST)
            return xlmem__rc_of_errno(errno);
    }
    return 0;
}

static int write_all(int fd, const char *buf, size_t len)
{
    while (len) {
        ssize_t r = write(fd, buf, len);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return XLMEM_ERROR_IO;
        buf += r;
        len -= (size_t)r;
    }
    return 0;
}

static int put_file(int dir, const char *path, const char *buf, size_t len)
{
    int fd, rc = make_parents(dir, path);

    if (rc)
        return rc;
    fd = openat(dir, path,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return xlmem__rc_of_errno(errno);
    rc = write_all(fd, buf, len);
    if (close(fd) && !rc)
        rc = XLMEM_ERROR_IO;
    return rc;
}

int xlmem__writer_put(void *user, const char *path, const char *buf,
                      size_t len)
{
    xlmem__writer *writer = user;

    return writer->gz ? put_archive(writer->gz, path, buf, len)
                      : put_file(writer->dir, path, buf, len);
}

/* ---------------------------------------------------------------- end --- */

/* An archive must not replace what came into being meanwhile; a directory
 * replaces an empty one only. */
static int move_into_place(const xlmem__writer *writer, bool archive,
                           xlmem__msg *msg)
{
    int r = archive ? renameat2(AT_FDCWD, writer->temp, AT_FDCWD, writer->path,
                                RENAME_NOREPLACE)
                    : rename(writer->temp, writer->path);

    /* Not every file system can (vfat, NFS). */
    if (r && archive && (errno == EINVAL || errno == ENOSYS) &&
        access(writer->path, F_OK))
        r = rename(writer->temp, writer->path);
    return r ? fail(msg, writer->path) : 0;
}

static int finish_archive(xlmem__writer *writer, int rc, xlmem__msg *msg)
{
    static const char end[2 * XLMEM__TAR_BLOCK];

    if (!rc && gzwrite(writer->gz, end, sizeof(end)) != (int)sizeof(end))
        rc = xlmem__fail(msg, XLMEM_ERROR_IO, "%s: cannot be written",
                         writer->path);
    if (gzclose(writer->gz) != Z_OK && !rc)
        rc = xlmem__fail(msg, XLMEM_ERROR_IO, "%s: cannot be written",
                         writer->path);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int xlmem__writer_close(xlmem__writer *writer, int rc, xlmem__msg *msg)
{
    bool archive = writer->gz != NULL;

    if (archive)
        rc = finish_archive(writer, rc, msg);
    if (!rc)
        rc = move_into_place(writer, archive, msg);
    if (rc)
        nftw(writer->temp, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    writer_free(writer);
    return rc;
}
