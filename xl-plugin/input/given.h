/* SPDX-License-Identifier: LGPL-2.1-only */
/* Files that are given as arguments. */
#ifndef XL_MEMGUARD_GIVEN_H
#define XL_MEMGUARD_GIVEN_H

#include <stddef.h>
#include <stdio.h>

/* given_open: NULL: given_why says why not, of @rc_r and errno. */
FILE *given_open(const char *path, int *rc_r);
const char *given_why(int rc);

/*
 * given_read: all of one, malloc'd, in *text_r and *len_r.
 * Returns 0; XLMEM_ERROR_RANGE where it is larger than @max_bytes, with errno
 * EFBIG; XLMEM_ERROR_NOMEM; as xlmem_file_open.
 */
int given_read(const char *path, size_t max_bytes, char **text_r,
               size_t *len_r);

#endif /* XL_MEMGUARD_GIVEN_H */
