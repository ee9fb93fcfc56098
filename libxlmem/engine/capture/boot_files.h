/* SPDX-License-Identifier: LGPL-2.1-only */
/* The files that hold Xen's command line for the next boot. */
#ifndef XLMEM_BOOT_FILES_H
#define XLMEM_BOOT_FILES_H

#include "engine/ctx.h"

#define XLMEM__BOOT_PATH_MAX 512

/* Where xen.efi's file is; false: there is none to be seen. */
bool xlmem__find_efi_cfg(xlmem_ctx *ctx, char path_r[XLMEM__BOOT_PATH_MAX]);

/* The line that the next boot has, its file, and another that is there. */
int xlmem__take_boot_files(xlmem_ctx *ctx, xlmem_host *host);

#endif /* XLMEM_BOOT_FILES_H */
