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

/* Whose functions begin so; libxl's are all others that are asked for. */
static const struct {
    const char *prefix, *file;
} libraries[] = {
    {"xlu_", "/libxlutil.so."},
    {"xc_", "/libxenctrl.so."},
    {"xtl_", "/libxentoollog.so."},
    {"", "/libxenlight.so."},
};

typedef struct loaded {
    const char *wanted;
    const char *path;
} loaded;

static int find_library(struct dl_phdr_info *info, size_t size, void *data)
{
    loaded *library = data;

    (void)size;
    if (!info->dlpi_name || !strstr(info->dlpi_name, library->wanted))
        return 0;
    library->path = info->dlpi_name;
    return 1;
}

static void *find_loaded(const char *name)
{
    loaded library = {.wanted = NULL};
    void *handle, *f;
    size_t i = 0;

    while (strncmp(name, libraries[i].prefix, strlen(libraries[i].prefix)))
        i++;
    library.wanted = libraries[i].file;
    if (!dl_iterate_phdr(find_library, &library))
        return NULL;
    handle = dlopen(library.path, RTLD_LAZY | RTLD_NOLOAD);
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

void *guard_find_logger(void)
{
    void *f = dlsym(RTLD_DEFAULT, "xtl_log");

    return f ? f : find_loaded("xtl_log");
}
