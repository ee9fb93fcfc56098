/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Memory for yajl, which looks at none of its allocations (2.1.0,
 * yajl_buf.c, yajl_lex.c, yajl_gen.c) and would write through NULL, in a
 * toolstack's process as well.  Where memory ends yajl is left by longjmp
 * instead, and never called again: all that it had is in one list, by which
 * it is freed.  In the header, for the library and for the command's writer.
 */
#ifndef XLMEM_PRIVATE_YAJL_MEMORY_H
#define XLMEM_PRIVATE_YAJL_MEMORY_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <yajl/yajl_gen.h>

/* Stands before what yajl is given. */
typedef struct xlmem_yajl_block {
    _Alignas(max_align_t) struct xlmem_yajl_block *prev;
    struct xlmem_yajl_block *next;
} xlmem_yajl_block;

/* Must not move between _init and _free. */
typedef struct xlmem_yajl_memory {
    yajl_alloc_funcs funcs;
    jmp_buf ended;        /* set by whoever calls yajl, before each call */
    xlmem_yajl_block all; /* a ring */
} xlmem_yajl_memory;

/* xlmem_yajl_link: into the ring. */
static inline void xlmem_yajl_link(xlmem_yajl_memory *memory,
                                   xlmem_yajl_block *block)
{
    block->prev = &memory->all;
    block->next = memory->all.next;
    block->next->prev = block;
    memory->all.next = block;
}

/* xlmem_yajl_unlink: out of the ring. */
static inline void xlmem_yajl_unlink(xlmem_yajl_block *block)
{
    block->prev->next = block->next;
    block->next->prev = block->prev;
}

/* xlmem_yajl_malloc: for yajl; it does not return without memory. */
static inline void *xlmem_yajl_malloc(void *ctx, size_t size)
{
    xlmem_yajl_memory *memory = ctx;
    xlmem_yajl_block *block = NULL;

    if (size <= SIZE_MAX - sizeof(*block))
        block = malloc(sizeof(*block) + size);
    if (!block)
        longjmp(memory->ended, 1);
    xlmem_yajl_link(memory, block);
    return block + 1;
}

/* xlmem_yajl_drop: what yajl gives back; NULL for nothing. */
static inline void xlmem_yajl_drop(void *ctx, void *given)
{
    xlmem_yajl_block *block = given;

    (void)ctx;
    if (!block)
        return;
    block--;
    xlmem_yajl_unlink(block);
    free(block);
}

/* xlmem_yajl_realloc: as malloc; what does not grow stays in the ring. */
static inline void *xlmem_yajl_realloc(void *ctx, void *given, size_t size)
{
    xlmem_yajl_memory *memory = ctx;
    xlmem_yajl_block *block = given, *grown = NULL;

    if (!block)
        return xlmem_yajl_malloc(ctx, size);
    block--;
    if (size <= SIZE_MAX - sizeof(*block))
        grown = realloc(block, sizeof(*block) + size);
    if (!grown)
        longjmp(memory->ended, 1);
    grown->prev->next = grown->next->prev = grown;
    return grown + 1;
}

/* xlmem_yajl_memory_init: nothing is given out yet. */
static inline void xlmem_yajl_memory_init(xlmem_yajl_memory *memory)
{
    memory->funcs = (yajl_alloc_funcs){xlmem_yajl_malloc, xlmem_yajl_realloc,
                                       xlmem_yajl_drop, memory};
    memory->all.prev = memory->all.next = &memory->all;
}

/* xlmem_yajl_memory_free: in place of yajl_free and yajl_gen_free. */
static inline void xlmem_yajl_memory_free(xlmem_yajl_memory *memory)
{
    while (memory->all.next != &memory->all)
        xlmem_yajl_drop(memory, memory->all.next + 1);
}

/*
 * xlmem_yajl_gen: a generator that hands its text to @print.
 * It allocates here alone: without print it would keep the text itself.
 * Returns NULL without memory; @memory is to be freed in any case.
 */
static inline yajl_gen xlmem_yajl_gen(xlmem_yajl_memory *memory,
                                      yajl_print_t print, void *arg)
{
    yajl_gen gen;

    xlmem_yajl_memory_init(memory);
    if (setjmp(memory->ended))
        return NULL;
    gen = yajl_gen_alloc(&memory->funcs);
    if (gen)
        yajl_gen_config(gen, yajl_gen_print_callback, print, arg);
    return gen;
}

#endif /* XLMEM_PRIVATE_YAJL_MEMORY_H */
