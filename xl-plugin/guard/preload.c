/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guard takes itself out of LD_PRELOAD, so that device models, hotplug
 * scripts and boot loaders do not inherit it.  Not in a constructor: Debian's
 * xl is a shell script, and a constructor would disarm the guard in /bin/sh.
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"

#define PRELOAD "LD_PRELOAD"
#define SELF "libxlmem-guard.so"

static bool is_self(const char *entry, size_t len)
{
    const size_t self = strlen(SELF);

    return len >= self && !memcmp(entry + len - self, SELF, self) &&
           (len == self || entry[len - self - 1] == '/');
}

/*
 * What is left is no longer than what was there, and so is written over it:
 * setenv could move the environment while another thread reads it, and an
 * empty LD_PRELOAD is as good as none (ld.so(8)).
 */
void guard_leave_environment(void)
{
    /* What separates entries: ld.so(8). */
    static const char separators[] = " :";
    char *p = getenv(PRELOAD), *to = p;
    const char *first = p;

    if (!p || !strstr(p, SELF))
        return;
    while (*(p += strspn(p, separators))) {
        size_t len = strcspn(p, separators);

        if (!is_self(p, len)) {
            if (to != first)
                *to++ = ':';
            memmove(to, p, len);
            to += len;
        }
        p += len;
    }
    *to = '\0';
}
