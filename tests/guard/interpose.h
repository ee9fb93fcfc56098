/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the tests of the guard's mechanics share: test_interpose.c. */
#ifndef XLMEM_TESTS_INTERPOSE_H
#define XLMEM_TESTS_INTERPOSE_H

#include "fakes.h"

#define UUID "11111111-0000-4000-8000-000000000001"
#define OTHER "22222222-0000-4000-8000-000000000002"
/* A configuration without one: libxl makes the domain all the same. */
#define NONE ""

/* enum libxl_error */
#define ERROR_FAIL (-3)
#define ERROR_NOMEM (-5)
#define ERROR_INVAL (-6)

/* The fake that the guard has loaded; NULL: none. */
extern fake_xlmem *lib;

/* A libxl_ctx, with a logger. */
extern void *ctx;

/* Of the domain that start() creates. */
#define DOMID 7

/* Run it in a thread of its own. */
void in_thread(void (*f)(void));

/* A create of the domain of that uuid; @how: its ao_how. */
int start(const char *uuid, const void *how);

/* As xl's monitor does: from here on the process is one. */
void wait_for_its_end(void);

int set_up(void **state);
int tear_down(void **state);

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Files of tests: how many have failed. */
int test_bind(void);
int test_foresee(void);
int test_grow(void);
int test_leave(void);
int test_lists(void);
int test_marks(void);
int test_returns(void);

#endif /* XLMEM_TESTS_INTERPOSE_H */
