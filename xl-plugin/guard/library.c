/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxlmem, loaded when the first domain is to be looked at and never before:
 * the guard itself needs nothing but the C library, so that no upgrade of Xen
 * or of libxlmem can keep a preloaded program from starting.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "private/layout.h"

#define SONAME "libxlmem.so.0"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static guard_library functions;
static bool loaded;

/* Where it was installed with us, then where the linker looks. */
static void *open_library(char *err, size_t err_len)
{
    void *handle = dlopen(XLMEM_LIBDIR "/" SONAME, RTLD_NOW | RTLD_LOCAL);

    if (handle)
        return handle;
    handle = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        snprintf(err, err_len, "%s", dlerror());
    return handle;
}

static bool find_symbol(void *handle, const char *name, void *to, char *err,
                        size_t err_len)
{
    void *f = dlsym(handle, name);

    /* POSIX lets a function's address go through a void *. */
    memcpy(to, &f, sizeof(f));
    if (!f)
        snprintf(err, err_len, SONAME " has no %s", name);
    return f != NULL;
}

static bool load_library(char *err, size_t err_len)
{
    static const uint32_t layout[] = XLMEM_LAYOUT;
    void *handle = open_library(err, err_len);

    if (!handle)
        return false;
#define FIND(f)                                                               \
    if (!find_symbol(handle, #f, &functions.f, err, err_len))                 \
        goto fail;
    GUARD_LIBRARY(FIND)
#undef FIND
    /* Structs are passed.  Versions do not tell: a build of the same one may
     * have other structs, and that of another one the same. */
    if (functions.xlmem_layout_is(layout, sizeof(layout) / sizeof(layout[0])))
        return true;
    snprintf(err, err_len,
             SONAME " (%s) and the guard (" XLMEM_VERSION
                    ") are not of one build",
             functions.xlmem_version());
fail:
    dlclose(handle);
    return false;
}

const guard_library *guard_library_get(char *err, size_t err_len)
{
    bool ok;

    pthread_mutex_lock(&lock);
    if (!loaded)
        loaded = load_library(err, err_len);
    ok = loaded;
    pthread_mutex_unlock(&lock);
    return ok ? &functions : NULL;
}
