/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/xen_files.h"

#include <string.h>

#include "codec/facts.h"

/* "xen-4.17-amd64.gz" (Debian), "xen-4.17.2.gz" (Fedora),
 * "xen-4.18.0_02-150600.1.gz" (SUSE). */
static bool release_of(const char *name, uint64_t *major_r, uint64_t *minor_r)
{
    const size_t len = strlen(name);
    xlmem__str s = {name, len};

    return len > 3 && !strcmp(name + len - 3, ".gz") &&
           xlmem__skip(&s, "xen-") && !xlmem__take_number(&s, 10, major_r) &&
           xlmem__skip(&s, ".") && !xlmem__take_number(&s, 10, minor_r);
}

bool xlmem__xen_files_newest(char *const *names, size_t nr, uint64_t *major_r,
                             uint64_t *minor_r)
{
    uint64_t major, minor;
    bool any = false;
    size_t i;

    for (i = 0; i < nr; i++) {
        if (!release_of(names[i], &major, &minor) ||
            (any &&
             (major < *major_r || (major == *major_r && minor <= *minor_r))))
            continue;
        *major_r = major;
        *minor_r = minor;
        any = true;
    }
    return any;
}
