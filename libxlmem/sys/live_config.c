/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A node that libxl writes when it creates a domain: c_info.xsdata of its
 * configuration.  libxl writes it below the domain's own path, in the
 * transaction that makes the domain's first nodes (libxl__domain_make in
 * libxl_create.c, 4.14 to 4.20), with the permissions of the directory: the
 * domain may read memory/, and dom0 alone may write there.  And it keeps it in
 * the JSON of the configuration from which it reboots, saves and migrates.
 *
 * Where xsdata is in the struct the compiler knows, and it knows it for one
 * release.
 */
#include <stdlib.h>
#include <string.h>

#include "sys/live.h"

/* Of another release's libxl its functions would be others. */
static bool is_our_libxl(live_ctx *live, const void *dispose)
{
    xlmem__msg nowhere = {NULL, 0};

    return !live_need_functions(live, &nowhere) &&
           !memcmp(&live->fn.libxl_domain_config_dispose, &dispose,
                   sizeof(dispose));
}

/* Where the value of a path is, or NULL. */
static char **find_path(libxl_key_value_list list, const char *path)
{
    size_t i;

    for (i = 0; list && list[i]; i += 2)
        if (!strcmp(list[i], path))
            return &list[i + 1];
    return NULL;
}

/* libxl frees the list and what is in it, and ends it by one NULL or two. */
static bool append_pair(const live_libxl *fn, libxl_key_value_list *list,
                        char *path, char *value)
{
    const size_t nr = 2 * (size_t)fn->libxl_key_value_list_length(list);
    char **grown = realloc(*list, (nr + 4) * sizeof(*grown));

    if (!grown)
        return false;
    grown[nr] = path;
    grown[nr + 1] = value;
    grown[nr + 2] = grown[nr + 3] = NULL;
    *list = grown;
    return true;
}

int live_keep_node(void *user, void *config, const void *dispose,
                   const char *path, const char *value)
{
    libxl_domain_config *d_config = config;
    libxl_key_value_list *list = &d_config->c_info.xsdata;
    char **had, *value_copy, *path_copy;
    live_ctx *live = user;

    if (!is_our_libxl(live, dispose))
        return XLMEM_ERROR_UNSUPPORTED;
    value_copy = strdup(value);
    if (!value_copy)
        return XLMEM_ERROR_NOMEM;
    had = find_path(*list, path);
    if (had) {
        free(*had);
        *had = value_copy;
        return 0;
    }
    path_copy = strdup(path);
    if (path_copy && append_pair(&live->fn, list, path_copy, value_copy))
        return 0;
    free(path_copy);
    free(value_copy);
    return XLMEM_ERROR_NOMEM;
}
