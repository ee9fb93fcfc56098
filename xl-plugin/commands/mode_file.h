/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XL_MEMGUARD_MODE_FILE_H
#define XL_MEMGUARD_MODE_FILE_H

#include <stdbool.h>

#include "private/all.h"

/* mode_file_set: have the file say a mode; what stands beside it stays.  False
 * with errno, and then the file is as it was. */
bool mode_file_set(const char *path, xlmem_mode mode);

#endif /* XL_MEMGUARD_MODE_FILE_H */
