/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0's size, moved by hand: how far it goes, in which steps, and doing it.
 *
 *     rc = xlmem_dom0_room_of(&host, &policy, &room);
 *     rc = xlmem_dom0_plan(&host, &policy, &request, &move);    a dry run
 *     rc = xlmem_dom0_set(ctx, &policy, &request, &move);       the same, done
 *
 * A dom0 of fixed size grows beyond what it was booted with by memory hotplug
 * (docs/design/dom0.md).  What holds for xlmem.h holds here.
 */
#ifndef XLMEM_PRIVATE_DOM0_H
#define XLMEM_PRIVATE_DOM0_H

#include "private/all.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/*
 * Linux adds memory in whole sections: x86-64, SECTION_SIZE_BITS 27
 * (asm/sparsemem.h).  Measured on Linux 6.1: 512 MiB took 10 220 kB of
 * MemFree.
 */
#define XLMEM_DOM0_SECTION_KB (UINT64_C(128) << 10)

/* How far dom0 can be moved now. */
typedef struct xlmem_dom0_room {
    uint64_t known;
    uint64_t current_kb; /* what its balloon leaves it */
    uint64_t target_kb;  /* what its balloon is asked for */
    uint64_t
        boot_max_kb;   /* its maximum at boot; unknown: none, or not known */
    uint64_t reach_kb; /* as far as it grows without memory hotplug */
    uint64_t hotplug;  /* 1: its kernel can add memory while it runs */
    uint64_t floor_kb; /* below this it does not live */
    uint64_t least_kb; /* as far as it can be shrunk */
    uint64_t most_kb;  /* as far as it can be grown */
} xlmem_dom0_room;

/*
 * xlmem_dom0_room_of: how far dom0 can be moved.
 * @host: free_kb, the domain list and the balloon's size and target must be
 *   known.
 * @room_r: filled.
 * Returns 0; XLMEM_ERROR_UNKNOWN.
 */
int xlmem_dom0_room_of(const xlmem_host *host, const xlmem_policy *policy,
                       xlmem_dom0_room *room_r);

/* What is asked for. */
typedef struct xlmem_dom0_request {
    uint64_t known;
    uint64_t size_kb; /* needed; rounded down to whole pages */
    uint64_t wait_ms; /* how long the balloon may stand still; unknown: 10 s */
    bool force;       /* keep neither floor, reserve nor headroom */
} xlmem_dom0_request;

/* Two of a plan, three where it grows beyond its kernel's reach, and one more
 * of a balloon that stood still. */
#define XLMEM_MOVE_REASONS_MAX 4

/* How dom0 gets its new size, or why it does not; no owned memory. */
typedef struct xlmem_dom0_move {
    uint64_t known;
    uint64_t size_kb;    /* what was asked for, in whole pages */
    uint64_t hotplug_kb; /* memory that its kernel adds for it; 0: none */
    uint64_t price_kb;   /* what describing that takes out of dom0 before */
    uint64_t reached_kb; /* xlmem_dom0_set: the balloon's size in the end */
    uint64_t took_ms;    /* and after how long */
    xlmem_dom0_room room;
    xlmem_plan plan; /* no steps: refused, or it has that size */
    size_t nr_reasons, nr_reasons_lost;
    xlmem_finding reasons[XLMEM_MOVE_REASONS_MAX];
} xlmem_dom0_move;

/*
 * xlmem_dom0_plan: the steps to a size, or why not.
 * @host: as for xlmem_dom0_room_of.
 * @move_r: filled, also for a refusal.  With force its reasons are what was
 *   overridden.
 * Returns 0; XLMEM_ERROR_NO_HEADROOM (refused, and force would do it);
 * XLMEM_ERROR_INFEASIBLE (refused); XLMEM_ERROR_UNKNOWN, XLMEM_ERROR_INVAL
 * without a size (move_r untouched).
 */
int xlmem_dom0_plan(const xlmem_host *host, const xlmem_policy *policy,
                    const xlmem_dom0_request *request,
                    xlmem_dom0_move *move_r);

/*
 * xlmem_dom0_set: give dom0 a size, and wait until it has it.
 *
 * Decided under the guard's decision lock, so that creates see it; waited for
 * without.  What plans of the guard took from dom0 before is not given back
 * any more: this is its size now.
 *
 * @move_r: filled on 0, on a refusal, XLMEM_ERROR_TIMEDOUT and
 *   XLMEM_ERROR_STALE.
 * Returns 0; as xlmem_dom0_plan does; XLMEM_ERROR_TIMEDOUT when the balloon
 * stood still for wait_ms: the former target is set again and the last reason
 * says where it stood; XLMEM_ERROR_STALE when somebody else has set another
 * target meanwhile, which stays; XLMEM_ERROR_BUSY, XLMEM_ERROR_UNSUPPORTED (a
 * recorded host; a kernel that cannot bring added memory online by itself),
 * XLMEM_ERROR_XEN, XLMEM_ERROR_IO, XLMEM_ERROR_PERM.  Logged, but for what
 * move_r says.
 * Blocks for as long as the balloon moves.
 */
int xlmem_dom0_set(xlmem_ctx *ctx, const xlmem_policy *policy,
                   const xlmem_dom0_request *request, xlmem_dom0_move *move_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_PRIVATE_DOM0_H */
