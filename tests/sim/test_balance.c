/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Somebody who balances, in histories that are written down: who gets what,
 * and when, and what is left alone.  At each step that grows it is looked
 * whether what grows could be taken if all others stopped (sim_check_step).
 */
#include "balance.h"

#define MINUTES(n) (INT64_C(60000) * (n))

static sim host;
static reign first;

/* A daemon from now on, for so long. */
static void reign_for(int64_t ms)
{
    first = (reign){.from_ms = host.now_ms, .to_ms = host.now_ms + ms};
    sim_add_proc(&host, balance_daemon, &first, -1);
}

static void run_for(int64_t ms)
{
    reign_for(ms);
    sim_run(&host);
}

/* @kb are usable, beside what guests are given. */
static void set_up(uint64_t kb)
{
    sim_reseed(1);
    balance_init(&host, 64 * MIB + GIB + HEADROOM_KB + kb, GIB);
}

static void check_end(void)
{
    SIM_CHECK(host.least_free_kb >= HEADROOM_KB);
    SIM_CHECK(!first.nr_failures);
    sim_dispose(&host);
}

/* A guest needs more, another has it to spare. */
static void memory_goes_where_it_is_needed(void **state)
{
    sim_dom *rich, *poor;

    (void)state;
    set_up(4 * GIB);
    rich = sim_add_party(&host, SIM_IDEAL, GIB, 3 * GIB - 4 * MIB, 4 * GIB);
    poor = sim_add_party(&host, SIM_IDEAL, GIB / 2, GIB, 4 * GIB);
    rich->used_kb = GIB / 2;
    poor->used_kb = GIB + 512 * MIB;
    run_for(30000);
    SIM_CHECK(poor->tot_kb >= poor->used_kb + 24 * MIB);
    SIM_CHECK(rich->tot_kb < 3 * GIB - 4 * MIB);
    SIM_CHECK(balance_serves(&host));
    check_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_goes_where_it_is_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
