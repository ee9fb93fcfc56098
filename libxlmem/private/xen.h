/* SPDX-License-Identifier: LGPL-2.1-only */
/* What Xen and libxl fix, and no interface of theirs tells. */
#ifndef XLMEM_PRIVATE_XEN_H
#define XLMEM_PRIVATE_XEN_H

#include <stdint.h>

/* Ids of domains end below this: DOMID_FIRST_RESERVED,
 * xen/include/public/xen.h of Xen 4.14 to 4.20.  A recorded host can have
 * others. */
#define XLMEM_DOMID_END 0x7ff0

/*
 * libxl sets Xen's ceiling of a domain (max_pages) so much above each target
 * and maximum: LIBXL_MAXMEM_CONSTANT, libxl_internal.h of Xen 4.14
 * (tools/libxl) to 4.20 (tools/libs/light), in kB.
 */
#define XLMEM_ABOVE_TARGET_KB UINT64_C(1024)

/*
 * A ceiling that is no farther off means nothing: XLMEM_ABOVE_TARGET_KB, which
 * stays when a maximum is lowered, and as much again for rounding and for the
 * VGA hole (a0000 to bffff, 128 kB), which is not populated in HVM.
 */
#define XLMEM_CEILING_SLACK_KB (2 * XLMEM_ABOVE_TARGET_KB)

/*
 * A domain that holds more than this beyond its target has not followed it:
 * more than any video RAM, which is not in the target (128 MiB, qxl's, is the
 * largest default in libxl_create.c of Xen 4.14 to 4.20), and what libxl and
 * rounding add.
 */
#define XLMEM_BEYOND_TARGET_KB (258 * UINT64_C(1024))

#endif /* XLMEM_PRIVATE_XEN_H */
