/* SPDX-License-Identifier: LGPL-2.1-only */
/* Hosts of tests/fixtures, as any client of the library reads them. */
#ifndef XLMEM_RECORDED_HOST_H
#define XLMEM_RECORDED_HOST_H

#include "test.h"

#include "xlmem.h"

static xlmem_host *read_recorded(const char *name)
{
    xlmem_ctx *ctx = NULL;
    xlmem_host *host = NULL;
    char path[512];

    snprintf(path, sizeof(path), "%s/tests/fixtures/hosts/%s",
             getenv("XLMEM_SRCDIR") ? getenv("XLMEM_SRCDIR") : ".", name);
    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    assert_int_equal(xlmem_ctx_open_capture(ctx, path), 0);
    assert_int_equal(xlmem_host_read(ctx, &host), 0);
    xlmem_ctx_free(ctx);
    return host;
}

#endif /* XLMEM_RECORDED_HOST_H */
