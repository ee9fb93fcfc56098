/* SPDX-License-Identifier: LGPL-2.1-only */
/* What sys offers to wire.c. */
#ifndef XLMEM_SYS_H
#define XLMEM_SYS_H

#include "xlmem.h"
#include "xlmem_backend.h"

/* An xlmem_log_fn whose user is a xentoollog_logger. */
xlmem_log_fn xlmem__log_xtl;

#endif /* XLMEM_SYS_H */
