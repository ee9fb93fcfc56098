/* SPDX-License-Identifier: LGPL-2.1-only */
/* A libxl on a host that is made up: Xen and the builder are
 * tests/cluster/xl. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "libxl.h"

/* ERROR_FAIL of libxl_types.idl, Xen 4.14 to 4.20. */
#define LIBXL_ERROR_FAIL (-3)

int libxl_ctx_alloc(void **ctx_r, int version, unsigned flags, void *lg)
{
    static int context;

    (void)version;
    (void)flags;
    (void)lg;
    *ctx_r = &context;
    return 0;
}

/* Where the real one fills in defaults. */
int libxl_domain_need_memory(void *ctx, void *config, uint32_t domid,
                             uint64_t *kb)
{
    (void)ctx;
    (void)config;
    (void)domid;
    *kb = 0;
    return 0;
}

char *libxl_domain_config_to_json(void *ctx, void *config)
{
    const made_up_config *c = config;
    const unsigned long kb = strtoul(c->mib, NULL, 10) * 1024;
    char *json;

    (void)ctx;
    return asprintf(&json,
                    "{\"c_info\": {\"type\": \"pvh\", \"name\": \"%s\", "
                    "\"uuid\": \"%s\"}, \"b_info\": {\"max_vcpus\": 1, "
                    "\"max_memkb\": %lu, \"target_memkb\": %lu, "
                    "\"kernel\": \"/boot/vmlinuz\"}}",
                    c->name, c->uuid, kb, kb) < 0
               ? NULL
               : json;
}

/* The guard is in front of this one as well. */
int xc_domain_create(void *xch, uint32_t *domid, void *config)
{
    (void)xch;
    (void)domid;
    (void)config;
    return 0;
}

int libxl_domain_create_new(void *ctx, void *config, uint32_t *domid,
                            const void *ao_how, const void *console_how)
{
    const made_up_config *c = config;
    char build[256];

    (void)ctx;
    (void)ao_how;
    (void)console_how;
    *domid = c->domid;
    if (xc_domain_create(NULL, domid, NULL))
        return LIBXL_ERROR_FAIL;
    snprintf(build, sizeof(build),
             "/usr/lib/xlmem/real/xl built %s %s %" PRIu32, c->name, c->mib,
             *domid);
    return system(build) ? LIBXL_ERROR_FAIL : 0;
}
