/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a kernel says of allocations that failed, and whom it killed for
 * one. */
#include <string.h>

#include "codec/vitals/log_takes.h"
#include "codec/vitals/parse.h"
#include "model/checked.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* A trace and what follows it. */
#define DUMP_LINES 400
/* And a line for each process of the host, before the victim's name. */
#define OOM_LINES 40000

/* -------------------------------------------------------- allocations --- */

/*
 * GFP flags by number, from kernels that do not name them:
 *
 *                     2.6.18 to 4.3          4.4, 4.5
 *     can wait        __GFP_WAIT 0x10        ___GFP_DIRECT_RECLAIM 0x400000
 *     wakes kswapd    unless 0x400000        ___GFP_KSWAPD_RECLAIM 0x2000000
 *     no retry        __GFP_NORETRY 0x1000   the same
 *
 * include/linux/gfp.h.  What wakes kswapd in 4.4 has a bit that none had
 * before.
 */
#define GFP_WAIT_OLD UINT64_C(0x10)
#define GFP_NORETRY UINT64_C(0x1000)
#define GFP_DIRECT UINT64_C(0x400000)
#define GFP_KSWAPD UINT64_C(0x2000000)

static void take_gfp_mode(xlmem_log_event *event, xlmem__str text,
                          const char *word)
{
    xlmem__str rest, names;
    uint64_t mode;

    if (!xlmem__log_hex_past(text, word, &mode))
        return;
    XLMEM_SET(event, mode, mode);
    xlmem__past(text, word, &rest);
    xlmem__take_number(&rest, 16, &mode);
    if (xlmem__skip(&rest, "(")) {
        names = xlmem__cut(&rest, ')');
        event->atomic = xlmem__spot(names, "GFP_ATOMIC") ||
                        xlmem__spot(names, "GFP_NOWAIT") ||
                        xlmem__spot(names, "__GFP_ATOMIC");
        event->quiet = xlmem__spot(names, "__GFP_NORETRY") ||
                       xlmem__spot(names, "GFP_NOWAIT");
        return;
    }
    event->atomic =
        mode & GFP_KSWAPD ? !(mode & GFP_DIRECT) : !(mode & GFP_WAIT_OLD);
    event->quiet = (mode & GFP_NORETRY) != 0;
}

/* Of a task's name (include/linux/sched.h, TASK_COMM_LEN). */
#define COMM_MAX 15

/*
 * Whether a task's name begins the line, up to @behind_who, or nothing stands
 * before that.  false: more does, somebody's text that has the kernel's words
 * in it; or what an input device calls itself, which stands right behind
 * "input: " (drivers/input/input.c), as if a task had that name.
 */
static bool begins_with_task(xlmem__str text, const char *behind_who)
{
    const char *said = behind_who + strspn(behind_who, ": ");
    const char *at = xlmem__spot(text, said);

    return at && at - text.p <= COMM_MAX + (said - behind_who) &&
           !xlmem__str_starts(text, "input: ");
}

/* Who asked, for how much, and how.  false: it is no task's line. */
static bool take_request(xlmem_log_event *event, xlmem__str text,
                         const char *behind_who, const char *mode)
{
    if (!begins_with_task(text, behind_who))
        return false;
    xlmem__log_set_who(event, xlmem__log_before(text, behind_who));
    xlmem__log_take_order(event, text);
    take_gfp_mode(event, text, mode);
    return true;
}

bool xlmem__log_take_alloc(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_ALLOC_FAILED, line);

    if (!xlmem__spot(line->text, "order:") ||
        !take_request(&event, line->text, ": page allocation", "mode:0x"))
        return false;
    xlmem__log_open_event(log, &event, DUMP_LINES);
    return true;
}

/* Once a boot, for the descriptions of memory that is being added; where a
 * large page is not to be had, small ones are taken (mm/sparse-vmemmap.c,
 * vmemmap_populate_hugepages). */
bool xlmem__log_take_vmemmap(xlmem__log_reader *log,
                             const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_ALLOC_FAILED, line);

    if (!take_request(&event, line->text, ": vmemmap alloc", "mode:0x"))
        return false;
    event.quiet |= XLMEM_KNOWS(&event, order) && event.order > 0;
    xlmem__log_open_event(log, &event, DUMP_LINES);
    return true;
}

bool xlmem__log_take_stall(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_ALLOC_STALL, line);
    uint64_t ms;

    if (!xlmem__number_past(line->text, "stalls for ", &ms) ||
        !take_request(&event, line->text, ": page allocation", "mode:0x"))
        return false;
    XLMEM_SET(&event, ms, ms);
    xlmem__log_open_event(log, &event, DUMP_LINES);
    return true;
}

bool xlmem__log_take_vmalloc(xlmem__log_reader *log,
                             const xlmem__log_line *line)
{
    xlmem_log_event event = xlmem__log_event_of(log, XLMEM_LOG_VMALLOC, line);
    uint64_t bytes;

    if (!begins_with_task(line->text, ": vmalloc") &&
        !begins_with_task(line->text, ": vmap allocation"))
        return false;
    if (xlmem__number_past(line->text, "failure: ", &bytes) ||
        xlmem__number_past(line->text, "size ", &bytes))
        XLMEM_SET(&event, bytes, bytes);
    xlmem__log_set_who(&event, xlmem__log_before(line->text, ": vmalloc"));
    xlmem__log_open_event(log, &event, DUMP_LINES);
    return true;
}

/* ---------------------------------------------------------- OOM killer --- */

/* "0-1", "0,2-3": how many. */
static bool count_nodes(xlmem__str list, uint64_t *nr_r)
{
    uint64_t first, last, nr = 0;

    size_t len = 0;

    while (len < list.len && (xlmem__is_digit(list.p[len]) ||
                              list.p[len] == '-' || list.p[len] == ','))
        len++;
    /* In a list of several things a comma ends it as well. */
    if (len && list.p[len - 1] == ',')
        len--;
    list.len = len;
    if (!len)
        return false;
    while (list.len) {
        xlmem__str range = xlmem__cut(&list, ','), from;

        from = xlmem__cut(&range, '-');
        if (xlmem__number_all(from, 10, &first))
            return false;
        last = first;
        if (range.len && xlmem__number_all(range, 10, &last))
            return false;
        if (last < first || last - first > UINT16_MAX || nr > UINT16_MAX)
            return false;
        nr += last - first + 1;
    }
    *nr_r = nr;
    return true;
}

static void take_mems(xlmem_log_event *event, xlmem__str text)
{
    xlmem__str rest;
    uint64_t nr;

    if (xlmem__past(text, "mems_allowed=", &rest) && count_nodes(rest, &nr))
        XLMEM_SET(event, nr_mems, nr);
}

bool xlmem__log_take_oom(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem_log_event event = xlmem__log_event_of(log, XLMEM_LOG_OOM, line);

    if (!xlmem__spot(line->text, "gfp_mask=") &&
        !xlmem__spot(line->text, "order="))
        return false;
    if (!take_request(&event, line->text, " invoked oom-killer",
                      "gfp_mask=0x"))
        return false;
    xlmem__log_open_event(log, &event, OOM_LINES);
    return true;
}

/* Of an open one: "COMM cpuset=/ mems_allowed=0-1". */
bool xlmem__log_take_cpuset(xlmem__log_reader *log,
                            const xlmem__log_line *line)
{
    xlmem__log_open *open = &log->open;

    if (!open->is_open || XLMEM_KNOWS(&open->event, nr_mems))
        return false;
    take_mems(&open->event, line->text);
    /* More than one node: nobody was bound to his. */
    if (XLMEM_KNOWS(&open->event, nr_mems) && open->event.nr_mems > 1)
        open->confirmed = true;
    return true;
}

static void be_cgroups(xlmem__log_open *open)
{
    open->event.kind = XLMEM_LOG_OOM_CGROUP;
    open->event.bound = XLMEM_BOUND_CGROUP;
}

/* One that has no head: the ring has wrapped, or the kernel kept it back.
 * What it printed of its memory may be there. */
static xlmem__log_open *open_headless(xlmem__log_reader *log,
                                      xlmem_log_kind kind,
                                      const xlmem__log_line *line)
{
    const xlmem_log_event event = xlmem__log_event_of(log, kind, line);

    if (log->open.is_open && log->open.event.kind == XLMEM_LOG_NONE)
        log->open.event = event;
    else
        xlmem__log_open_event(log, &event, DUMP_LINES);
    if (kind == XLMEM_LOG_OOM_CGROUP)
        be_cgroups(&log->open);
    return &log->open;
}

/* "process 3878 (qemu_wl52) ...", "process 3878, UID 0, (qemu_wl52) ...". */
static void take_victim(xlmem_log_event *event, xlmem__str text)
{
    xlmem__str rest, name;
    uint64_t pid, kb;

    if (!xlmem__past(text, "process ", &rest) ||
        xlmem__take_number(&rest, 10, &pid))
        return;
    XLMEM_SET(event, victim_pid, pid);
    if (xlmem__past(rest, "(", &name)) {
        name.len = xlmem__log_before(name, ")").len;
        xlmem__quote_into(event->victim, sizeof(event->victim), name);
    }
    if (xlmem__number_past(rest, "anon-rss:", &kb))
        XLMEM_SET(event, victim_kb, kb);
}

bool xlmem__log_take_kill(xlmem__log_reader *log, const xlmem__log_line *line)
{
    xlmem__log_open *open = xlmem__log_open_oom(log);
    const bool killed = xlmem__spot(line->text, "Killed process") != NULL;

    if (!xlmem__str_starts(line->text, "Out of memory: "))
        return false;
    if (!open || XLMEM_KNOWS(&open->event, victim_pid))
        open = open_headless(log, XLMEM_LOG_OOM, line);
    open->confirmed = true;
    open->killed = killed;
    take_victim(&open->event, line->text);
    return true;
}

bool xlmem__log_take_cgroup_kill(xlmem__log_reader *log,
                                 const xlmem__log_line *line)
{
    xlmem__log_open *open = xlmem__log_open_oom(log);
    const bool killed = xlmem__spot(line->text, "Killed process") != NULL;

    if (!xlmem__str_starts(line->text, "Memory cgroup out of memory"))
        return false;
    if (!open || XLMEM_KNOWS(&open->event, victim_pid))
        open = open_headless(log, XLMEM_LOG_OOM_CGROUP, line);
    be_cgroups(open);
    open->killed = killed;
    take_victim(&open->event, line->text);
    return true;
}

/* The second line of kernels before 5.x, and of those after them where the
 * one who asked is killed (vm.oom_kill_allocating_task):
 * "Out of memory (oom_kill_allocating_task): Killed process 900 (xl) ..." */
bool xlmem__log_take_killed(xlmem__log_reader *log,
                            const xlmem__log_line *line)
{
    xlmem__log_open *open = xlmem__log_open_oom(log);

    if (!xlmem__str_starts(line->text, "Killed process ") &&
        !xlmem__str_starts(line->text, "Out of memory ("))
        return false;
    if (!open || open->killed)
        open = open_headless(log, XLMEM_LOG_OOM, line);
    open->confirmed |= !xlmem__str_starts(line->text, "Killed");
    open->killed = true;
    take_victim(&open->event, line->text);
    return true;
}

/* "oom-kill:constraint=CONSTRAINT_NONE,...,task=C,pid=P,uid=U" */
bool xlmem__log_take_constraint(xlmem__log_reader *log,
                                const xlmem__log_line *line)
{
    static const struct {
        const char *name;
        xlmem_log_bound bound;
    } bounds[] = {
        {"CONSTRAINT_NONE", XLMEM_BOUND_NONE},
        {"CONSTRAINT_CPUSET", XLMEM_BOUND_CPUSET},
        {"CONSTRAINT_MEMORY_POLICY", XLMEM_BOUND_NODE},
    };
    xlmem__log_open *open = xlmem__log_open_oom(log);
    size_t i;

    if (!xlmem__str_starts(line->text, "oom-kill:"))
        return false;
    if (!open)
        open = open_headless(log, XLMEM_LOG_OOM, line);
    if (xlmem__spot(line->text, "CONSTRAINT_MEMCG"))
        be_cgroups(open);
    for (i = 0; i < NR(bounds); i++)
        if (xlmem__spot(line->text, bounds[i].name))
            open->event.bound = bounds[i].bound;
    take_mems(&open->event, line->text);
    return true;
}

/* Something that stands in a trace or behind it says that it was a
 * cgroup's. */
bool xlmem__log_take_cgroup_sign(xlmem__log_reader *log,
                                 const xlmem__log_line *line)
{
    xlmem__log_open *open = xlmem__log_open_oom(log);

    (void)line;
    if (open)
        be_cgroups(open);
    return false; /* it may be a frame as well */
}

bool xlmem__log_take_oom_panic(xlmem__log_reader *log,
                               const xlmem__log_line *line)
{
    const xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_OOM_PANIC, line);

    if (!xlmem__str_starts(line->text, "Kernel panic"))
        return false;
    return xlmem__log_count_line(log, &event);
}

/* A boot that has no memory for its tables: 32 bits, or a dom0 too small. */
bool xlmem__log_take_low_panic(xlmem__log_reader *log,
                               const xlmem__log_line *line)
{
    const xlmem_log_event event =
        xlmem__log_event_of(log, XLMEM_LOG_LOW_PANIC, line);

    if (!xlmem__str_starts(line->text, "Kernel panic"))
        return false;
    return xlmem__log_count_line(log, &event);
}

/* Whether a line can be nothing but a part of such a report. */
static bool is_figures(xlmem__str text)
{
    return xlmem__spot(text, "present:") || xlmem__spot(text, "*4kB") ||
           xlmem__spot(text, "slab_unreclaimable:") ||
           xlmem__spot(text, "active_file:");
}

/* What a kernel prints of its memory; its head may be cut off. */
bool xlmem__log_take_figures(xlmem__log_reader *log,
                             const xlmem__log_line *line)
{
    xlmem__log_open *open =
        log->open.is_open ? &log->open : xlmem__log_open_oom(log);

    if (!open) {
        if (!is_figures(line->text))
            return false;
        open = open_headless(log, XLMEM_LOG_NONE, line);
    }
    return xlmem__log_figures(open, log->of.file, line);
}
