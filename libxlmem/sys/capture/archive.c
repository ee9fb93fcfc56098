/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The backend that serves an archive: .tar, or .tar.gz through zlib.  It is
 * unpacked once to see what is in it and where; small files are kept, larger
 * ones are unpacked again when they are asked for, as they come.  Nothing is
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
#include "codec/list_room.h"
#include "model/checked.h"
#include "sys/root.h"

/*
 * A capture of a host with ten thousand domains is some 125 MiB unpacked; gzip
 * reaches 1:1032, so that a small file can claim to be anything.  zlib takes a
 * second for so much.
 */
#define UNPACKED_MAX (UINT64_C(512) << 20)
#define FILES_MAX 16384

/*
 * Such files are kept in memory, 64 MiB at the most: the firmware's map has an
 * entry of three files for each of hundreds of ranges, of 12 bytes each, and
 * the ledger one of 4 kB for each reservation.
 */
#define KEPT_FILE_MAX ((size_t)4 << 10)
/* The others are two dozens, and read in an order of their own. */
#define REWINDS_MAX 32
#define PIECE_BYTES ((size_t)16 << 10)

typedef struct member {
    char *name;
    uint64_t at, len; /* in what is unpacked */
    size_t kept_at;   /* in what is kept; NOT_KEPT */
} member;

#define NOT_KEPT SIZE_MAX

struct archive {
    gzFile gz;
    char *kept; /* contents of small files, one behind the other */
    size_t kept_len, kept_room;
    member *files; /* by name */
    size_t nr, room;
    unsigned rewinds; /* how often it was unpacked from the start */
};

static void archive_close(void *user)
{
    struct archive *archive = user;

    while (archive->nr)
        free(archive->files[--archive->nr].name);
    free(archive->files);
    free(archive->kept);
    if (archive->gz)
        gzclose(archive->gz);
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

/* ------------------------------------------------------------- reading --- */

/* @rc: what it is when it is not for zlib's own memory. */
static int zlib_failed(gzFile gz, int rc)
{
    int r = Z_OK;

    gzerror(gz, &r);
    return r == Z_MEM_ERROR ? XLMEM_ERROR_NOMEM : rc;
}

/* The next @len bytes, all of them.  @rc: what it is when it is cut or
 * damaged; of a file that has changed since it was opened anything may be
 * read. */
static int unpack(gzFile gz, char *buf, size_t len, int rc)
{
    while (len) {
        const unsigned part = (unsigned)xlmem__min(len, UINT64_C(1) << 30);
        const int r = gzread(gz, buf, part);

        if (r <= 0)
            return zlib_failed(gz, rc);
        buf += r;
        len -= (size_t)r;
    }
    return 0;
}

/* Where a file begins; backwards zlib unpacks from the start, which somebody
 * who has made an archive for it could have done for hours. */
static int go_to(struct archive *archive, const member *file)
{
    if (gztell(archive->gz) > (z_off_t)file->at &&
        ++archive->rewinds > REWINDS_MAX)
        return XLMEM_ERROR_RANGE;
    return gzseek(archive->gz, (z_off_t)file->at, SEEK_SET) ==
                   (z_off_t)file->at
               ? 0
               : zlib_failed(archive->gz, XLMEM_ERROR_IO);
}

/* The file of this name.  XLMEM_ERROR_NOTFOUND; XLMEM_ERROR_DIRECTORY. */
static int find_file(const struct archive *archive, const char *path,
                     const member **file_r)
{
    const size_t n = find_in_archive(archive, path, "");

    if (n == archive->nr || strcmp(archive->files[n].name, path) != 0)
        return is_dir(archive, path) ? XLMEM_ERROR_DIRECTORY
                                     : XLMEM_ERROR_NOTFOUND;
    *file_r = &archive->files[n];
    return 0;
}

static int copy_out(struct archive *archive, const member *file, char *buf)
{
    int rc;

    if (file->kept_at != NOT_KEPT) {
        if (file->len)
            memcpy(buf, archive->kept + file->kept_at, (size_t)file->len);
        return 0;
    }
    rc = go_to(archive, file);
    return rc ? rc
              : unpack(archive->gz, buf, (size_t)file->len, XLMEM_ERROR_IO);
}

static int archive_read_file(void *user, const char *path, char **buf_r,
                             size_t *len_r)
{
    struct archive *archive = user;
    const member *file;
    char *buf;
    int rc = find_file(archive, path, &file);

    if (rc)
        return rc;
    if (file->len > XLMEM_DOCUMENT_MAX_BYTES)
        return XLMEM_ERROR_RANGE;
    buf = malloc((size_t)file->len + 1);
    if (!buf)
        return XLMEM_ERROR_NOMEM;
    rc = copy_out(archive, file, buf);
    if (rc) {
        free(buf);
        return rc;
    }
    buf[file->len] = '\0';
    *buf_r = buf;
    *len_r = (size_t)file->len;
    return 0;
}

/* A file that is not kept. */
static int stream_out(struct archive *archive, const member *file,
                      xlmem_piece_fn *fn, void *arg)
{
    char *piece = malloc(PIECE_BYTES);
    uint64_t left = file->len;
    int rc;

    if (!piece)
        return XLMEM_ERROR_NOMEM;
    rc = go_to(archive, file);
    while (left && !rc) {
        const size_t part = (size_t)xlmem__min(left, PIECE_BYTES);

        rc = unpack(archive->gz, piece, part, XLMEM_ERROR_IO);
        if (!rc)
            rc = fn(arg, piece, part);
        left -= part;
    }
    free(piece);
    return rc;
}

static int archive_stream_file(void *user, const char *path,
                               xlmem_piece_fn *fn, void *arg)
{
    struct archive *archive = user;
    const member *file;
    int rc = find_file(archive, path, &file);

    if (rc)
        return rc;
    if (file->len > XLMEM_STREAM_MAX_BYTES)
        return XLMEM_ERROR_RANGE;
    if (file->kept_at == NOT_KEPT)
        return stream_out(archive, file, fn, arg);
    return file->len
               ? fn(arg, archive->kept + file->kept_at, (size_t)file->len)
               : 0;
}

/* ------------------------------------------------------------- folders --- */

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
    .stream_file = archive_stream_file,
};

/* ------------------------------------------------------------ opening --- */

/* An archive that is being opened. */
typedef struct opening {
    struct archive *archive;
    uint64_t at; /* in what is unpacked */
    int rc;      /* why it could not be read on */
} opening;

/* An xlmem__tar_fn.  What is passed over is unpacked with what comes next. */
static int read_packed(void *arg, char *buf, uint64_t len)
{
    opening *o = arg;

    if (len > UNPACKED_MAX - o->at)
        o->rc = XLMEM_ERROR_RANGE;
    else if (buf)
        o->rc = unpack(o->archive->gz, buf, (size_t)len, XLMEM_ERROR_PARSE);
    else if (gzseek(o->archive->gz, (z_off_t)len, SEEK_CUR) < 0)
        o->rc = XLMEM_ERROR_PARSE;
    o->at += len;
    return o->rc;
}

/* The contents of a file that comes next, if it is small. */
static int keep_small(struct archive *archive, xlmem__tar *tar, member *file)
{
    file->kept_at = NOT_KEPT;
    if (file->len > KEPT_FILE_MAX)
        return 0;
    if (!xlmem__list_room(&archive->kept, &archive->kept_room,
                          archive->kept_len + (size_t)file->len + 1, 1))
        return XLMEM_ERROR_NOMEM;
    file->kept_at = archive->kept_len;
    archive->kept_len += (size_t)file->len;
    return xlmem__tar_read(tar, archive->kept + file->kept_at,
                           (size_t)file->len);
}

static int add_archived(struct archive *archive, const xlmem__tar_file *file)
{
    if (archive->nr == FILES_MAX)
        return XLMEM_ERROR_RANGE;
    if (!xlmem__list_room(&archive->files, &archive->room, archive->nr + 1,
                          sizeof(*archive->files)))
        return XLMEM_ERROR_NOMEM;
    archive->files[archive->nr].name = strdup(file->name);
    if (!archive->files[archive->nr].name)
        return XLMEM_ERROR_NOMEM;
    archive->files[archive->nr++].len = file->size_bytes;
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

/* By name; no name twice. */
static int sort_files(struct archive *archive, xlmem__msg *msg)
{
    size_t i;

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

static int add_next(opening *o, xlmem__tar *tar, bool *more_r,
                    xlmem__where *where, xlmem__msg *msg)
{
    struct archive *archive = o->archive;
    xlmem__tar_file file = {.size_bytes = 0};
    int rc = xlmem__tar_next(tar, &file, more_r, where);

    if (rc || !*more_r)
        return rc ? xlmem__fail(msg, rc, "%s", where->text) : 0;
    rc = add_archived(archive, &file);
    if (rc)
        return xlmem__fail(msg, rc, "%s",
                           rc == XLMEM_ERROR_RANGE
                               ? "more files than a capture has"
                               : "out of memory");
    archive->files[archive->nr - 1].at = o->at;
    rc = keep_small(archive, tar, &archive->files[archive->nr - 1]);
    if (rc)
        xlmem__fail(msg, rc, "%s",
                    rc == XLMEM_ERROR_NOMEM ? "out of memory"
                                            : "cut in the middle");
    return rc;
}

/* What is behind the last file, for gzip's sum of all. */
static int drain_archive(opening *o)
{
    char block[XLMEM__TAR_BLOCK];
    int r;

    while ((r = gzread(o->archive->gz, block, sizeof(block))) > 0) {
        o->at += (unsigned)r;
        if (o->at > UNPACKED_MAX)
            return XLMEM_ERROR_RANGE;
    }
    return r < 0 ? XLMEM_ERROR_PARSE : 0;
}

/* What zlib says of the file is more than that a part of it is missing. */
static int say_broken(const opening *o, int rc, xlmem__msg *msg)
{
    int r = Z_OK;

    if (o->rc == XLMEM_ERROR_RANGE || rc == XLMEM_ERROR_RANGE)
        return xlmem__fail(msg, XLMEM_ERROR_RANGE, "more than %u MiB unpacked",
                           (unsigned)(UNPACKED_MAX >> 20));
    gzerror(o->archive->gz, &r);
    if (r == Z_OK || r == Z_STREAM_END)
        return rc;
    if (r == Z_MEM_ERROR)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    return xlmem__fail(msg, r == Z_ERRNO ? XLMEM_ERROR_IO : XLMEM_ERROR_PARSE,
                       "damaged or cut: it cannot be unpacked");
}

static int index_files(struct archive *archive, xlmem__msg *msg)
{
    opening o = {.archive = archive};
    xlmem__tar tar = {read_packed, &o, 0};
    xlmem__where where = {.line = 0};
    bool more = true;
    int rc = 0, end;

    while (!rc && more)
        rc = add_next(&o, &tar, &more, &where, msg);
    if (rc && !o.rc)
        return rc;
    end = rc ? rc : drain_archive(&o);
    end = say_broken(&o, end, msg);
    return end ? end : sort_files(archive, msg);
}

/* And not as a text or a snapshot, say, that was named as one: packed, which
 * gzip marks by two bytes (RFC 1952, 2.3.1), or tar, or cut at once. */
static bool begins_as_one(int fd)
{
    char block[XLMEM__TAR_BLOCK] = "";
    const ssize_t n = pread(fd, block, sizeof(block), 0);

    if (!n || (n >= 2 && block[0] == '\x1f' && block[1] == '\x8b'))
        return true;
    return n == (ssize_t)sizeof(block) && xlmem__tar_begins(block);
}

/* gzread takes what is not compressed as it is. */
static int open_packed(struct archive *archive, int fd, xlmem__msg *msg)
{
    if (!begins_as_one(fd)) {
        close(fd);
        return xlmem__fail(msg, XLMEM_ERROR_PARSE,
                           "neither a directory nor a .tar.gz or .tar");
    }
    archive->gz = gzdopen(fd, "rb");
    if (archive->gz)
        return index_files(archive, msg);
    close(fd);
    return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
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
        return xlmem__fail(msg, XLMEM_ERROR_SPECIAL,
                           "neither a directory nor an archive");
    }
    archive = calloc(1, sizeof(*archive));
    if (!archive) {
        close(fd);
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    }
    rc = open_packed(archive, fd, msg);
    if (rc) {
        archive_close(archive);
        return rc;
    }
    *backend_r = &backend;
    *user_r = archive;
    return 0;
}
