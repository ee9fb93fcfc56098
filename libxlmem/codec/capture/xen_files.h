/* SPDX-License-Identifier: LGPL-2.1-only */
/* The hypervisors that lie in /boot. */
#ifndef XLMEM_XEN_FILES_H
#define XLMEM_XEN_FILES_H

#include "model/release.h"

/*
 * Of the files of /boot the newest release that is a Xen for GRUB: the one
 * whose entry its generator puts first (20_linux_xen of GRUB 2.02 to 2.12
 * takes them by version_sort -r).  false: there is none.
 */
bool xlmem__xen_files_newest(char *const *names, size_t nr,
                             xlmem__release *release_r);

#endif /* XLMEM_XEN_FILES_H */
