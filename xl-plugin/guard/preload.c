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

void guard_leave_environment(void)
{
    /* What separates entries: ld.so(8). */
    static const char separators[] = " :";
    const char *p = getenv(PRELOAD);
    char *rest, *to;

    if (!p || !strstr(p, SELF))
        return;
    rest = malloc(strlen(p) + 1);
    if (!rest)
        return;
    to = rest;
    while (*(p += strspn(p, separators))) {
        size_t len = strcspn(p, separators);

        if (!is_self(p, len)) {
            if (to != rest)
                *to++ = ':';
            memcpy(to, p, len);
            to += len;
        }
        p += len;
    }
    *to = '\0';
    if (*rest)
        setenv(PRELOAD, rest, 1);
    else
        unsetenv(PRELOAD);
    free(rest);
}
