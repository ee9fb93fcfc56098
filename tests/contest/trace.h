/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A trace: a host's domains, and what each of them needs from second to
 * second.  What a domain needs is told in the parts that its kernel sees:
 *
 *   own    what never shows in MemTotal: the kernel and its page structures
 *   used   what processes have touched, and will touch again
 *   hot    page cache that is read again and again
 *
 * Its need, in the terms of a balloon's target, is the sum.  Cache that is
 * read once is no need; the world fills idle memory with it by itself.
 *
 * As text, for traces that were recorded (tests/contest/record):
 *
 *   xlmem-trace 1 NAME
 *   step_ms 1000
 *   pool_kb KB          without it: sized by trace_size_host for 90 of 100
 *   dom NAME FLOOR CEILING START OWN WEIGHT SPEED [first]    kB, kB a second
 *   at USED,HOT USED,HOT ...     a step each, a pair a domain, in kB
 *
 * Lines that start with # are comments.
 */
#ifndef XLMEM_CONTEST_TRACE_H
#define XLMEM_CONTEST_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_DOMS_MAX 16
#define MIB_KB UINT64_C(1024)
#define GIB_KB (UINT64_C(1024) * MIB_KB)

typedef struct trace_dom {
    char name[24];
    bool first; /* dom0 */
    uint64_t floor_kb, ceiling_kb;
    uint64_t start_kb; /* has and target when the trace begins */
    uint64_t own_kb;
    uint32_t weight;
    uint64_t speed_kb_s; /* of its balloon, either way */
} trace_dom;

typedef struct trace_need {
    uint64_t used_kb, hot_kb;
} trace_need;

typedef struct trace {
    char name[24];
    uint64_t pool_kb; /* what there is to hand out: headroom is beside it */
    uint32_t step_ms;
    uint32_t grid; /* steps that the optimum takes for one */
    size_t nr_doms, nr_steps, room;
    trace_dom dom[TRACE_DOMS_MAX];
    trace_need *need; /* rows of TRACE_DOMS_MAX, a step each */
} trace;

void trace_init(trace *t, const char *name);
void trace_dispose(trace *t);

/* The row of a new step, of zeros; ends the program without memory. */
trace_need *trace_add_step(trace *t);

/* What the domain needs at the step: no less than nothing, and no more than
 * its ceiling, beyond which nobody can help it. */
uint64_t trace_need_kb(const trace *t, size_t step, size_t dom);

/*
 * Size the host: the pool holds what everybody needs together, nobody below
 * its floor, at so many of a hundred steps.  Start with the static split that
 * an administrator makes who knows the average need of each.
 */
void trace_size_host(trace *t, unsigned percent);

/* Whether the text is a trace; complains to stderr. */
bool trace_read(trace *t, FILE *file, const char *name);
void trace_write(const trace *t, FILE *file);

/* The traces that are made: by name, and how many there are. */
typedef struct trace_kind {
    const char *name, *what;
    void (*make)(trace *t);
} trace_kind;

extern const trace_kind trace_kinds[];
extern const size_t nr_trace_kinds;

#endif /* XLMEM_CONTEST_TRACE_H */
