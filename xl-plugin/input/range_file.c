/* SPDX-License-Identifier: LGPL-2.1-only */
#include "input/range_file.h"

#include <string.h>

int range_file_read(xlmem_ctx *ctx, xlmem_domu *domu, char *err)
{
    const size_t room = RANGE_FILE_ERR_MAX;
    char why[160] = "";
    int rc;

    err[0] = '\0';
    if (domu->opt_in.known)
        return XLMEM_ERROR_NOTFOUND;
    rc = xlmem_domu_opt_in_file(ctx, domu->name, domu, why, sizeof(why));
    if (rc)
        snprintf(err, room, "/" XLMEM_DOM_CONF_DIR "/%s.conf: %s", domu->name,
                 rc == XLMEM_ERROR_NOTFOUND ? "there is no such file" : why);
    return rc;
}

/* A name that is longer than files' are cut is nobody else's. */
int range_file_of(xlmem_ctx *ctx, const xlmem_dom *dom, xlmem_opt_in *range_r,
                  char *err)
{
    xlmem_domu domu = {.opt_in = {.known = 0}};
    const size_t len = dom->name ? strlen(dom->name) : 0;
    int rc;

    if (!len || len >= sizeof(domu.name)) {
        snprintf(err, RANGE_FILE_ERR_MAX,
                 "its name is none that a file in /" XLMEM_DOM_CONF_DIR
                 " can have");
        return XLMEM_ERROR_NOTFOUND;
    }
    memcpy(domu.name, dom->name, len + 1);
    rc = range_file_read(ctx, &domu, err);
    if (!rc)
        *range_r = domu.opt_in;
    return rc;
}
