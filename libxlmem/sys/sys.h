/* SPDX-License-Identifier: LGPL-2.1-only */
/* What sys offers to wire.c. */
#ifndef XLMEM_SYS_H
#define XLMEM_SYS_H

#include "private/all.h"
#include "private/backend.h"

/* An xlmem_log_fn whose user is a xentoollog_logger. */
xlmem_log_fn xlmem__log_xtl;

/* Where the one line that explains a failure is written. */
typedef struct xlmem__msg {
    char *text;
    size_t len;
} xlmem__msg;

/* Write the line and return @rc. */
int xlmem__fail(xlmem__msg *msg, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Where the live module is looked for, and what runs it. */
typedef struct xlmem__live_place {
    const char *root;       /* of the host's /sys, /dev, /proc: "" */
    const char *module_dir; /* holds xen-X.Y/live.so */
} xlmem__live_place;

/*
 * Load the live module of the running Xen release and open it.  It stays
 * loaded: libxl registers handlers with the C library that outlive it.
 */
int xlmem__live_open(const xlmem__live_place *place,
                     const xlmem_live_params *params,
                     const xlmem_backend **backend_r, void **user_r,
                     xlmem__msg *msg);

/*
 * Load the module @name, a path below the folder of the library that has @in,
 * and find its one symbol.  It stays loaded.  Whoever chose the library has
 * chosen the module: they are of one build, installed or not.
 * Returns 0; XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_IO (cannot be loaded, or is
 * none), XLMEM_ERROR_INVAL; @msg names the path.
 */
int xlmem__module_beside(const void *in, const char *name, const char *symbol,
                         const void **table_r, xlmem__msg *msg);

#endif /* XLMEM_SYS_H */
