/* SPDX-License-Identifier: LGPL-2.1-only */
/* A file that the node exporter's collector reads (--textfile). */
#ifndef XL_MEMGUARD_TEXTFILE_H
#define XL_MEMGUARD_TEXTFILE_H

#include "cmd.h"
#include "metrics/exposition.h"
#include "output/atomic.h"

typedef struct textfile {
    FILE *stream; /* write here; NULL: a dry run, nothing is to be written */
    atomic_file file;
    const char *path; /* the caller's */
} textfile;

/*
 * textfile_begin: The collector, which is not root, sees it whole or not at
 * all: a name that does not end in .prom is none of its business.
 * Returns EXIT_DONE, or an exit status (a message was printed).
 */
int textfile_begin(textfile *file, const cmd_run *run, const char *path);

/* textfile_end: if begun with a stream.  Likewise. */
int textfile_end(textfile *file);

#endif /* XL_MEMGUARD_TEXTFILE_H */
