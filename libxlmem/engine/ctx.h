/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_CTX_H
#define XLMEM_CTX_H

#include "codec/ledger_text.h"
#include "private/all.h"
#include "private/backend.h"

enum { XLMEM__DEBUG, XLMEM__INFO, XLMEM__WARN, XLMEM__ERR };

struct xlmem_ctx {
    const xlmem_backend *backend; /* NULL until one is set, or &table */
    xlmem_backend table;          /* what an older one has not is NULL here */
    void *backend_user;
    xlmem_log_fn *log; /* NULL: messages go nowhere */
    void *log_user;
    char warned[256]; /* the last warning of the backend, which is not said
                         at each look */
    char unread[256]; /* the same of an entry of the ledger */
    char entry[XLMEM__ENTRY_TEXT_MAX]; /* room for the text of one that is
                                          written: 4 kB, on no stack */
    bool keeps_log; /* what is read now is to be kept (XLMEM_WANT_LOG) */
    char *kept_log; /* owned: the kernel's log, read for a snapshot, until
                       vitals were read; NULL: there is none */
    size_t kept_log_len;
};

/* @log: becomes the context's, which gives up the one before; may be NULL. */
void xlmem__keep_log(xlmem_ctx *ctx, char *log, size_t len);

/* Room for the line in which a backend says what failed. */
#define XLMEM__ERR_MAX 256

/* That line; what @rc means when there is none. */
const char *xlmem__why(const char *err, int rc);

/*
 * Let a backend read into @host.  What it has to say beside that is a warning
 * when it has succeeded, said once, and an error when it has not.  Logged.
 */
int xlmem__take_from(xlmem_ctx *ctx,
                     int (*read)(void *, xlmem_host *, char *, size_t),
                     xlmem_host *host);

/* The same for a function that is asked for some domains only. */
typedef int xlmem__asked_fn(void *user, xlmem_host *host, const xlmem_ask *ask,
                            char *err, size_t err_len);
int xlmem__take_asked(xlmem_ctx *ctx, xlmem__asked_fn *read,
                      const xlmem_ask *ask, xlmem_host *host);

/* One line to the caller's logger. */
void xlmem__log(xlmem_ctx *ctx, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* XLMEM_CTX_H */
