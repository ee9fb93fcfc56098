/* SPDX-License-Identifier: LGPL-2.1-only */
/* A request out of a domain's configuration, and of its files.  Apart from
 * request.c, which the simulator links without sys/. */
#include "api/request_parts.h"

/* What its kernel takes of dom0 counts as measured elsewhere where that cannot
 * be told. */
static void take_domain(xlmem_request *request, xlmem_domu *domu)
{
    (void)xlmem_domu_read_files(domu);
    request->domu = *domu;
    xlmem__request_forget_need(request);
}

int xlmem_request_from_json(xlmem_request *request, const char *json,
                            size_t len, char *err, size_t err_len)
{
    xlmem_domu domu;
    int rc = xlmem_domu_from_json(json, len, &domu, err, err_len);

    if (!rc)
        take_domain(request, &domu);
    return rc;
}

int xlmem_request_from_cfg(xlmem_request *request, const xlmem_host *host,
                           const char *cfg, size_t len, char *err,
                           size_t err_len)
{
    xlmem_domu domu;
    int rc = xlmem_domu_from_cfg_on(host, cfg, len, &domu, err, err_len);

    if (!rc)
        take_domain(request, &domu);
    return rc;
}
