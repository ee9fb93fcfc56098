/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The real functions.  RTLD_NEXT finds them where libxl was linked; a program
 * that loads libxl itself and for itself (a language binding, a daemon with
 * drivers as modules) has it outside of that order, so it is looked for among
 * what is loaded.  Looked up at each call: it costs microseconds beside
 * hypercalls, and a pointer kept would outlive the library.
 */
#include "config.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"

#define LIBXL "/libxenlight.so."

static int find_libxl(struct dl_phdr_info *info, size_t size, void *data)
{
    const char **path = data;

    (void)size;
    if (!info->dlpi_name || !strstr(info->dlpi_name, LIBXL))
        return 0;
    *path = info->dlpi_name;
    return 1;
}

static void *find_loaded(const char *name)
{
    const char *path = NULL;
    void *handle, *f;

    if (!dl_iterate_phdr(find_libxl, &path))
        return NULL;
    handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle)
        return NULL;
    f = dlsym(handle, name);
    dlclose(handle);
    return f;
}

void *guard_next(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    return f ? f : find_loaded(name);
}
