/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/machine.h"

#include <string.h>

#include "sys/root.h"

static bool path_begins(const char *path, const char *dir)
{
    return !strncmp(path, dir, strlen(dir));
}

bool xlmem__machine_is_log(const char *path)
{
    return !strcmp(path, "dmesg") || !strcmp(path, "dmesg-previous") ||
           path_begins(path, "var/log/");
}

int xlmem__machine_read(int root, const char *path, char **buf_r,
                        size_t *len_r)
{
    return path_begins(path, "proc/") || path_begins(path, "sys/")
               ? xlmem__root_read_kernels(root, path, buf_r, len_r)
               : xlmem__root_read(root, path, buf_r, len_r);
}
