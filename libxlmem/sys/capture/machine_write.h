/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is written on the machine that this runs on; see private/backend.h. */
#ifndef XLMEM_MACHINE_WRITE_H
#define XLMEM_MACHINE_WRITE_H

#include "sys/sys.h"

/* @root: of xlmem__root_open("/"), or a test's. */
int xlmem__machine_write_setting(int root, const char *path, const char *value,
                                 xlmem__msg *msg);
int xlmem__machine_replace(int root, const char *path, const char *text,
                           size_t len, xlmem__msg *msg);
int xlmem__machine_sync(xlmem__msg *msg);

#endif /* XLMEM_MACHINE_WRITE_H */
