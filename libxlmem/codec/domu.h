/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the readers of a domU's configuration share. */
#ifndef XLMEM_CODEC_DOMU_H
#define XLMEM_CODEC_DOMU_H

#include "codec/text.h"

/* Keep its name, cut, and safe for a terminal: text of the administrator's. */
void xlmem__domu_name(xlmem_domu *domu, xlmem__str name);

/* Keep the path of one of its files; one that is too long is none. */
void xlmem__domu_path(char to[XLMEM_PATH_MAX], xlmem__str path);

#endif /* XLMEM_CODEC_DOMU_H */
