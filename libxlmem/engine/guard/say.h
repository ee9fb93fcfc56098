/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_ENGINE_GUARD_SAY_H
#define XLMEM_ENGINE_GUARD_SAY_H

#include "engine/guard/guard.h"

/* The reason of a refusal because the wait is over. */
void xlmem__say_late(uint64_t waited_ms, xlmem_verdict *verdict);

/* The line in the log.  @go: the domain is created nevertheless. */
void xlmem__say_verdict(xlmem_ctx *ctx, const xlmem_guard_request *request,
                        const xlmem_verdict *verdict, bool go);

#endif /* XLMEM_ENGINE_GUARD_SAY_H */
