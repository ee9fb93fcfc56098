/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl-memguard grub: dom0's size in the host's boot configuration, shown,
 * written, verified after the reboot, and taken back.
 */
#include "commands/grub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "boot/record.h"
#include "input/session.h"
#include "output/atomic.h"

#define RECORD_DIR "/" BOOT_RECORD_DIR
#define RECORD_FILE "/" BOOT_RECORD

typedef struct grub_action {
    const char *name;
    int (*act)(grub_run *g);
    int max_args;
} grub_action;

/* What a library's code is for the shell: a file that cannot be written is no
 * finding. */
static int grub_status_of(int rc)
{
    if (!rc)
        return EXIT_DONE;
    return rc == XLMEM_ERROR_BUSY ? cmd_failed(rc) : EXIT_FAILED;
}

static int fail_with(const boot_msg *msg, int rc)
{
    cmd_message("%s", msg->text);
    return grub_status_of(rc);
}

static boot_order order_of(const grub_run *g)
{
    return (boot_order){
        .tree = &g->tree,
        .host = &g->host,
        .word = g->word,
        .dry = g->run->global[GLOBAL_DRY_RUN] != NULL,
        .generate = boot_tree_is_here(&g->tree) || g->run->value[GRUB_UPDATE],
        .boot_id = g->boot_id,
        .when = (uint64_t)time(NULL),
        .ram_kb = g->has_facts && XLMEM_KNOWS(&g->facts, total_kb)
                      ? g->facts.total_kb
                      : 0,
    };
}

static int refuse_foreign(grub_run *g)
{
    boot_foreign foreign;
    boot_msg msg = {.text = ""};
    int rc = boot_find_foreign(&g->tree, g->word, &foreign, &msg), status;

    if (rc)
        return fail_with(&msg, rc);
    status = grub_report_foreign(g, &foreign);
    free(foreign.text);
    return status;
}

/* ------------------------------------------------------------- actions --- */

static int act_apply(grub_run *g)
{
    boot_result result;
    boot_order order;
    int status = grub_take_word(g), rc;

    if (!status)
        status = grub_judge_word(g);
    if (status)
        return status;
    if (g->host.kind == BOOT_KIND_FOREIGN)
        return refuse_foreign(g);
    order = order_of(g);
    rc = boot_apply(&order, &result);
    status = rc ? fail_with(&result.msg, rc) : grub_report_apply(g, &result);
    boot_result_dispose(&result);
    return status;
}

static int act_revert(grub_run *g)
{
    boot_order order = order_of(g);
    boot_result result;
    int rc = boot_revert(&order, &result), status;

    status = rc ? fail_with(&result.msg, rc) : grub_report_revert(g, &result);
    boot_result_dispose(&result);
    return status;
}

static int act_show(grub_run *g)
{
    boot_entries menu = {.nr = 0};
    boot_msg msg = {.text = ""};
    char *words;
    int rc = boot_intent_read(&g->tree, &g->intent, &msg), status;

    if (!rc && boot_find_words(&g->tree, &g->host, false, &words))
        rc = boot_fail(&msg, XLMEM_ERROR_NOMEM, "%s",
                       xlmem_strerror(XLMEM_ERROR_NOMEM));
    if (rc)
        return fail_with(&msg, rc);
    rc = boot_read_menu(&g->tree, &g->host, &menu, &msg);
    status = grub_report_show(g, rc ? NULL : &menu, words);
    if (!rc)
        boot_entries_dispose(&menu);
    free(words);
    return status;
}

/* -------------------------------------------------------------- verify --- */

static uint64_t asked_dom0_kb(const xlmem_host *host)
{
    xlmem_host_parts parts;

    xlmem_host_parts_of(host, &parts);
    return XLMEM_KNOWS(&parts, dom0_kb) ? parts.dom0_kb : 0;
}

static void set_boot_facts(const grub_run *g, boot_facts *facts)
{
    xlmem_prediction p;

    facts->boot_id = g->boot_id;
    facts->size_kb = boot_word_kb(g->intent.word);
    facts->xen = g->has_facts ? g->facts.xen_cmdline != NULL ||
                                    XLMEM_KNOWS(&g->facts, xen_major)
                              : grub_has_xen(g);
    facts->xen_known = g->has_facts || boot_tree_is_here(&g->tree);
    if (!g->has_facts)
        return;
    facts->xen_line = g->facts.xen_cmdline;
    facts->dom0_kb = asked_dom0_kb(&g->facts);
    if (XLMEM_KNOWS(&g->facts, total_kb))
        facts->ram_kb = g->facts.total_kb;
    if (!xlmem_predict(&g->facts, g->intent.word, &p) &&
        XLMEM_KNOWS(&p, nr_pages))
        facts->predicted_kb = p.nr_pages * 4;
}

/* What is wrong with the line that Xen was booted with; what is but good to
 * know was told by apply. */
static void lint_booted_line(grub_run *g)
{
    size_t i, nr = 0;

    if (!g->has_facts || !g->facts.xen_cmdline ||
        xlmem_lint(&g->facts, g->facts.xen_cmdline, &g->lint))
        return;
    for (i = 0; i < g->lint.nr; i++)
        if (g->lint.items[i].severity > XLMEM_SEV_NOTE)
            g->lint.items[nr++] = g->lint.items[i];
    g->lint.nr = nr;
}

/* A file that others read while it is written. */
static int record_check(const grub_run *g, const boot_check *check)
{
    atomic_file file;
    out *o;

    if ((mkdir(RECORD_DIR, 0755) && errno != EEXIST) ||
        !atomic_replace(&file, RECORD_FILE, 0644)) {
        cmd_message("%s: %s", RECORD_FILE, strerror(errno));
        return EXIT_FAILED;
    }
    o = out_open(OUT_JSON, file.stream);
    if (o) {
        OUT_NUM(o, "version", NULL, OUT_COUNT, OUT_SCHEMA_VERSION);
        out_text(o, "answer", NULL, boot_answer_name(check->answer));
        out_bool(o, "matches_intent", NULL, check->answer == BOOT_AS_INTENDED);
        out_text(o, "word", NULL, *g->intent.word ? g->intent.word : NULL);
        out_text(o, "reason", NULL, *check->reason ? check->reason : NULL);
        out_text(o, "boot_id", NULL, *g->boot_id ? g->boot_id : NULL);
    }
    if (o && !out_close(o) && atomic_commit(&file))
        return EXIT_DONE;
    if (!o)
        atomic_abandon(&file);
    cmd_message("%s cannot be written", RECORD_FILE);
    return EXIT_FAILED;
}

static void verify_with_menu(grub_run *g, boot_facts *facts, boot_check *check)
{
    boot_entries menu;
    boot_msg msg = {.text = ""};
    char *entry = boot_default_entry(&g->tree, &g->host);
    bool known = !boot_read_menu(&g->tree, &g->host, &menu, &msg);

    facts->default_entry = entry;
    facts->menu = known ? &menu : NULL;
    boot_verify(&g->intent, facts, check);
    if (known)
        boot_entries_dispose(&menu);
    free(entry);
}

static int act_verify(grub_run *g)
{
    boot_facts facts = {.xen = false};
    boot_check check;
    boot_msg msg = {.text = ""};
    int rc = boot_intent_read(&g->tree, &g->intent, &msg), status = EXIT_DONE;

    if (rc)
        return fail_with(&msg, rc);
    if (g->intent.state && grub_may_have_facts(g) &&
        (!session_is_live(g->run) || grub_has_xen(g)) && grub_read_facts(g))
        return EXIT_FAILED;
    set_boot_facts(g, &facts);
    verify_with_menu(g, &facts, &check);
    lint_booted_line(g);
    if (g->run->value[GRUB_RECORD] && boot_tree_is_here(&g->tree))
        status = record_check(g, &check);
    return status ? status : grub_report_verify(g, &check);
}

/* ----------------------------------------------------------- the frame --- */

static const grub_action grub_actions[] = {
    {"show", act_show, 1},
    {"apply", act_apply, 2},
    {"verify", act_verify, 1},
    {"revert", act_revert, 1},
};

static int find_action(const cmd_run *run, const grub_action **action_r)
{
    const char *name = run->argc ? run->argv[0] : "show";
    size_t i;

    for (i = 0; i < sizeof(grub_actions) / sizeof(grub_actions[0]); i++) {
        if (strcmp(name, grub_actions[i].name))
            continue;
        *action_r = &grub_actions[i];
        if (run->argc <= grub_actions[i].max_args)
            return EXIT_DONE;
        return cmd_usage(run->spec, "'%s' is one argument too many",
                         run->argv[run->argc - 1]);
    }
    return cmd_usage(run->spec, "'%s' is none of show, apply, verify, revert",
                     name);
}

static int find_kind(grub_run *g, const grub_action *action)
{
    const char *name = g->run->value[GRUB_KIND];
    boot_kind kind;
    boot_msg msg = {.text = ""};
    int rc;

    if (name && !boot_kind_of(name, &kind))
        return cmd_usage(g->run->spec,
                         "--kind: '%s' is none of drop-in, inline, xen.cfg",
                         name);
    rc = boot_find_host(&g->tree, name ? &kind : NULL, &g->host, &msg);
    /* Where a file stands that was written is known without it. */
    if (rc && action->act != act_revert && action->act != act_verify)
        return fail_with(&msg, rc);
    return EXIT_DONE;
}

static int start_grub(grub_run *g, const cmd_run *run)
{
    boot_msg msg = {.text = ""};
    int rc;

    g->run = run;
    xlmem_host_init(&g->facts);
    rc = boot_tree_open(run->value[GRUB_ROOT] ? run->value[GRUB_ROOT] : "/",
                        &g->tree, &msg);
    if (rc)
        return fail_with(&msg, rc);
    grub_read_boot_id(g);
    return EXIT_DONE;
}

/* A capture has no boot configuration that could be booted. */
static int check_target(const cmd_run *run, const grub_action *action)
{
    if (session_is_live(run) || run->value[GRUB_ROOT] ||
        run->global[GLOBAL_DRY_RUN] || action->act == act_show ||
        action->act == act_verify)
        return EXIT_DONE;
    return cmd_usage(run->spec,
                     "--sysroot and --host say what host it is for; what is "
                     "written to is named by --root");
}

int cmd_grub(const cmd_run *run)
{
    const grub_action *action = NULL;
    grub_run *g;
    int status = find_action(run, &action);

    if (!status)
        status = check_target(run, action);
    if (status)
        return status;
    g = calloc(1, sizeof(*g));
    if (!g) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    status = start_grub(g, run);
    if (!status) {
        status = find_kind(g, action);
        if (!status)
            status = action->act(g);
        boot_tree_close(&g->tree);
    }
    xlmem_host_dispose(&g->facts);
    free(g);
    return status;
}
