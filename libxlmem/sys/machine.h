/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The documents of the machine that this runs on, beside what Xen knows.  Most
 * are its files, and what a guarded create reads are.  Its logs are read in
 * another way, by nobody but a capture and the doctor: sys/capture/logs.h.
 */
#ifndef XLMEM_MACHINE_H
#define XLMEM_MACHINE_H

#include "private/backend.h"

bool xlmem__machine_is_log(const char *path);

/* Of one that is none.  As read_file of a backend; @root: of
 * xlmem__root_open("/"). */
int xlmem__machine_read(int root, const char *path, char **buf_r,
                        size_t *len_r);

#endif /* XLMEM_MACHINE_H */
