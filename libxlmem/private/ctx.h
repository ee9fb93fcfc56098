/* SPDX-License-Identifier: LGPL-2.1-only */
/* Snapshots, captures, and backends of one's own. */
#ifndef XLMEM_PRIVATE_CTX_H
#define XLMEM_PRIVATE_CTX_H

#include "private/host.h"
#include "xlmem/context.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

struct xlmem_backend;

/*
 * xlmem_ctx_set_backend: use a backend of the caller's (private/backend.h).
 * @user: handed to every function of it; closed with the context.
 * @backend: copied; of an older or a newer library's size, what it has not
 *   counts as NULL and what this one does not know is left out.
 * Returns 0, XLMEM_ERROR_INVAL (no table, another XLMEM_BACKEND_VERSION, or
 * none of its functions).
 */
int xlmem_ctx_set_backend(xlmem_ctx *ctx, const struct xlmem_backend *backend,
                          void *user);

/*
 * xlmem_ctx_open_json: look at the host in a JSON file, as xlmem_host_to_json
 * writes it.
 * Returns 0; XLMEM_ERROR_NOTFOUND (the file, or xlmem/capture.so beside the
 * library), XLMEM_ERROR_IO, XLMEM_ERROR_PARSE.  Logged.
 */
int xlmem_ctx_open_json(xlmem_ctx *ctx, const char *path);

/*
 * xlmem_ctx_open_plain: use this machine, on which no Xen runs.
 * Returns 0; XLMEM_ERROR_UNSUPPORTED (it runs under Xen: xlmem_ctx_open_live),
 * XLMEM_ERROR_IO, XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_NOMEM.  Logged.
 * Since: 0.1
 */
int xlmem_ctx_open_plain(xlmem_ctx *ctx);

/*
 * xlmem_snapshot: everything the backend knows of the host, as one value.
 * A missing source leaves facts unknown; a malformed one is an error.
 * Blocks for reading a few files and asking Xen for each domain.
 * @host_r: must be initialised; replaced on success.
 * Returns 0; XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_XEN,
 * XLMEM_ERROR_XENSTORE, XLMEM_ERROR_IO, XLMEM_ERROR_INVAL (no backend),
 * XLMEM_ERROR_NOMEM.  Logged, with file and line.  Since: 0.1
 */
int xlmem_snapshot(xlmem_ctx *ctx, xlmem_host *host_r);

/* What a caller wants to know of the domains beside which there are and what
 * they hold. */
#define XLMEM_WANT_TYPES 1U   /* their types and paging pools */
#define XLMEM_WANT_TARGETS 2U /* targets, maxima and ranges */
/* Of a machine that runs: its kernel's log is kept, once, for the vitals that
 * are read next (xlmem_vitals_read). */
#define XLMEM_WANT_LOG (UINT32_C(1) << 31)
#define XLMEM_WANT_ALL (UINT32_MAX & ~XLMEM_WANT_LOG)

/*
 * xlmem_snapshot_of: the same for a caller who looks at less: of a recorded
 * host the documents that say nothing he wants are not read, whatever is in
 * them.  Facts that he did not ask for may be known or not.
 * @wants: XLMEM_WANT_* or'ed; 0 for none of them.
 * Returns as xlmem_snapshot does.
 * Since: 0.1
 */
int xlmem_snapshot_of(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r);

/*
 * xlmem_snapshot_short: the same for the guard: of a running host what Xen and
 * the toolstack say, dom0's balloon and /proc/meminfo, the ledger.  No log, no
 * boot file, no load: the module for captures is not loaded.
 * Returns as xlmem_snapshot does.
 * Since: 0.1
 */
int xlmem_snapshot_short(xlmem_ctx *ctx, xlmem_host *host_r);

/*
 * xlmem_host_from_json: the reverse.
 * @json, @len: the text.
 * @host_r: must be initialised; replaced on success.
 * @err, @err_len: where and what, on failure, as one line; may be NULL, 0.
 * Returns 0, XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_NOMEM.
 * Since: 0.1
 */
int xlmem_host_from_json(const char *json, size_t len, xlmem_host *host_r,
                         char *err, size_t err_len);

/* One file of a capture, and what became of it. */
typedef void xlmem_capture_fn(void *user, const char *file, int rc);

/*
 * xlmem_capture: write the files a capture consists of.
 * @path: a directory that does not exist or is empty; or a name that ends in
 *   .tar.gz or .tgz, which must not exist.  Files are made with mode 0600 and
 *   hold no passwords, keys or kernel command lines of guests.
 * @fn, @user: told each file as written (0) or why not; may be NULL.
 * Returns 0 (also when files could not be read), XLMEM_ERROR_IO,
 * XLMEM_ERROR_INVAL.  On failure nothing is left at @path.  Logged.
 * Since: 0.1
 */
int xlmem_capture(xlmem_ctx *ctx, const char *path, xlmem_capture_fn *fn,
                  void *user);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_CTX_H */
