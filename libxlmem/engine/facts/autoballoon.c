/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whether xl makes room for creates itself: `autoballoon` in xl.conf, "on",
 * "1", "off", "0", or "auto", which is also what anything else and a missing
 * file are: on, unless Xen's command line fixes dom0's size (tools/xl/xl.c,
 * parse_global_config and auto_autoballoon, 4.14 to 4.20).  With it xl holds
 * its lock from before it makes room until the domain is created
 * (tools/xl/xl_vmcontrol.c, create_domain).
 */
#include <stdlib.h>

#include "codec/xl_cfg.h"
#include "engine/ctx.h"
#include "engine/facts/documents.h"
#include "model/xen_line.h"
#include "private/guard.h"

#define XL_CONF "etc/xen/xl.conf"

typedef enum setting { AUTO, ON, OFF } setting;

static setting setting_of(const xlmem__cfg_value *value)
{
    if (value->kind == XLMEM__CFG_LIST)
        return AUTO;
    if (xlmem__str_is(value->text, "on") || xlmem__str_is(value->text, "1"))
        return ON;
    if (xlmem__str_is(value->text, "off") || xlmem__str_is(value->text, "0"))
        return OFF;
    return AUTO;
}

/* The last one counts.  A file that xl cannot parse keeps it from doing
 * anything at all. */
static setting find_setting(const char *buf, size_t len)
{
    xlmem__cfg cfg = xlmem__cfg_of(buf, len);
    xlmem__cfg_value value;
    setting found = AUTO;
    xlmem__str key;

    while (!xlmem__cfg_next(&cfg, &key, &value, NULL))
        if (xlmem__str_is(key, "autoballoon"))
            found = setting_of(&value);
    return found;
}

int xlmem_autoballoon(xlmem_ctx *ctx, const xlmem_host *host, bool *on_r)
{
    setting found = AUTO;
    xlmem__xen_line line;
    size_t len;
    char *buf;
    int rc;

    if (!ctx->backend)
        return XLMEM_ERROR_UNKNOWN;
    rc = xlmem__read_document(ctx, XL_CONF, &buf, &len);
    /* A recorded host may have had one all the same. */
    if (rc && (rc != XLMEM_ERROR_NOTFOUND || !ctx->backend->set_target_kb))
        return XLMEM_ERROR_UNKNOWN;
    if (!rc) {
        found = find_setting(buf, len);
        free(buf);
    }
    if (found == AUTO && (!host->xen_cmdline ||
                          xlmem__xen_line_of(host, host->xen_cmdline, &line)))
        return XLMEM_ERROR_UNKNOWN;
    *on_r =
        found == ON || (found == AUTO && !xlmem__dom0mem_seen(host, &line).xl);
    return 0;
}
