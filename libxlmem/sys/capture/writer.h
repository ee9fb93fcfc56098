/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes a capture, all of it or nothing: built under a temporary name beside
 * its place and renamed when it is complete.  Directories are 0700, files
 * 0600.
 */
#ifndef XLMEM_WRITER_H
#define XLMEM_WRITER_H

#include "sys/sys.h"

typedef struct xlmem__writer xlmem__writer;

/*
 * @path: a directory that is not there or empty, or a name that ends in
 * .tar.gz or .tgz and is not there.  0, XLMEM_ERROR_INVAL, XLMEM_ERROR_IO,
 * XLMEM_ERROR_PERM, XLMEM_ERROR_NOTFOUND (its parent), XLMEM_ERROR_NOMEM.
 */
int xlmem__writer_open(const char *path, xlmem__writer **writer_r,
                       xlmem__msg *msg);

/* Of an xlmem__sink (engine/capture/capture.h); @user is the writer. */
int xlmem__writer_put(void *user, const char *path, const char *buf,
                      size_t len);

/* Put the capture in its place (@rc 0), or leave nothing.  Frees the writer;
 * returns @rc or what failed. */
int xlmem__writer_close(xlmem__writer *writer, int rc, xlmem__msg *msg);

#endif /* XLMEM_WRITER_H */
