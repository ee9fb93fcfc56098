/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/xen_files.h"

#include <string.h>

#include "codec/facts.h"

/* "xen-4.17-amd64.gz" (Debian), "xen-4.17.2.gz" (Fedora),
 * "xen-4.18.0_02-150600.1.gz" (SUSE). */
static bool release_of(const char *name, xlmem__release *release_r)
{
    const size_t len = strlen(name);
    xlmem__str s = {name, len};

    return len > 3 && !strcmp(name + len - 3, ".gz") &&
           xlmem__skip(&s, "xen-") && xlmem__take_release(&s, release_r);
}

bool xlmem__xen_files_newest(char *const *names, size_t nr,
                             xlmem__release *release_r)
{
    xlmem__release release;
    bool any = false;
    size_t i;

    for (i = 0; i < nr; i++) {
        if (!release_of(names[i], &release) ||
            (any && xlmem__release_reaches(*release_r, release)))
            continue;
        *release_r = release;
        any = true;
    }
    return any;
}
