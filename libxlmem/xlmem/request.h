/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is asked: a domain that is to start, or what dom0 is to be sized for.
 *
 * What is not set is not known, and then is what the host shows, or what the
 * toolstack would choose.
 */
#ifndef XLMEM_API_REQUEST_H
#define XLMEM_API_REQUEST_H

#include <xlmem/facts.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct xlmem_request xlmem_request;

typedef enum xlmem_request_fact {
    /* The domain: what xlmem_host_need makes its need of.  A type and a memory
       size are needed. */
    XLMEM_REQUEST_TYPE = 1,  /* xlmem_dom_type */
    XLMEM_REQUEST_VCPUS = 2, /* its maximum */
    XLMEM_REQUEST_MEMORY_KB =
        3, /* what it is built with, video RAM included */
    XLMEM_REQUEST_MAXMEM_KB = 4, /* static maximum; unknown or less: memory */
    XLMEM_REQUEST_HAP = 5,       /* 0: shadow paging */
    XLMEM_REQUEST_SHADOW_MEMORY_KB = 6, /* paging pool asked for */
    XLMEM_REQUEST_VIDEO_KB = 7,         /* HVM: video RAM; part of memory */
    XLMEM_REQUEST_IOMMU_TABLES = 8,     /* 0 or 1: tables of its own */
    XLMEM_REQUEST_PASSTHROUGH = 9, /* 1: devices are passed through, and the
                                      host decides on the tables */
    XLMEM_REQUEST_STUBDOM_KB = 10, /* the device model's domain */
    XLMEM_REQUEST_VIFS = 11,       /* devices served by dom0 */
    XLMEM_REQUEST_VBDS = 12,
    XLMEM_REQUEST_VIF_QUEUES = 13, /* of each vif */
    XLMEM_REQUEST_KERNEL_KB = 14,  /* as dom0 unpacks them to build it */
    XLMEM_REQUEST_RAMDISK_KB = 15,
    /* Its need: what xlmem_host_need says, or the caller's own figures. */
    XLMEM_REQUEST_NEED_KB = 32, /* out of Xen's free memory */
    XLMEM_REQUEST_DOM0_NEED_KB =
        33, /* out of dom0's; unknown: not looked at */
    XLMEM_REQUEST_DOM0_BUILD_KB =
        34, /* of which comes back when it is built */
    /* How it is guarded. */
    XLMEM_REQUEST_WAIT_MS = 48, /* known: wait this long for memory, whoever
                                   frees it.  Unknown: the policy's wait, and
                                   only for memory that is known to come */
    XLMEM_REQUEST_NO_PLAN = 49, /* 1: what would need others to give is
                                   refused */
    XLMEM_REQUEST_BINDS = 50,   /* 1: the caller says by xlmem_hold_bind which
                                   domain it became: no other is taken for
                                   it */
    /* What dom0 is sized for. */
    XLMEM_REQUEST_DOMUS = 64, /* domUs that shall run at once, with so many
                                    VIFS and VBDS each */
    XLMEM_REQUEST_HVM = 65,   /* of which HVM, with a device model in dom0 */
    XLMEM_REQUEST_EXTRA_KB = 66,  /* ZFS ARC, Ceph OSDs, ... */
    XLMEM_REQUEST_GROWTH_KB = 67, /* room to grow, priced at boot */
} xlmem_request_fact;

/*
 * xlmem_request_alloc: a request of which nothing is known.
 * @request_r: xlmem_request_free it.
 * Returns 0, XLMEM_ERROR_NOMEM.  Since: 0.1
 */
int xlmem_request_alloc(xlmem_request **request_r);

/* xlmem_request_free: NULL is fine.  Since: 0.1 */
void xlmem_request_free(xlmem_request *request);

/*
 * xlmem_request_set: ask for so much.
 * Returns 0; XLMEM_ERROR_INVAL for what this library does not know;
 * XLMEM_ERROR_RANGE for a value that cannot be.  Since: 0.1
 */
int xlmem_request_set(xlmem_request *request, xlmem_request_fact fact,
                      uint64_t value);

/* xlmem_request_get: what is asked for, as xlmem_host_get.  Since: 0.1 */
bool xlmem_request_get(const xlmem_request *request, xlmem_request_fact fact,
                       uint64_t *value_r);

typedef enum xlmem_request_label {
    XLMEM_REQUEST_UUID = 1, /* 36 characters, in either case; the guard needs
                               it */
    XLMEM_REQUEST_NAME = 2, /* cut at 127 bytes; messages escape it */
} xlmem_request_label;

/*
 * xlmem_request_set_text: name the domain.
 * Returns 0; XLMEM_ERROR_INVAL for what this library does not know;
 * XLMEM_ERROR_PARSE for a uuid that is none.  Since: 0.1
 */
int xlmem_request_set_text(xlmem_request *request, xlmem_request_label label,
                           const char *text);

/*
 * xlmem_request_from_json: take the domain out of libxl's own JSON, as
 * libxl_domain_config_to_json writes it.  Call libxl_domain_need_memory before
 * that: it fills in the defaults that depend on the host.
 * Looks at the kernel's file that is named there, for at most 1.1 KiB of
 * regular files with absolute paths, and does not block on others.
 * @request: the domain is replaced, its need not known; what else was set
 *   stays.
 * @json, @len: the text.
 * @err, @err_len: where and what, on failure, as one line; may be NULL, 0.
 * Returns 0; XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_NOMEM;
 * XLMEM_ERROR_UNKNOWN without a type or a memory size.  Since: 0.1
 */
int xlmem_request_from_json(xlmem_request *request, const char *json,
                            size_t len, char *err, size_t err_len);

/*
 * xlmem_request_from_cfg: the same out of a domain's file (xl.cfg), as xl
 * reads it; its uuid, if it has one, in small letters.
 * @host: as the xl of its Xen release does, where releases differ; NULL: as
 *   the newest.
 * Returns 0; XLMEM_ERROR_PARSE; XLMEM_ERROR_CONFIG when something is missing
 * without which xl starts no domain.  Since: 0.1
 */
int xlmem_request_from_cfg(xlmem_request *request, const xlmem_host *host,
                           const char *cfg, size_t len, char *err,
                           size_t err_len);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_REQUEST_H */
