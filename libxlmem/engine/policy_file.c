/* SPDX-License-Identifier: LGPL-2.1-only */
/* The administrator's configuration and kill switch. */
#include <stdlib.h>

#include "codec/conf.h"
#include "engine/documents.h"
#include "xlmem_guard.h"

/* *off_r: whether the file is there; what is in it is no matter. */
static int read_switch(xlmem_ctx *ctx, bool *off_r)
{
    char *buf;
    size_t len;
    int rc = xlmem__read_document(ctx, XLMEM_OFF_FILE, &buf, &len);

    *off_r = rc != XLMEM_ERROR_NOTFOUND;
    if (!rc)
        free(buf);
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

int xlmem_policy_from_conf(xlmem_ctx *ctx, const char *name, const char *conf,
                           size_t len, xlmem_policy *policy_r)
{
    xlmem__where where = {0, ""};
    xlmem_policy policy;
    bool off;
    int rc;

    if (!ctx->backend)
        return XLMEM_ERROR_NOTFOUND;
    rc = xlmem__parse_conf(conf, len, &policy, &where);
    if (rc) {
        xlmem__complain_of(ctx, name, &where);
        return rc;
    }
    rc = read_switch(ctx, &off);
    if (rc)
        return rc;
    policy.switched_off = off;
    if (off)
        policy.mode = XLMEM_MODE_OFF;
    *policy_r = policy;
    return 0;
}

int xlmem_policy_load(xlmem_ctx *ctx, const char *path, xlmem_policy *policy_r)
{
    char *buf;
    size_t len;
    int rc;

    if (!ctx->backend)
        return XLMEM_ERROR_NOTFOUND;
    path = path ? path : XLMEM_POLICY_FILE;
    rc = xlmem__read_document(ctx, path, &buf, &len);
    if (rc)
        return rc;
    rc = xlmem_policy_from_conf(ctx, path, buf, len, policy_r);
    free(buf);
    return rc;
}
