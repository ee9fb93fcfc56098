/* SPDX-License-Identifier: LGPL-2.1-only */
/* The backends that serve recorded hosts. */
#ifndef XLMEM_CAPTURE_H
#define XLMEM_CAPTURE_H

#include "xlmem_backend.h"

/* A directory.  0 or as read_file of a backend. */
int xlmem__open_directory(const char *path, const xlmem_backend **backend_r,
                          void **user_r);

#endif /* XLMEM_CAPTURE_H */
