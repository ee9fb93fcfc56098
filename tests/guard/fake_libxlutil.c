/* SPDX-License-Identifier: LGPL-2.1-only */
/* A libxlutil.so whose files are read already: fakes.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fakes.h"

struct fake_cfg {
    const fake_file *file;
};

fake_cfg *xlu_cfg_init(FILE *report, const char *source)
{
    (void)report;
    return source ? calloc(1, sizeof(fake_cfg)) : NULL;
}

void xlu_cfg_destroy(fake_cfg *cfg)
{
    free(cfg);
}

int xlu_cfg_readdata(fake_cfg *cfg, const char *data, int length)
{
    if (length != (int)sizeof(fake_file))
        return EINVAL;
    cfg->file = (const fake_file *)(const void *)data;
    return 0;
}

int xlu_cfg_get_string(const fake_cfg *cfg, const char *n, const char **value,
                       int dont_warn)
{
    (void)dont_warn;
    if (strcmp(n, "name") || !cfg->file->name)
        return ESRCH;
    *value = cfg->file->name;
    return 0;
}

int xlu_cfg_get_list(const fake_cfg *cfg, const char *n, fake_cfg_list **list,
                     int *entries, int dont_warn)
{
    (void)dont_warn;
    if (strcmp(n, "memguard") || !cfg->file->has_list)
        return ESRCH;
    if (cfg->file->single)
        return EINVAL;
    *list = (fake_cfg_list *)(uintptr_t)cfg->file->entries;
    *entries = cfg->file->nr;
    return 0;
}

const char *xlu_cfg_get_listitem(const fake_cfg_list *list, int entry)
{
    return ((const char *const *)list)[entry];
}
