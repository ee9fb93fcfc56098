/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The head of an image that `xl save` wrote (tools/xl/xl.h and
 * xl_vmcontrol.c, Xen 4.14 to 4.20), numbers in the byte order of the host:
 *
 *     32 bytes   "Xen saved domain, xl format\n \0 \r"
 *      4         0x01020304
 *      4         flags: 1 the configuration is JSON (since 4.5), else xl.cfg
 *      4         flags that may be passed over
 *      4         how many bytes follow before the domain's memory
 *      4         how many of them are the configuration
 *      n         the configuration
 */
#include <stdio.h>
#include <string.h>

#include "codec/text.h"
#include "model/costs.h"

#define MAGIC "Xen saved domain, xl format\n \0 \r"
#define BYTE_ORDER 0x01020304U
#define FLAG_JSON 1U

static uint32_t u32(const char *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof(value));
    return value;
}

static int refuse_save(char *err, size_t err_len, const char *what)
{
    if (err_len)
        snprintf(err, err_len, "%s", what);
    return XLMEM_ERROR_PARSE;
}

int xlmem_domu_from_save(const char *head, size_t len, xlmem_domu *domu_r,
                         char *err, size_t err_len)
{
    const size_t magic = sizeof(MAGIC) - 1, fixed = magic + 5 * 4;
    const char *at = head + magic;
    size_t room, config;
    int rc;

    if (len < fixed || memcmp(head, MAGIC, magic) != 0)
        return refuse_save(err, err_len, "not an image that xl saved");
    if (u32(at) != BYTE_ORDER)
        return refuse_save(err, err_len, "saved in another byte order");
    room = u32(at + 12);
    config = u32(at + 16);
    if (room < 4 || config > room - 4 || config > len - fixed)
        return refuse_save(err, err_len, "its configuration is cut short");
    rc = u32(at + 4) & FLAG_JSON
             ? xlmem_domu_from_json(head + fixed, config, domu_r, err, err_len)
             : xlmem_domu_from_cfg(head + fixed, config, domu_r, err, err_len);
    if (rc)
        return rc;
    domu_r->restored = true;
    XLMEM_SET(&domu_r->request, kernel_kb,
              xlmem__costs[XLMEM__COST_RESTORE].kb);
    return 0;
}
