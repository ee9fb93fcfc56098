/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdarg.h>
#include <stdio.h>

#include "sys/sys.h"

int xlmem__fail(xlmem__msg *msg, int rc, const char *fmt, ...)
{
    va_list ap;

    if (!msg->len)
        return rc;
    va_start(ap, fmt);
    vsnprintf(msg->text, msg->len, fmt, ap);
    va_end(ap);
    return rc;
}
