/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_API_REQUEST_PARTS_H
#define XLMEM_API_REQUEST_PARTS_H

#include "private/guard.h"

/* What is asked for, in the structs of those who answer. */
struct xlmem_request {
    xlmem_domu domu;
    xlmem_guard_request guard; /* without its texts: they are the domu's */
    xlmem_size_request size;
};

/* What the guard is asked, its texts borrowed from @request. */
xlmem_guard_request xlmem__guard_request_of(const xlmem_request *request);

/* A domain's need, as the request says it or as a host has it. */
int xlmem__request_need(const xlmem_host *host, const xlmem_request *request,
                        uint64_t *need_kb_r, uint64_t *dom0_need_kb_r);

/* The domain is another one: its need is not known. */
void xlmem__request_forget_need(xlmem_request *request);

#endif /* XLMEM_API_REQUEST_PARTS_H */
