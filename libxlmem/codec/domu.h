/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the readers of a domU's configuration share. */
#ifndef XLMEM_CODEC_DOMU_H
#define XLMEM_CODEC_DOMU_H

#include "codec/text.h"

/*
 * What libxl gives where a configuration does not say it, the same in 4.14,
 * 4.17 and 4.20 (libxl_create.c, libxl__domain_build_info_setdefault): the
 * domain; and the device model's domain, LIBXL_LINUX_STUBDOM_MEM
 * (libxl_internal.h) with qemu-xen, and less with the traditional one, which
 * is MiniOS.
 */
#define XLMEM__DOMU_DEFAULT_KB (32 * XLMEM__MIB_KB)
#define XLMEM__STUBDOM_DEFAULT_KB (128 * XLMEM__MIB_KB)
#define XLMEM__STUBDOM_MINIOS_KB (28 * XLMEM__MIB_KB)

/* Keep its name, cut, and safe for a terminal: text of the administrator's. */
void xlmem__domu_name(xlmem_domu *domu, xlmem__str name);

/* Keep the path of one of its files; one that is too long is none. */
void xlmem__domu_path(char to[XLMEM_PATH_MAX], xlmem__str path);

#endif /* XLMEM_CODEC_DOMU_H */
