/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The part of tar that a capture needs (POSIX.1-2008, pax, "ustar Interchange
 * Format"): regular files by relative name.  Read as it comes, and never
 * written to the host, so that a name can lead nowhere.  pax headers (path,
 * size) and GNU's long names are understood; directories are implied; links
 * and devices are passed over.
 */
#ifndef XLMEM_TAR_H
#define XLMEM_TAR_H

#include "codec/text.h"

#define XLMEM__TAR_BLOCK 512
#define XLMEM__TAR_NAME_MAX 255

/* What stands before a file and is about it is not longer. */
#define XLMEM__TAR_AHEAD_MAX (UINT32_C(64) << 10)

/* The next @len bytes, all of them, into @buf; with NULL past them.  0;
 * XLMEM_ERROR_PARSE: there are not so many; or another error. */
typedef int xlmem__tar_fn(void *arg, char *buf, uint64_t len);

/* An archive that is being read; start with {fn, arg, 0}. */
typedef struct xlmem__tar {
    xlmem__tar_fn *fn;
    void *arg;
    uint64_t left; /* of the present file and its padding, not read yet */
} xlmem__tar;

typedef struct xlmem__tar_file {
    char name[XLMEM__TAR_NAME_MAX + 1]; /* relative, no "." or ".." in it */
    uint64_t size_bytes;
} xlmem__tar_file;

/*
 * The next regular file, whose data comes next.  *more_r is false behind the
 * last one.
 * Returns 0, XLMEM_ERROR_PARSE (damaged, cut, a name that leads outside,
 * sparse), XLMEM_ERROR_RANGE (a name or a header too long),
 * XLMEM_ERROR_NOMEM, or what the function returned.
 */
int xlmem__tar_next(xlmem__tar *tar, xlmem__tar_file *file_r, bool *more_r,
                    xlmem__where *where);

/* Whether an archive begins so: by its mark, or, before there was one, by the
 * sum of its first header; an empty one begins with zeros. */
bool xlmem__tar_begins(const char block[XLMEM__TAR_BLOCK]);

/* The next @len bytes of the present file, which has so many.  Returns as the
 * function does. */
int xlmem__tar_read(xlmem__tar *tar, char *buf, size_t len);

/*
 * The header of a file of mode 0600, root's, of 1970: two captures of one
 * host are the same bytes.  Data follows, filled up to blocks, and behind the
 * last file two blocks of zeros.  Returns 0 or XLMEM_ERROR_RANGE.
 */
int xlmem__tar_header(const char *name, uint64_t size_bytes,
                      char block[XLMEM__TAR_BLOCK]);

/* How many zeros fill up a file's last block. */
size_t xlmem__tar_padding(uint64_t size_bytes);

#endif /* XLMEM_TAR_H */
