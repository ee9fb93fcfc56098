/* SPDX-License-Identifier: LGPL-2.1-only */
/* What tests/cluster has in libxl's place: enough of it for one create to be
 * guarded. */
#ifndef XLMEM_CLUSTER_LIBXL_H
#define XLMEM_CLUSTER_LIBXL_H

#include <stdint.h>

/* A PVH domU with one vCPU. */
typedef struct made_up_config {
    const char *name, *mib, *uuid;
    uint32_t domid; /* that it is going to have */
} made_up_config;

int libxl_ctx_alloc(void **ctx_r, int version, unsigned flags, void *lg);
int libxl_domain_need_memory(void *ctx, void *config, uint32_t domid,
                             uint64_t *kb);
char *libxl_domain_config_to_json(void *ctx, void *config);
int libxl_domain_create_new(void *ctx, void *config, uint32_t *domid,
                            const void *ao_how, const void *console_how);
int xc_domain_create(void *xch, uint32_t *domid, void *config);

#endif /* XLMEM_CLUSTER_LIBXL_H */
