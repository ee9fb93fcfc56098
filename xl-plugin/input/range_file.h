/* SPDX-License-Identifier: LGPL-2.1-only */
/* What /etc/xen/memguard.d/NAME.conf allows a domain: the one way in which
 * commands and the daemon read it. */
#ifndef XL_MEMGUARD_RANGE_FILE_H
#define XL_MEMGUARD_RANGE_FILE_H

#include "cmd.h"
#include "private/guard.h"

/* A path, with a domain's name in it, and what is wrong there. */
#define RANGE_FILE_ERR_MAX 320

/*
 * Of a domain whose own file has no list; of another nothing is read.
 * @domu: its name; its opt_in is filled.
 * @err: of RANGE_FILE_ERR_MAX bytes; what is wrong, behind the file's path;
 *   "" on success.
 * Returns 0; XLMEM_ERROR_NOTFOUND: it has a list, or there is no such file;
 * others as xlmem_domu_opt_in_file.
 */
int range_file_read(xlmem_ctx *ctx, xlmem_domu *domu, char *err);

/*
 * The same for a domain that runs, whatever range it has.
 * Returns as above.
 */
int range_file_of(xlmem_ctx *ctx, const xlmem_dom *dom, xlmem_opt_in *range_r,
                  char *err);

#endif /* XL_MEMGUARD_RANGE_FILE_H */
