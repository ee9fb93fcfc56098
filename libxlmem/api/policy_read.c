/* SPDX-License-Identifier: LGPL-2.1-only */
/* The policy as it is on a host.  Apart from policy.c, which the simulator
 * links without sys/. */
#include <stdlib.h>

#include "private/guard.h"

/* Levels of an xlmem_log_fn. */
#define LEVEL_WARN 2
#define LEVEL_ERROR 3

static void tell_problem(const xlmem_policy_problem *problem, xlmem_log_fn *fn,
                         void *user)
{
    char text[XLMEM_PROBLEM_LINE_MAX];

    fn(user, problem->bad ? LEVEL_ERROR : LEVEL_WARN,
       xlmem_problem_line(problem, text, sizeof(text)));
}

int xlmem_policy_read(const char *root, xlmem_policy *policy, xlmem_log_fn *fn,
                      void *user)
{
    /* Without memory for it the problems are not said. */
    xlmem_policy_report *report = fn ? calloc(1, sizeof(*report)) : NULL;
    size_t i;
    int rc = xlmem_policy_find(root, policy, report);

    for (i = 0; report && i < report->nr && i < XLMEM_POLICY_PROBLEMS_MAX; i++)
        tell_problem(&report->problems[i], fn, user);
    free(report);
    return rc;
}
