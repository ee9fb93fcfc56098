/* SPDX-License-Identifier: LGPL-2.1-only */
/* create NAME MIB UUID DOMID [-N]: `xl create` on a host that is made up, by a
 * libxl that the guard is in front of; with -N what it would create, as `xl -N
 * create` prints it. */
#include <stdio.h>
#include <stdlib.h>

#include "libxl.h"

int main(int argc, char **argv)
{
    made_up_config config;
    uint32_t domid;
    void *ctx;

    if (argc < 5)
        return 2;
    config.name = argv[1];
    config.mib = argv[2];
    config.uuid = argv[3];
    config.domid = (uint32_t)strtoul(argv[4], NULL, 10);
    if (argc > 5)
        return puts(libxl_domain_config_to_json(NULL, &config)) < 0;
    return libxl_ctx_alloc(&ctx, 0, 0, NULL) ||
           libxl_domain_create_new(ctx, &config, &domid, NULL, NULL);
}
