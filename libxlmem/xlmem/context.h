/* SPDX-License-Identifier: LGPL-2.1-only */
/* The context: which host is looked at, and where messages go. */
#ifndef XLMEM_API_CONTEXT_H
#define XLMEM_API_CONTEXT_H

#include <xlmem/result.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct xlmem_ctx xlmem_ctx;
struct xentoollog_logger;

/*
 * xlmem_ctx_alloc: a context without a host.
 * @ctx_r: the context; xlmem_ctx_free it.
 * @api_version: XLMEM_API_VERSION.
 * @lg: where messages go (libxentoollog's logger, borrowed for the context's
 *   life); NULL = nowhere.
 * Returns 0, XLMEM_ERROR_INVAL (version not supported), XLMEM_ERROR_NOMEM.
 * Since: 0.1
 */
int xlmem_ctx_alloc(xlmem_ctx **ctx_r, unsigned api_version,
                    struct xentoollog_logger *lg);

/*
 * xlmem_ctx_free: close the host and free the context; NULL is fine.
 * Since: 0.1
 */
void xlmem_ctx_free(xlmem_ctx *ctx);

/* A message sink for callers without libxentoollog. @level: 0 debug, 1 info,
 * 2 warning, 3 error.  @text: one line, no newline nor other control
 * character, of UTF-8: names of domains may have more than ASCII. */
typedef void xlmem_log_fn(void *user, int level, const char *text);

/*
 * xlmem_ctx_set_log: send messages to a function instead of a logger.
 * Since: 0.1
 */
void xlmem_ctx_set_log(xlmem_ctx *ctx, xlmem_log_fn *fn, void *user);

/*
 * xlmem_ctx_open_live: look at this machine through libxenctrl, libxl, /proc
 * and /sys.  Loads the module built for the running Xen release; does not
 * block.  xenstore and libxl are opened when they are first needed.
 * Returns 0; XLMEM_ERROR_NOTFOUND (no Xen here, or no module for its
 * release), XLMEM_ERROR_PERM, XLMEM_ERROR_XEN; XLMEM_ERROR_IO (it cannot be
 * told, for want of a descriptor, say), XLMEM_ERROR_NOMEM.
 * Logged.  Since: 0.1
 */
int xlmem_ctx_open_live(xlmem_ctx *ctx);

/*
 * xlmem_ctx_open_capture: look at a capture: a directory, or a .tar or .tar.gz
 * of one, laid out as memguard-capture(5) says.  All files in it are optional.
 * @path: the directory or archive.
 * Returns 0; XLMEM_ERROR_NOTFOUND (also of xlmem/capture.so, which the library
 * has beside it), XLMEM_ERROR_IO, XLMEM_ERROR_PARSE (damaged archive).
 * Logged.  Since: 0.1
 */
int xlmem_ctx_open_capture(xlmem_ctx *ctx, const char *path);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_CONTEXT_H */
