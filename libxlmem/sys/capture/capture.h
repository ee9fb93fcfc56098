/* SPDX-License-Identifier: LGPL-2.1-only */
/* The backends that serve recorded hosts.  Each: 0, or an error with what is
 * wrong in @msg (without the path). */
#ifndef XLMEM_CAPTURE_H
#define XLMEM_CAPTURE_H

#include "sys/sys.h"

/* A directory, or an archive of one. */
int xlmem__open_capture(const char *path, const xlmem_backend **backend_r,
                        void **user_r, xlmem__msg *msg);
int xlmem__open_archive(const char *path, const xlmem_backend **backend_r,
                        void **user_r, xlmem__msg *msg);

/* A snapshot's JSON. */
int xlmem__open_json(const char *path, const xlmem_backend **backend_r,
                     void **user_r, xlmem__msg *msg);

/* This machine, but for what Xen knows of it where it runs under one. */
int xlmem__open_machine(const xlmem_backend **backend_r, void **user_r,
                        xlmem__msg *msg);

/* The same; XLMEM_ERROR_UNSUPPORTED where it runs under Xen. */
int xlmem__open_plain(const xlmem_backend **backend_r, void **user_r,
                      xlmem__msg *msg);

#endif /* XLMEM_CAPTURE_H */
