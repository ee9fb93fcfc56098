/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domain's configuration as xl itself reads it. */
#ifndef XL_MEMGUARD_DRYRUN_H
#define XL_MEMGUARD_DRYRUN_H

#include <stddef.h>

#include "private/all.h"

/* dryrun_xl: the xl that is installed here, or NULL. */
const char *dryrun_xl(void);

/*
 * dryrun_read: have @xl read @path with a dry run of its create, which prints
 * libxl's own JSON.  Starts a process and waits for it, at most 30 s.
 * @err, @err_len: why not, as one line; what xl said is in it.
 * Returns 0; XLMEM_ERROR_CONFIG when xl refuses the file;
 * XLMEM_ERROR_UNSUPPORTED when what it prints is no JSON (output_format of
 * xl.conf); XLMEM_ERROR_UNKNOWN without a memory size; XLMEM_ERROR_TIMEDOUT,
 * XLMEM_ERROR_IO, XLMEM_ERROR_NOMEM.
 */
int dryrun_read(const char *xl, const char *path, xlmem_domu *domu_r,
                char *err, size_t err_len);

#endif /* XL_MEMGUARD_DRYRUN_H */
