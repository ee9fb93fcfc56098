/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A program that knows nothing of libxl and loads a module that does, in a
 * scope of its own: libvirtd with its drivers, or a language's binding.
 */
#include <dlfcn.h>
#include <stdio.h>

#include "fakes.h"

int main(int argc, char **argv)
{
    int (*module_main)(void);
    void *module;

    if (argc < 2)
        return 2;
    module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    *(void **)&module_main = dlsym(module, "module_main");
    return module_main();
}
