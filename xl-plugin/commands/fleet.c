/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard fleet: what many hosts have, and what their domUs take. */
#include "commands/fleet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "input/session.h"

/* Recordings that are so far apart are of no one moment. */
#define APART_S 3600

static void put_ages(out *o, const fleet *f)
{
    const bool known = f->oldest != NULL;
    const uint64_t apart_s =
        known ? f->newest->recorded_s - f->oldest->recorded_s : 0;
    const uint64_t hours = apart_s / 3600;

    OUT_IF(o, "apart_s", NULL, OUT_COUNT, apart_s, known);
    if (apart_s >= APART_S)
        out_say(o,
                "%s was recorded %" PRIu64
                " %s before %s: what was started or "
                "moved meanwhile is counted twice, or not at all.",
                f->oldest->name, hours < 48 ? hours : hours / 24,
                hours < 48 ? hours == 1 ? "hour" : "hours" : "days",
                f->newest->name);
}

void fleet_put_doubts(out *o, const fleet *f)
{
    OUT_NUM(o, "nr_left_out", NULL, OUT_COUNT, f->nr_left_out);
    OUT_NUM(o, "nr_partial", NULL, OUT_COUNT, f->nr_partial);
    OUT_NUM(o, "nr_doubts", NULL, OUT_COUNT, f->nr_doubts);
    if (f->nr_left_out)
        out_say(o,
                "%zu host%s could not be read and %s left out: the answer is "
                "of the others alone.",
                f->nr_left_out, f->nr_left_out == 1 ? "" : "s",
                f->nr_left_out == 1 ? "is" : "are");
    if (f->nr_partial)
        out_say(o,
                "Of %zu host%s not all files could be read, see above: what "
                "is counted may be wrong.",
                f->nr_partial, f->nr_partial == 1 ? "" : "s");
    if (f->nr_doubts)
        out_say(o, "Some captures contradict each other, or do not tell all, "
                   "see above: what is counted may be there twice, or not at "
                   "all.");
    put_ages(o, f);
}

static void put_fleet_row(out *o, const fleet_host *h)
{
    const xlmem_fleet_sum *s = &h->sum;
    const xlmem_findings *found = &h->view.found;
    xlmem_largest_domu largest = {.now_kb = 0};
    const bool known =
        books_find_largest(&h->view.books, XLMEM_DOM_PVH, &largest);

    out_row(o);
    out_text(o, "name", "host", h->name);
    out_text(o, "file", NULL, h->file);
    OUT_NUM(o, "nr_domus", "domUs", OUT_COUNT, s->nr_domus);
    OUT_FACT(o, "capacity_kb", "capacity", OUT_KB, s, capacity_kb);
    OUT_FACT(o, "need_kb", "needed", OUT_KB, s, need_kb);
    OUT_FACT(o, "usable_kb", "usable", OUT_KB, s, usable_kb);
    OUT_FACT(o, "deficit_kb", NULL, OUT_KB, s, deficit_kb);
    OUT_FACT(o, "dom0_kb", "dom0 can spare", OUT_KB, s, dom0_kb);
    OUT_IF(o, "largest_kb", "largest domU", OUT_KB, largest.now_kb, known);
    out_text(o, "guard", "guard",
             h->view.configured ? xlmem_mode_name(h->view.books.policy.mode)
                                : NULL);
    OUT_NUM(o, "nr_findings", "findings", OUT_COUNT,
            found->nr + found->nr_lost - found->nr_swallowed);
    out_row_end(o);
}

static void put_fleet_sum(out *o, const fleet *f)
{
    uint64_t capacity = 0, need = 0, usable = 0;
    char cap[OUT_SIZE_MAX], use[OUT_SIZE_MAX];
    size_t i;

    for (i = 0; i < f->nr; i++) {
        capacity = xlmem_fleet_add(capacity, f->hosts[i]->sum.capacity_kb);
        need = xlmem_fleet_add(need, f->hosts[i]->sum.need_kb);
        usable = xlmem_fleet_add(usable, f->hosts[i]->sum.usable_kb);
    }
    out_say(o, "%zu host%s with %zu domUs: %s of %s are usable.", f->nr,
            f->nr == 1 ? "" : "s", f->nr_domus,
            out_size(o, use, sizeof(use), usable),
            out_size(o, cap, sizeof(cap), capacity));
    OUT_NUM(o, "nr_hosts", NULL, OUT_COUNT, f->nr);
    OUT_NUM(o, "nr_domus", NULL, OUT_COUNT, f->nr_domus);
    OUT_NUM(o, "capacity_kb", NULL, OUT_KB, capacity);
    OUT_NUM(o, "need_kb", NULL, OUT_KB, need);
    OUT_NUM(o, "usable_kb", NULL, OUT_KB, usable);
}

/* Whether the list is whole. */
static int list_status(const fleet *f)
{
    return f->nr_left_out || f->nr_partial ? EXIT_FAILED : EXIT_DONE;
}

static int fleet_list(const fleet *f)
{
    out *o = session_out(f->run);
    size_t i;

    if (!o)
        return EXIT_FAILED;
    put_fleet_sum(o, f);
    fleet_put_doubts(o, f);
    out_list(o, "hosts", "Hosts (kB)");
    for (i = 0; i < f->nr; i++)
        put_fleet_row(o, f->hosts[i]);
    out_end(o);
    return session_close_out(o, list_status(f));
}

/* For htools; its exit status says, as the list's, whether it is whole. */
static int print_fleet(const fleet *f)
{
    int status = fleet_print_htools(f, XLMEM_FLEET_HOSTS_MAX);

    if (fflush(stdout) || ferror(stdout))
        return EXIT_FAILED;
    return status ? status : list_status(f);
}

static int check_fleet_format(const cmd_run *run)
{
    const char *format = run->value[FLEET_FORMAT];

    if (!strcmp(run->argv[0], "check"))
        return cmd_usage(run->spec, "--format goes with evacuate, or alone");
    if (strcmp(run->argv[0], "evacuate") && strcmp(format, "htools"))
        return cmd_usage(run->spec, "--format: of a fleet there is htools");
    return EXIT_DONE;
}

static int check_fleet_options(const cmd_run *run, bool check, int least)
{
    if (run->global[GLOBAL_SYSROOT] || run->global[GLOBAL_HOST])
        return cmd_usage(run->spec, "the hosts are its arguments");
    if (!check && (run->value[FLEET_WITHOUT] || run->value[FLEET_LOSE]))
        return cmd_usage(run->spec, "--without and --lose go with check");
    if (!check && (run->value[FLEET_GIVERS] || run->value[FLEET_TEXTFILE]))
        return cmd_usage(run->spec, "--givers and --textfile go with check");
    if (run->value[FLEET_WITHOUT] && run->value[FLEET_LOSE])
        return cmd_usage(run->spec, "--without and --lose exclude each other");
    if (run->argc < least)
        return cmd_usage(run->spec, "no host is named: captures, snapshots, "
                                    "or a directory of them");
    return run->value[FLEET_FORMAT] ? check_fleet_format(run) : EXIT_DONE;
}

int cmd_fleet(const cmd_run *run)
{
    const bool check = !strcmp(run->argv[0], "check");
    const bool evacuate = !strcmp(run->argv[0], "evacuate");
    const int first = check ? 1 : evacuate ? 2 : 0;
    int status = check_fleet_options(run, check, first + 1);
    fleet *f;

    if (status)
        return status;
    f = calloc(1, sizeof(*f));
    if (!f) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    status = fleet_read(f, run, first);
    if (status && check)
        fleet_forget(f);
    if (!status)
        status = check                      ? fleet_check(f)
                 : evacuate                 ? fleet_evacuate(f, run->argv[1])
                 : run->value[FLEET_FORMAT] ? print_fleet(f)
                                            : fleet_list(f);
    fleet_dispose(f);
    free(f);
    return status;
}
