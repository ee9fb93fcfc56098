/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fields of a header: offset and length. */
enum {
    NAME_AT = 0,
    NAME_LEN = 100,
    MODE_AT = 100,
    UID_AT = 108,
    GID_AT = 116,
    ID_LEN = 8,
    SIZE_AT = 124,
    MTIME_AT = 136,
    TIME_LEN = 12,
    SUM_AT = 148,
    SUM_LEN = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    PREFIX_AT = 345,
    PREFIX_LEN = 155,
};

/* What stands before a file and is about it. */
struct ahead {
    char name[XLMEM__TAR_NAME_MAX + 1]; /* pax path or GNU long name */
    bool has_name, has_size;
    uint64_t size;
};

static int complain_of_header(xlmem__where *where, int rc, const char *what,
                              xlmem__str text)
{
    return xlmem__complain(where, 0, rc, what, text);
}

static xlmem__str field(const char *block, size_t at, size_t len)
{
    const char *nul = memchr(block + at, '\0', len);

    return (xlmem__str){block + at, nul ? (size_t)(nul - (block + at)) : len};
}

/* Octal digits between blanks. */
static int octal(xlmem__str s, uint64_t *value_r)
{
    uint64_t value = 0;
    size_t i;

    s = xlmem__trim(s);
    if (!s.len)
        return XLMEM_ERROR_PARSE;
    for (i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '7')
            return XLMEM_ERROR_PARSE;
        value = value * 8 + (uint64_t)(s.p[i] - '0'); /* 12 digits: 36 bits */
    }
    *value_r = value;
    return 0;
}

/* The sum of all bytes with the sum's own field as blanks. */
static uint64_t sum_of(const char *block)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < XLMEM__TAR_BLOCK; i++)
        sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' '
                                                   : (unsigned char)block[i];
    return sum;
}

static bool is_zero(const char *block)
{
    size_t i;

    for (i = 0; i < XLMEM__TAR_BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

static bool has_its_sum(const char *block)
{
    uint64_t sum;

    return !octal(field(block, SUM_AT, SUM_LEN), &sum) && sum == sum_of(block);
}

bool xlmem__tar_begins(const char block[XLMEM__TAR_BLOCK])
{
    return !memcmp(block + MAGIC_AT, "ustar", 5) || has_its_sum(block) ||
           is_zero(block);
}

size_t xlmem__tar_padding(uint64_t size_bytes)
{
    size_t over = (size_t)(size_bytes % XLMEM__TAR_BLOCK);

    return over ? XLMEM__TAR_BLOCK - over : 0;
}

/* Append a name's components; "." is nothing, ".." and "/" lead outside. */
static int append_component(char *name, xlmem__str part, xlmem__where *where)
{
    const xlmem__str whole = part;
    size_t len = strlen(name);

    if (part.len && part.p[0] == '/')
        return complain_of_header(where, XLMEM_ERROR_PARSE, "an absolute name",
                                  whole);
    while (part.len) {
        xlmem__str piece = xlmem__cut(&part, '/');

        if (!piece.len || xlmem__str_is(piece, "."))
            continue;
        if (xlmem__str_is(piece, ".."))
            return complain_of_header(where, XLMEM_ERROR_PARSE,
                                      "a name with ..", whole);
        if (memchr(piece.p, '\0', piece.len))
            return complain_of_header(where, XLMEM_ERROR_PARSE,
                                      "a name with NUL", whole);
        if (len + 1 + piece.len > XLMEM__TAR_NAME_MAX)
            return complain_of_header(where, XLMEM_ERROR_RANGE,
                                      "a name too long", whole);
        if (len)
            name[len++] = '/';
        memcpy(name + len, piece.p, piece.len);
        len += piece.len;
        name[len] = '\0';
    }
    return 0;
}

static int name_ahead(struct ahead *ahead, xlmem__str name,
                      xlmem__where *where)
{
    ahead->name[0] = '\0';
    ahead->has_name = true;
    return append_component(ahead->name, name, where);
}

/* One pax record is "LEN KEY=VALUE\n", LEN counting all of it. */
static int pax_record(xlmem__str *rest, struct ahead *ahead,
                      xlmem__where *where)
{
    xlmem__str record, value;
    uint64_t len;
    size_t used;

    if (xlmem__number(*rest, 10, &len, &used) || len > rest->len ||
        len < used + 2 || rest->p[used] != ' ' || rest->p[len - 1] != '\n')
        return complain_of_header(where, XLMEM_ERROR_PARSE,
                                  "damaged pax header", *rest);
    record = (xlmem__str){rest->p + used + 1, (size_t)len - used - 2};
    rest->p += len;
    rest->len -= (size_t)len;
    value = record;
    xlmem__cut(&value, '=');
    if (xlmem__str_starts(record, "path=")) {
        return name_ahead(ahead, value, where);
    } else if (xlmem__str_starts(record, "size=")) {
        if (xlmem__number_all(value, 10, &ahead->size))
            return complain_of_header(where, XLMEM_ERROR_PARSE,
                                      "damaged pax header", record);
        ahead->has_size = true;
    } else if (xlmem__str_starts(record, "GNU.sparse.")) {
        return complain_of_header(where, XLMEM_ERROR_PARSE,
                                  "sparse files are not read", record);
    }
    return 0;
}

static int pax(xlmem__str data, struct ahead *ahead, xlmem__where *where)
{
    int rc = 0;

    while (data.len && !rc)
        rc = pax_record(&data, ahead, where);
    return rc;
}

static int header_name(const char *block, const struct ahead *ahead,
                       char *name, xlmem__where *where)
{
    int rc = 0;

    name[0] = '\0';
    if (ahead->has_name) {
        memcpy(name, ahead->name, sizeof(ahead->name));
        return 0;
    }
    if (!memcmp(block + MAGIC_AT, "ustar\0", 6))
        rc =
            append_component(name, field(block, PREFIX_AT, PREFIX_LEN), where);
    return rc ? rc
              : append_component(name, field(block, NAME_AT, NAME_LEN), where);
}

/* Past what is left of a file. */
static int skip_rest(xlmem__tar *tar, xlmem__where *where)
{
    int rc = tar->left ? tar->fn(tar->arg, NULL, tar->left) : 0;

    tar->left = 0;
    return rc ? complain_of_header(where, rc, "cut in the middle",
                                   (xlmem__str){"", 0})
              : 0;
}

/* How much data follows a header; the archive stands before it then. */
static int take_header(xlmem__tar *tar, const char *block,
                       const struct ahead *ahead, uint64_t *size_r,
                       xlmem__where *where)
{
    uint64_t size;

    if (!has_its_sum(block) || octal(field(block, SIZE_AT, TIME_LEN), &size))
        return complain_of_header(where, XLMEM_ERROR_PARSE, "damaged header",
                                  field(block, NAME_AT, NAME_LEN));
    if (ahead->has_size)
        size = ahead->size;
    if (size > UINT64_MAX - XLMEM__TAR_BLOCK)
        return complain_of_header(where, XLMEM_ERROR_PARSE,
                                  "cut in the middle",
                                  field(block, NAME_AT, NAME_LEN));
    tar->left = size + xlmem__tar_padding(size);
    *size_r = size;
    return 0;
}

int xlmem__tar_read(xlmem__tar *tar, char *buf, size_t len)
{
    tar->left -= len;
    return tar->fn(tar->arg, buf, len);
}

/* A header that is about the next file.  @type: 'x' or 'L'. */
static int take_ahead(xlmem__tar *tar, char type, uint64_t size,
                      struct ahead *ahead, xlmem__where *where)
{
    char *buf;
    int rc;

    if (size > XLMEM__TAR_AHEAD_MAX)
        return complain_of_header(where, XLMEM_ERROR_RANGE,
                                  "a header too long", (xlmem__str){"", 0});
    buf = malloc((size_t)size + 1);
    if (!buf)
        return complain_of_header(where, XLMEM_ERROR_NOMEM, "out of memory",
                                  (xlmem__str){"", 0});
    rc = xlmem__tar_read(tar, buf, (size_t)size);
    if (rc)
        complain_of_header(where, rc, "cut in the middle",
                           (xlmem__str){"", 0});
    else if (type == 'x')
        rc = pax((xlmem__str){buf, (size_t)size}, ahead, where);
    else
        rc = name_ahead(ahead, (xlmem__str){buf, strnlen(buf, (size_t)size)},
                        where);
    free(buf);
    return rc;
}

/* What a header may be of. */
struct found {
    bool is_file;          /* a regular one */
    xlmem__tar_file *file; /* that */
};

static int take_entry_of(xlmem__tar *tar, const char *block,
                         struct ahead *ahead, struct found *found,
                         xlmem__where *where)
{
    xlmem__tar_file *file = found->file;
    uint64_t size = 0;
    int rc = take_header(tar, block, ahead, &size, where);

    found->is_file = false;
    if (rc)
        return rc;
    switch (block[TYPE_AT]) {
    case 'x': /* pax, about the next file */
    case 'L': /* GNU's long name of the next file */
        return take_ahead(tar, block[TYPE_AT], size, ahead, where);
    case 'g': /* pax, about the archive: nothing we ask for */
    case 'K': /* GNU's long name of a link's target */
        return 0;
    case '0':
    case '7':
    case '\0':
        found->is_file = true;
        file->size_bytes = size;
        return header_name(block, ahead, file->name, where);
    case 'S':
        return complain_of_header(where, XLMEM_ERROR_PARSE,
                                  "sparse files are not read",
                                  field(block, NAME_AT, NAME_LEN));
    default:
        /* Its name is looked at all the same: an archive that wants to lead
         * outside is not to be trusted in the rest. */
        rc = header_name(block, ahead, file->name, where);
        *ahead = (struct ahead){.has_name = false};
        return rc;
    }
}

int xlmem__tar_next(xlmem__tar *tar, xlmem__tar_file *file_r, bool *more_r,
                    xlmem__where *where)
{
    struct ahead ahead = {.has_name = false};
    char block[XLMEM__TAR_BLOCK];
    struct found found = {false, file_r};
    int rc = 0;

    while (!rc && !found.is_file) {
        rc = skip_rest(tar, where);
        if (rc)
            return rc;
        rc = tar->fn(tar->arg, block, sizeof(block));
        if (rc)
            return complain_of_header(where, rc,
                                      "cut: there is no end of archive",
                                      (xlmem__str){"", 0});
        if (is_zero(block)) {
            *more_r = false;
            return 0;
        }
        rc = take_entry_of(tar, block, &ahead, &found, where);
    }
    *more_r = true;
    return rc;
}

/* ------------------------------------------------------------ writing --- */

static void put_octal(char *block, size_t at, int digits, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%0*llo", digits, (unsigned long long)value);
    memcpy(block + at, text, (size_t)digits);
}

int xlmem__tar_header(const char *name, uint64_t size_bytes,
                      char block[XLMEM__TAR_BLOCK])
{
    const size_t len = strlen(name);

    if (!len || len > NAME_LEN || size_bytes >> 33)
        return XLMEM_ERROR_RANGE;
    memset(block, 0, XLMEM__TAR_BLOCK);
    memcpy(block + NAME_AT, name, len);
    put_octal(block, MODE_AT, ID_LEN - 1, 0600);
    put_octal(block, UID_AT, ID_LEN - 1, 0);
    put_octal(block, GID_AT, ID_LEN - 1, 0);
    put_octal(block, SIZE_AT, TIME_LEN - 1, size_bytes);
    put_octal(block, MTIME_AT, TIME_LEN - 1, 0);
    block[TYPE_AT] = '0';
    memcpy(block + MAGIC_AT,
           "ustar\0"
           "00",
           8);
    /* Six digits, a NUL, a blank. */
    put_octal(block, SUM_AT, 6, sum_of(block));
    block[SUM_AT + 7] = ' ';
    return 0;
}
