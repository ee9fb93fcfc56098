/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lists that double. */
#ifndef XLMEM_CODEC_LIST_ROOM_H
#define XLMEM_CODEC_LIST_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Room for @need elements of @size bytes, of which the caller has bounded the
 * number.
 * @list_r: where the list is, of malloc or NULL; @room: of how many it is.
 * Returns false without memory: the list is as it was.
 */
bool xlmem__list_room(void *list_r, size_t *room, size_t need, size_t size);

#endif /* XLMEM_CODEC_LIST_ROOM_H */
