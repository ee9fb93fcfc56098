/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How deep a create goes.  The library is mapped into processes whose threads
 * are not ours: here it is in one of 64 KiB, and takes no more than half.
 */
#include <stdlib.h>

#include "one.h"

#include "engine/guard/guard.h"
#include "private/advice.h"

#define STACK_BYTES (64 << 10)
#define DEEPEST (32 << 10)
#define PAINT 0xa5

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED
#endif

/* What is done on the stack, and what it came to. */
static xlmem_verdict verdict;
static xlmem_advice advice;
static int rcs[6];

/* dom0 gives for it, and gets that back when it fails. */
static void plan_and_give_back(void)
{
    const xlmem_policy policy = enforce();
    const xlmem_guard_request request = need(2 * GIB + 512 * MIB);
    xlmem_hold *hold = NULL;

    rcs[0] = xlmem_guard(me->ctx, &policy, &request, &verdict, &hold);
    xlmem_hold_release(me->ctx, hold, false);
    rcs[1] = xlmem_guard_repay(me->ctx, &policy);
}

static void refuse_and_advise(void)
{
    const xlmem_policy policy = enforce();
    const xlmem_guard_request request = need(8 * GIB);
    const xlmem_question question = {.need_kb = 8 * GIB};
    xlmem_hold *hold = NULL;
    xlmem_host seen;

    rcs[2] = xlmem_guard(me->ctx, &policy, &request, &verdict, &hold);
    xlmem_host_init(&seen);
    rcs[3] = xlmem_snapshot_short(me->ctx, &seen);
    if (!rcs[3])
        rcs[3] = xlmem_advise(&seen, &policy, &question, &advice);
    xlmem_host_dispose(&seen);
}

static void hold_for_reboot(void)
{
    const xlmem_guard_request request = need(GIB);
    xlmem_hold *hold = NULL;
    bool done, created;

    rcs[4] = xlmem_hold_ahead(me->ctx, &request, &hold);
    rcs[5] = xlmem_hold_done(me->ctx, hold, &done, &created);
    xlmem_hold_release(me->ctx, hold, false);
}

static void *work(void *arg)
{
    void (*const *steps)(void) = arg;

    for (; *steps; steps++)
        (*steps)();
    return NULL;
}

/* Bytes of the stack that were written to. */
static size_t depth_of(const unsigned char *stack)
{
    size_t clean = 0;

    while (clean < STACK_BYTES && stack[clean] == PAINT)
        clean++;
    return STACK_BYTES - clean;
}

static void a_create_takes_half_of_a_small_stack(void **state)
{
    static void (*const steps[])(void) = {
        plan_and_give_back, refuse_and_advise, hold_for_reboot, NULL};
    unsigned char *stack = aligned_alloc(4096, STACK_BYTES);
    pthread_attr_t attr;
    pthread_t thread;
    size_t depth;

    (void)state;
    assert_non_null(stack);
    memset(stack, PAINT, STACK_BYTES);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, stack, STACK_BYTES), 0);
    assert_int_equal(
        pthread_create(&thread, &attr, work, (void *)(uintptr_t)steps), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    depth = depth_of(stack);
    pthread_attr_destroy(&attr);
    free(stack);
    assert_int_equal(rcs[0], 0);
    assert_int_equal(rcs[1], 0);
    assert_int_equal(rcs[2], XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(rcs[3], 0);
    assert_int_equal(rcs[4], 0);
    assert_int_equal(rcs[5], 0);
    print_message("%zu bytes of stack\n", depth);
#if defined(__OPTIMIZE__) && !defined(IS_SANITIZED)
    assert_true(depth <= DEEPEST);
#endif
}

TEST_GROUP(stack)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_create_takes_half_of_a_small_stack),
    };

    return test_run(tests, NULL, NULL);
}
