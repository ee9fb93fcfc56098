/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who has the host's memory, drawn. */
#ifndef XL_MEMGUARD_PARTS_H
#define XL_MEMGUARD_PARTS_H

#include "output/out.h"
#include "private/all.h"

/* All that a picture shows is known. */
bool parts_known(const xlmem_host_parts *parts);

/* A bar of it; nothing when a part is not known. */
void parts_draw(out *o, const xlmem_host_parts *parts);

#endif /* XL_MEMGUARD_PARTS_H */
