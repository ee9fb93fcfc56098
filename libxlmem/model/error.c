/* SPDX-License-Identifier: LGPL-2.1-only */
#include "private/all.h"

/* No default: the compiler names a code that the list does not have. */

const char *xlmem_strerror(int rc)
{
    if (!rc)
        return "success";
    switch ((xlmem_error)rc) {
#define TEXT(name, value, text)                                               \
    case XLMEM_ERROR_##name:                                                  \
        return text;
        XLMEM_ERROR_MAP(TEXT)
#undef TEXT
    }
    return "unknown error";
}

int xlmem_exit_status(int rc)
{
    switch (rc) {
    case 0:
        return 0;
    case XLMEM_ERROR_NO_HEADROOM:
    case XLMEM_ERROR_INFEASIBLE:
    case XLMEM_ERROR_UNCOOPERATIVE:
        return 3;
    case XLMEM_ERROR_BUSY:
        return 4;
    case XLMEM_ERROR_TIMEDOUT:
        return 5;
    default:
        return 1;
    }
}

bool xlmem_is_refusal(int rc)
{
    return rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE ||
           rc == XLMEM_ERROR_TIMEDOUT;
}
