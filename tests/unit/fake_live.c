/* SPDX-License-Identifier: LGPL-2.1-only */
/* A live module without Xen; with FAKE_STALE one of another version, with
 * FAKE_OTHER one of another build. */
#include <stdio.h>

#include "private/backend.h"

/* All sizes may be the same, and the structs not: then the number tells. */
#ifdef FAKE_STALE
#define FAKE_VERSION (XLMEM_MODULE_VERSION - 1)
#else
#define FAKE_VERSION XLMEM_MODULE_VERSION
#endif
#ifdef FAKE_OTHER
#define FAKE_DOM0_SIZE (sizeof(xlmem_dom0) - 8)
#else
#define FAKE_DOM0_SIZE sizeof(xlmem_dom0)
#endif

static const xlmem_backend backend = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "fake",
};

/* Fails without a log, as a real one may fail for reasons of its own. */
static int fake_open(const xlmem_live_params *params,
                     const xlmem_backend **backend_r, void **user_r, char *err,
                     size_t err_len)
{
    if (!params->log) {
        snprintf(err, err_len, "the fake has no log");
        return XLMEM_ERROR_XENSTORE;
    }
    params->log(params->log_user, 1, "the fake is open");
    *backend_r = &backend;
    *user_r = params->log_user;
    return 0;
}

extern const xlmem_live_module_v2 xlmem_live_module;

__attribute__((visibility("default")))
const xlmem_live_module_v2 xlmem_live_module = {
    .module_version = FAKE_VERSION,
    .host_size = sizeof(xlmem_host),
    .dom_size = sizeof(xlmem_dom),
    .open = fake_open,
    .dom0_size = FAKE_DOM0_SIZE,
    .params_size = sizeof(xlmem_live_params),
};
