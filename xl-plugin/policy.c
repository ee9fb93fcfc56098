/* SPDX-License-Identifier: LGPL-2.1-only */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xlmem_guard.h"

/* No configuration is larger. */
#define CONF_MAX_BYTES ((size_t)1 << 20)

const char *policy_path(const cmd_run *run)
{
    return run->global[GLOBAL_CONFIG] ? run->global[GLOBAL_CONFIG]
                                      : "/" XLMEM_POLICY_FILE;
}

bool policy_text(const cmd_run *run, char **text_r, size_t *len_r)
{
    FILE *file = fopen(policy_path(run), "re");
    char *text;
    bool ok;
    int saved;

    if (!file)
        return false;
    errno = ENOMEM;
    text = malloc(CONF_MAX_BYTES);
    if (text) {
        errno = EFBIG;
        *len_r = fread(text, 1, CONF_MAX_BYTES, file);
    }
    saved = errno;
    ok = text && !ferror(file) && feof(file);
    fclose(file);
    errno = saved;
    if (ok)
        *text_r = text;
    else
        free(text);
    return ok;
}

/* It is this machine's, whatever host is looked at. */
static int load_given(const cmd_run *run, xlmem_ctx *ctx,
                      xlmem_policy *policy_r)
{
    char *text;
    size_t len;
    int rc;

    if (!policy_text(run, &text, &len)) {
        cmd_message("%s: %s", policy_path(run), strerror(errno));
        return XLMEM_ERROR_IO;
    }
    rc = xlmem_policy_from_conf(ctx, policy_path(run), text, len, policy_r);
    free(text);
    return rc;
}

int policy_load(const cmd_run *run, xlmem_ctx *ctx, xlmem_policy *policy_r,
                bool *found_r)
{
    int rc;

    xlmem_policy_init(policy_r);
    rc = run->global[GLOBAL_CONFIG] ? load_given(run, ctx, policy_r)
                                    : xlmem_policy_load(ctx, NULL, policy_r);
    if (found_r)
        *found_r = rc != XLMEM_ERROR_NOTFOUND;
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}
