/* SPDX-License-Identifier: LGPL-2.1-only */
#include "input/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

char *folder_join(const char *dir, const char *name)
{
    const size_t len = strlen(dir) + strlen(name) + 2;
    char *path = malloc(len);

    if (path)
        snprintf(path, len, "%s/%s", dir, name);
    return path;
}

int folder_list(const char *dir, struct dirent ***list_r)
{
    return scandir(dir, list_r, is_shown, by_bytes);
}
