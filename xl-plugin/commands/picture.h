/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is written beside a report, or in its place: a drawing, a page. */
#ifndef XL_MEMGUARD_PICTURE_H
#define XL_MEMGUARD_PICTURE_H

#include "cmd.h"

/* Writes @what to @file.  Returns 0 or an XLMEM_ERROR_*; errors of the stream
 * are found by its owner. */
typedef int picture_fn(FILE *file, const void *what);

/* "-": it takes the place of the report.  @path NULL: it was not asked for. */
bool picture_is_report(const char *path);

/* Whether it may be asked for so; EXIT_DONE, or a message was printed. */
int picture_check(const cmd_run *run, const char *option, const char *path);

/*
 * picture_write: to standard output, or to a file, which has it complete or is
 * as it was.  With -N the file is only named.
 * Returns the exit status; a message was printed.
 */
int picture_write(const cmd_run *run, const char *path, picture_fn *write,
                  const void *what);

#endif /* XL_MEMGUARD_PICTURE_H */
