/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * doctor --fix, its flow: what is carried out, how often, in which order, and
 * what is said of it.  The command is the real one; the library's functions
 * that it calls stand here, over a host that is two numbers.
 */
#include "test.h"

#include <unistd.h>

#include "commands/doctor.h"
#include "private/guard.h"

#define NODES 2
#define ENOUGH 512

/* The host. */
static uint64_t blocks[NODES]; /* ill below ENOUGH */
static uint64_t gain_of_compact, gain_of_drop;
static const char *refusal; /* of compaction; NULL: none */
static int compact_rc;
static bool lost;     /* cannot be read any more, after an act */
static bool silent;   /* its xenstored */
static int nr_nodes;  /* of which something is said */
static char acts[64]; /* "c", "d" */
static int nr_looks;

/* ------------------------------------------------------- the library --- */

int xlmem_snapshot_of(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r)
{
    (void)ctx;
    (void)wants;
    (void)host_r;
    nr_looks++;
    if (silent)
        return XLMEM_ERROR_XENSTORE;
    return lost && *acts ? XLMEM_ERROR_XEN : 0;
}

int xlmem_vitals_read(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r)
{
    (void)ctx;
    (void)vitals_r;
    /* Xen's ring is not asked for where that would wait once more. */
    assert_int_equal(!(docs & (UINT32_C(1) << XLMEM_DOC_RING)), silent);
    return 0;
}

int xlmem_autoballoon(xlmem_ctx *ctx, const xlmem_host *host, bool *on_r)
{
    (void)ctx;
    (void)host;
    (void)on_r;
    return XLMEM_ERROR_UNKNOWN;
}

int xlmem_diagnose(xlmem_ctx *ctx, const xlmem_scene *scene,
                   xlmem_findings *findings_r)
{
    uint64_t i;

    (void)ctx;
    assert_int_equal(scene->store_silent, silent);
    memset(findings_r, 0, sizeof(*findings_r));
    findings_r->nr_rules = 1;
    for (i = 0; i < (uint64_t)nr_nodes; i++)
        if (blocks[i] < ENOUGH)
            findings_r->list[findings_r->nr++] =
                (xlmem_finding){.id = "fragmented",
                                .severity = XLMEM_SEV_WARNING,
                                .subject_id = i};
    return 0;
}

const char *xlmem_diagnosis_id(xlmem_ctx *ctx, size_t n)
{
    static const char *const ids[] = {"fragmented", "low-memory", NULL};

    (void)ctx;
    return n < 2 ? ids[n] : NULL;
}

void xlmem_remedy_past_read(xlmem_ctx *ctx, xlmem_remedy_past *past_r)
{
    (void)ctx;
    past_r->known = 0;
}

static void plan_one(xlmem_remedies *plan, xlmem_remedy_kind kind, uint64_t at)
{
    xlmem_remedy *remedy = &plan->list[plan->nr++];

    *remedy = (xlmem_remedy){
        .id = "fragmented",
        .name = kind == XLMEM_REMEDY_COMPACT ? "compact" : "drop-caches",
        .what = "blocks",
        .kind = kind,
        .everywhere = true,
        .at = at,
        .before = blocks[at],
        .least = 100,
    };
    if (refusal && kind == XLMEM_REMEDY_COMPACT)
        snprintf(remedy->refusal, sizeof(remedy->refusal), "%s", refusal);
}

int xlmem_remedies_plan(xlmem_ctx *ctx, const xlmem_scene *scene,
                        const xlmem_findings *findings,
                        const xlmem_remedy_scope *scope,
                        xlmem_remedies *remedies_r)
{
    size_t i;

    (void)ctx;
    (void)scene;
    (void)scope;
    remedies_r->nr = remedies_r->nr_lost = 0;
    for (i = 0; i < findings->nr; i++)
        plan_one(remedies_r, XLMEM_REMEDY_COMPACT,
                 findings->list[i].subject_id);
    for (i = 0; i < findings->nr; i++)
        plan_one(remedies_r, XLMEM_REMEDY_DROP, findings->list[i].subject_id);
    return 0;
}

int xlmem_remedy_carry_out(xlmem_ctx *ctx, const xlmem_policy *policy,
                           const xlmem_remedy *remedy, char *err, size_t len)
{
    const bool compacts = remedy->kind == XLMEM_REMEDY_COMPACT;
    size_t i;

    (void)ctx;
    (void)policy;
    assert_string_equal(remedy->refusal, "");
    strcat(acts, compacts ? "c" : "d");
    if (compacts && compact_rc) {
        snprintf(err, len, "it would not");
        return compact_rc;
    }
    for (i = 0; i < NODES; i++)
        blocks[i] += compacts ? gain_of_compact : gain_of_drop;
    return 0;
}

int xlmem_remedy_measure(xlmem_ctx *ctx, const xlmem_scene *scene,
                         const xlmem_remedy *remedy, uint64_t *value_r)
{
    (void)ctx;
    (void)scene;
    *value_r = blocks[remedy->at];
    return 0;
}

/* --------------------------------------------------------- the command --- */

static char said[8192];

/* What is printed on standard output, into @said. */
static int fix(const char *id, bool dry)
{
    static doctor_call call;
    char *argv[] = {(char *)(uintptr_t)id, NULL};
    cmd_run run = {.argc = id ? 1 : 0, .argv = argv};
    FILE *file = tmpfile();
    const int kept = dup(STDOUT_FILENO);
    int status;

    assert_non_null(file);
    run.spec = cmd_find("doctor", &(size_t){0});
    assert_non_null(run.spec);
    run.value[DOCTOR_FIX] = "";
    run.global[GLOBAL_KEY_VALUE] = "";
    run.global[GLOBAL_DRY_RUN] = dry ? "" : NULL;
    memset(&call, 0, sizeof(call));
    call.run = &run;
    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    status = doctor_look_again(&call, NULL);
    if (!status)
        status = doctor_fix(&call, NULL);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
    fclose(file);
    return status;
}

static int reset(void **state)
{
    (void)state;
    blocks[0] = 100;
    blocks[1] = 1000;
    gain_of_compact = 1000;
    gain_of_drop = 1000;
    refusal = NULL;
    compact_rc = 0;
    lost = silent = false;
    nr_nodes = 1;
    acts[0] = '\0';
    nr_looks = 0;
    return 0;
}

static void assert_said(const char *line)
{
    if (!strstr(said, line))
        print_message("%s", said);
    assert_non_null(strstr(said, line));
}

static void what_is_cured_needs_nothing_more(void **state)
{
    (void)state;
    assert_int_equal(fix(NULL, false), EXIT_DONE);
    assert_string_equal(acts, "c");
    assert_said("fixes.0.result=cured");
    assert_said("fixes.0.before=100");
    assert_said("fixes.0.after=1100");
    assert_null(strstr(said, "fixes.1."));
}

static void the_next_is_tried_where_one_does_not_help(void **state)
{
    (void)state;
    gain_of_compact = 50;
    assert_int_equal(fix(NULL, false), EXIT_DONE);
    assert_string_equal(acts, "cd");
    assert_said("fixes.0.result=no better");
    assert_said("fixes.1.result=cured");
    assert_said("fixes.1.before=150");
}

static void what_nothing_helps_is_no_better(void **state)
{
    (void)state;
    gain_of_compact = 50;
    gain_of_drop = 0;
    assert_int_equal(fix(NULL, false), EXIT_NO_BETTER);
    assert_string_equal(acts, "cd");
    assert_said("fixes.1.result=no better");
}

static void what_one_of_two_helps_is_better(void **state)
{
    (void)state;
    gain_of_compact = 100;
    gain_of_drop = 0;
    assert_int_equal(fix(NULL, false), EXIT_FINDINGS);
    assert_string_equal(acts, "cd");
    assert_said("fixes.0.result=better");
    assert_said("fixes.1.result=no better");
}

static void better_is_not_cured(void **state)
{
    (void)state;
    gain_of_compact = gain_of_drop = 100;
    assert_int_equal(fix(NULL, false), EXIT_FINDINGS);
    assert_string_equal(acts, "cd");
    assert_said("fixes.0.result=better");
    assert_said("fixes.1.result=better");
}

static void what_is_refused_is_not_carried_out(void **state)
{
    (void)state;
    refusal = "tasks hang";
    assert_int_equal(fix(NULL, false), EXIT_DONE);
    assert_string_equal(acts, "d");
    assert_said("fixes.0.result=refused");
    assert_said("fixes.0.why=tasks hang");
}

static void what_fails_is_tried_once_and_decides_the_status(void **state)
{
    (void)state;
    compact_rc = XLMEM_ERROR_IO;
    gain_of_drop = 0;
    assert_int_equal(fix(NULL, false), xlmem_exit_status(XLMEM_ERROR_IO));
    assert_string_equal(acts, "cd");
    assert_said("fixes.0.result=failed");
    assert_said("fixes.0.why=it would not");
    assert_said("fixes.1.result=no better");
}

/* A refusal that only its carrying out could know of. */
static void a_late_refusal_is_none_of_the_hosts_faults(void **state)
{
    (void)state;
    compact_rc = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(fix(NULL, false), EXIT_DONE);
    assert_said("fixes.0.result=refused");
}

static void all_nodes_are_treated_at_once(void **state)
{
    (void)state;
    nr_nodes = NODES;
    blocks[1] = 200;
    assert_int_equal(fix(NULL, false), EXIT_DONE);
    assert_string_equal(acts, "c");
    assert_said("fixes.0.after=1100");
    assert_said("fixes.1.result=cured");
    assert_said("fixes.1.after=1200");
}

static void a_dry_run_does_nothing_and_says_all(void **state)
{
    (void)state;
    assert_int_equal(fix(NULL, true), EXIT_FINDINGS);
    assert_string_equal(acts, "");
    assert_int_equal(nr_looks, 1);
    assert_said("fixes.0.result=would");
    assert_said("fixes.1.result=would");
}

static void an_id_that_is_none_stops_all(void **state)
{
    (void)state;
    assert_int_equal(fix("fragmentet", false), EXIT_USAGE);
    assert_int_equal(fix("fragmente", false), EXIT_USAGE);
    assert_string_equal(acts, "");
    assert_int_equal(fix("fragmented:0", false), EXIT_DONE);
    assert_string_equal(acts, "c");
}

static void what_was_done_is_said_of_a_host_that_is_lost(void **state)
{
    (void)state;
    lost = true;
    assert_int_equal(fix(NULL, false), xlmem_exit_status(XLMEM_ERROR_XEN));
    assert_string_equal(acts, "c");
    assert_said("fixes.0.remedy=compact");
}

/* What is wrong with the rest of the machine is what ended xenstored. */
static void a_silent_xenstored_hides_nothing_else(void **state)
{
    (void)state;
    silent = true;
    assert_int_equal(fix(NULL, false), EXIT_DONE);
    assert_said("fixes.0.result=cured");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_cured_needs_nothing_more, reset),
        cmocka_unit_test_setup(the_next_is_tried_where_one_does_not_help,
                               reset),
        cmocka_unit_test_setup(what_nothing_helps_is_no_better, reset),
        cmocka_unit_test_setup(what_one_of_two_helps_is_better, reset),
        cmocka_unit_test_setup(better_is_not_cured, reset),
        cmocka_unit_test_setup(what_is_refused_is_not_carried_out, reset),
        cmocka_unit_test_setup(what_fails_is_tried_once_and_decides_the_status,
                               reset),
        cmocka_unit_test_setup(a_late_refusal_is_none_of_the_hosts_faults,
                               reset),
        cmocka_unit_test_setup(all_nodes_are_treated_at_once, reset),
        cmocka_unit_test_setup(a_dry_run_does_nothing_and_says_all, reset),
        cmocka_unit_test_setup(an_id_that_is_none_stops_all, reset),
        cmocka_unit_test_setup(what_was_done_is_said_of_a_host_that_is_lost,
                               reset),
        cmocka_unit_test_setup(a_silent_xenstored_hides_nothing_else, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
