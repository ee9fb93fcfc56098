/* SPDX-License-Identifier: LGPL-2.1-only */
/* What every unit test includes: cmocka, its place among the others, and
 * numbers at random by a seed that is printed, and can be set with
 * XLMEM_SEED. */
#ifndef XLMEM_TEST_H
#define XLMEM_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The tests of a file, which the program of its layer runs (run.c):
 *
 *     TEST_GROUP(map)
 *     {
 *         const struct CMUnitTest tests[] = {...};
 *
 *         return test_run(tests, NULL, NULL);
 *     }
 */
typedef struct test_group {
    const char *name, *file;
    int (*run)(void); /* how many failed */
    struct test_group *next;
} test_group;

void test_add(test_group *group);

/* The group that this process runs. */
extern const test_group *test_running;

#define TEST_GROUP(group)                                                     \
    static int test_run_##group(void);                                        \
    static test_group test_group_##group = {#group, __FILE__,                 \
                                            test_run_##group, NULL};          \
    __attribute__((constructor)) static void test_add_##group(void)           \
    {                                                                         \
        test_add(&test_group_##group);                                        \
    }                                                                         \
    static int test_run_##group(void)

#define test_run(tests, setup, teardown)                                      \
    cmocka_run_group_tests_name(test_running->name, tests, setup, teardown)

static uint64_t test_state;

/* Call once at the start of a test of what nearly all cases have: those of one
 * seed do, and others are asked by hand. */
static inline void test_seed_from(uint64_t seed)
{
    const char *set = getenv("XLMEM_SEED");

    test_state = set ? strtoull(set, NULL, 0) : seed;
    print_message("XLMEM_SEED=%llu\n", (unsigned long long)test_state);
}

/* Likewise of a property test. */
static inline void test_seed(void)
{
    test_seed_from((uint64_t)time(NULL));
}

/* splitmix64 (public domain algorithm by S. Vigna). */
static inline uint64_t test_random(void)
{
    uint64_t z = (test_state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* From low to high, both included. */
static inline uint64_t test_between(uint64_t low, uint64_t high)
{
    return low + test_random() % (high - low + 1);
}

/* A number whose magnitude is random, so that edges are met. */
static inline uint64_t test_magnitude(void)
{
    return test_random() >> test_between(0, 63);
}

/* Text of up to nr pieces that matter. */
static inline void test_pieces(char *text, size_t len,
                               const char *const *pieces, size_t nr_pieces,
                               uint64_t nr)
{
    text[0] = '\0';
    for (nr = test_between(0, nr); nr; nr--)
        strncat(text, pieces[test_between(0, nr_pieces - 1)],
                len - strlen(text) - 1);
}

/* Text of any bytes. */
static inline void test_bytes(char *text, size_t len)
{
    size_t i, used = test_between(0, len - 1);

    for (i = 0; i < used; i++)
        text[i] = (char)test_between(1, 255);
    text[used] = '\0';
}

#endif /* XLMEM_TEST_H */
