/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The decision lock, and what a host must have to be guarded at all.
 */
#include "engine/guard/guard.h"

bool xlmem__can_guard(const xlmem_backend *backend)
{
    return backend && backend->ledger_lock && backend->ledger_unlock &&
           backend->ledger_each && backend->ledger_add &&
           backend->ledger_update && backend->ledger_drop &&
           backend->ledger_leave && backend->ledger_sweep && backend->now_ms &&
           backend->sleep_ms;
}

int xlmem__guard_lock_within(xlmem_ctx *ctx, int64_t still_ms,
                             int64_t total_ms)
{
    const xlmem_backend *backend = ctx->backend;
    char err[XLMEM__ERR_MAX] = "";
    int rc;

    if (!xlmem__can_guard(backend)) {
        xlmem__log(ctx, XLMEM__ERR, "this host cannot be guarded: %s",
                   backend ? backend->name : "none was opened");
        return XLMEM_ERROR_UNSUPPORTED;
    }
    rc = backend->ledger_lock(ctx->backend_user, still_ms, total_ms, err,
                              sizeof(err));
    if (rc)
        xlmem__log(ctx, XLMEM__ERR, "the ledger cannot be locked: %s",
                   xlmem__why(err, rc));
    return rc;
}

int xlmem__guard_lock(xlmem_ctx *ctx)
{
    return xlmem__guard_lock_within(ctx, XLMEM__LOCK_STILL_MS,
                                    XLMEM__LOCK_TOTAL_MS);
}

void xlmem__guard_unlock(xlmem_ctx *ctx)
{
    ctx->backend->ledger_unlock(ctx->backend_user);
}
