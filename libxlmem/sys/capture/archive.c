/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The backend that serves an archive: .tar, or .tar.gz through zlib.  All of
 * it is unpacked into memory, to a bound, and looked up there; nothing is
 * ever written.
 */
#include "config.h"

#include "sys/capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "codec/capture/tar.h"
#include "sys/root.h"

/*
 * A capture of a host with a thousand domains is some 8 MiB unpacked; gzip
 * reaches 1:1032, so that a small file can claim to be anything.
 */
#define UNPACKED_MAX ((size_t)64 << 20)
#define FILES_MAX 16384

typedef struct member {
    char *name;
    xlmem__str data;
} member;

struct archive {
    char *buf; /* the archive, unpacked */
    size_t len;
    member *files; /* by name */
    size_t nr;
};

static void archive_close(void *user)
{
    struct archive *archive = user;

    while (archive->nr)
        free(archive->files[--archive->nr].name);
    free(archive->files);
    free(archive->buf);
    free(archive);
}

static int by_file_name(const void *a, const void *b)
{
    return strcmp(((const member *)a)->name, ((const member *)b)->name);
}

/* The first file whose name does not sort before one; nr: all do.  With a
 * directory's slash: the first file below it. */
static size_t find_in_archive(const struct archive *archive, const char *name,
                              const char *slash)
{
    const size_t len = strlen(name);
    size_t low = 0, high = archive->nr;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *at = archive->files[middle].name;
        int order = strncmp(at, name, len);

        if (!order)
            order = strcmp(at + len, slash);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The name of a file below a directory; NULL: it is not, or there is none. */
static const char *below(const struct archive *archive, size_t n,
                         const char *dir)
{
    const size_t len = strlen(dir);
    const char *name = n < archive->nr ? archive->files[n].name : "";

    return !strncmp(name, dir, len) && name[len] == '/' ? name + len + 1
                                                        : NULL;
}

static bool is_dir(const struct archive *archive, const char *path)
{
    return below(archive, find_in_archive(archive, path, "/"), path) != NULL;
}

static int archive_read_file(void *user, const char *path, char **buf_r,
                             size_t *len_r)
{
    const struct archive *archive = user;
    const size_t n = find_in_archive(archive, path, "");
    const member *found = &archive->files[n];
    char *buf;

    if (n == archive->nr || strcmp(found->name, path) != 0)
        return is_dir(archive, path) ? XLMEM_ERROR_IO : XLMEM_ERROR_NOTFOUND;
    if (found->data.len > XLMEM_DOCUMENT_MAX_BYTES)
        return XLMEM_ERROR_RANGE;
    buf = malloc(found->data.len + 1);
    if (!buf)
        return XLMEM_ERROR_NOMEM;
    memcpy(buf, found->data.p, found->data.len);
    buf[found->data.len] = '\0';
    *buf_r = buf;
    *len_r = found->data.len;
    return 0;
}

/* Files are in order, so that the same names are neighbours. */
static bool add_child_name(char **names, size_t *nr, const char *name,
                           size_t len)
{
    if (!len || (*nr && strlen(names[*nr - 1]) == len &&
                 !memcmp(names[*nr - 1], name, len)))
        return true;
    names[*nr] = strndup(name, len);
    return names[*nr] && ++*nr;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder's name is not where its slash has put its files: "a-b" is before
 * "a/c", and behind "a". */
static int archive_list_dir(void *user, const char *path, char ***names_r,
                            size_t *nr_r)
{
    const struct archive *archive = user;
    const size_t first = find_in_archive(archive, path, "/");
    size_t end = first, nr = 0, i;
    char **names;
    bool ok = true;

    while (below(archive, end, path))
        end++;
    if (end == first)
        return XLMEM_ERROR_NOTFOUND;
    names = calloc(end - first, sizeof(*names));
    if (!names)
        return XLMEM_ERROR_NOMEM;
    for (i = first; i < end && ok; i++) {
        const char *name = below(archive, i, path);

        ok = add_child_name(names, &nr, name, strcspn(name, "/"));
    }
    if (!ok) {
        xlmem__free_names(names, nr);
        return XLMEM_ERROR_NOMEM;
    }
    qsort(names, nr, sizeof(*names), by_text);
    *names_r = names;
    *nr_r = nr;
    return 0;
}

static const xlmem_backend backend = {
    .struct_size = sizeof(backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "archive",
    .close = archive_close,
    .read_file = archive_read_file,
    .list_dir = archive_list_dir,
    .now_ms = xlmem__now_ms,
};

/* ------------------------------------------------------------ opening --- */

static int add_archived(struct archive *archive, const xlmem__tar_file *file)
{
    member *bigger;

    if (archive->nr == FILES_MAX)
        return XLMEM_ERROR_RANGE;
    bigger =
        realloc(archive->files, (archive->nr + 1) * sizeof(*archive->files));
    if (!bigger)
        return XLMEM_ERROR_NOMEM;
    archive->files = bigger;
    bigger[archive->nr].name = strdup(file->name);
    if (!bigger[archive->nr].name)
        return XLMEM_ERROR_NOMEM;
    bigger[archive->nr++].data = file->data;
    return 0;
}

/* Folders a capture has at its top; any other is the capture's own, packed
 * with it ("tar czf host.tar.gz host/"). */
static bool is_top(const char *name, size_t len)
{
    static const char *const tops[] = {"etc", "proc", "sys",
                                       "xen", "xl",   "xenstore"};
    size_t i;

    for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
        if (strlen(tops[i]) == len && !memcmp(tops[i], name, len))
            return true;
    return false;
}

static void strip_top(struct archive *archive)
{
    const size_t len = archive->nr ? strcspn(archive->files[0].name, "/") : 0;
    size_t i;

    if (!len || is_top(archive->files[0].name, len))
        return;
    for (i = 0; i < archive->nr; i++)
        if (strncmp(archive->files[i].name, archive->files[0].name, len) ||
            archive->files[i].name[len] != '/')
            return;
    for (i = 0; i < archive->nr; i++) {
        char *name = archive->files[i].name;

        memmove(name, name + len + 1, strlen(name + len + 1) + 1);
    }
}

static int index_files(struct archive *archive, xlmem__msg *msg)
{
    xlmem__tar tar = {archive->buf, archive->buf + archive->len};
    xlmem__where where = {.line = 0};
    xlmem__tar_file file;
    bool more = true;
    size_t i;
    int rc;

    while (!(rc = xlmem__tar_next(&tar, &file, &more, &where)) && more) {
        rc = add_archived(archive, &file);
        if (rc)
            return xlmem__fail(msg, rc, "%s", "more files than a capture has");
    }
    if (rc)
        return xlmem__fail(msg, rc, "%s", where.text);
    strip_top(archive);
    if (archive->nr)
        qsort(archive->files, archive->nr, sizeof(*archive->files),
              by_file_name);
    for (i = 1; i < archive->nr; i++)
        if (!by_file_name(&archive->files[i - 1], &archive->files[i]))
            return xlmem__fail(msg, XLMEM_ERROR_PARSE, "%.80s is in it twice",
                               archive->files[i].name);
    return 0;
}

static int unpack_more(struct archive *archive, gzFile gz, size_t *room,
                       xlmem__msg *msg)
{
    char *bigger;
    int r;

    if (archive->len == *room) {
        if (*room == UNPACKED_MAX + 1)
            return xlmem__fail(msg, XLMEM_ERROR_RANGE,
                               "more than %zu MiB unpacked",
                               UNPACKED_MAX >> 20);
        *room = *room ? *room * 2 : (size_t)256 << 10;
        if (*room > UNPACKED_MAX)
            *room = UNPACKED_MAX + 1;
        bigger = realloc(archive->buf, *room);
        if (!bigger)
            return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
        archive->buf = bigger;
    }
    r = gzread(gz, archive->buf + archive->len,
               (unsigned)(*room - archive->len));
    if (r > 0)
        archive->len += (size_t)r;
    return r;
}

/* gzread takes what is not compressed as it is. */
static int unpack(struct archive *archive, int fd, xlmem__msg *msg)
{
    gzFile gz = gzdopen(fd, "rb");
    size_t room = 0;
    int rc, r = Z_OK;

    if (!gz) {
        close(fd);
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    }
    do
        rc = unpack_more(archive, gz, &room, msg);
    while (rc > 0);
    if (rc == 0 || rc == -1)
        gzerror(gz, &r);
    if (rc == -1 || (rc == 0 && r != Z_OK && r != Z_STREAM_END))
        rc =
            xlmem__fail(msg, r == Z_ERRNO ? XLMEM_ERROR_IO : XLMEM_ERROR_PARSE,
                        "damaged or cut: it cannot be unpacked");
    gzclose(gz);
    return rc;
}

int xlmem__open_archive(const char *path, const xlmem_backend **backend_r,
                        void **user_r, xlmem__msg *msg)
{
    struct archive *archive;
    struct stat st;
    int fd, rc;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        rc = xlmem__rc_of_errno(errno);
        return xlmem__fail(msg, rc, "%s", strerror(errno));
    }
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return xlmem__fail(msg, XLMEM_ERROR_IO,
                           "neither a directory nor an archive");
    }
    archive = calloc(1, sizeof(*archive));
    if (!archive) {
        close(fd);
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    }
    rc = unpack(archive, fd, msg);
    if (!rc)
        rc = index_files(archive, msg);
    if (rc) {
        archive_close(archive);
        return rc;
    }
    *backend_r = &backend;
    *user_r = archive;
    return 0;
}
