/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/list_room.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST 64

bool xlmem__list_room(void *list_r, size_t *room, size_t need, size_t size)
{
    void **list = list_r;
    size_t more = *room ? *room : FIRST;
    void *grown;

    if (need <= *room)
        return true;
    if (need > SIZE_MAX / 2 / size)
        return false;
    while (more < need)
        more *= 2;
    grown = realloc(*list, more * size);
    if (!grown)
        return false;
    *list = grown;
    *room = more;
    return true;
}
