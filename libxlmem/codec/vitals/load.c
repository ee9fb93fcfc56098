/* SPDX-License-Identifier: LGPL-2.1-only */
/* How busy a machine is, and since when: loadavg, stat, uptime, pressure. */
#include "codec/vitals/parse.h"
#include "model/checked.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))
#define AT(field) offsetof(xlmem_vitals_load, field)

static xlmem__str load_line(xlmem__str text)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__str line = {"", 0};

    xlmem__next_line(&lines, &line);
    return line;
}

/* "28.10 25.35 26.06 11/483 27209" */
int xlmem__vitals_loadavg(xlmem__str text, xlmem_vitals *vitals,
                          xlmem__where *where)
{
    static const size_t averages[] = {AT(load1_bp), AT(load5_bp),
                                      AT(load15_bp)};
    xlmem__group group =
        XLMEM__GROUP(&vitals->load, xlmem_vitals_file(XLMEM_DOC_LOADAVG));
    xlmem__str rest = load_line(text), tasks, running;
    uint64_t value;
    size_t i, tasks_len;

    for (i = 0; i < NR(averages); i++) {
        if (xlmem__decimal(xlmem__word(&rest), 4, &value))
            break;
        xlmem__group_take(&group, averages[i], value, 1);
    }
    tasks = xlmem__word(&rest);
    tasks_len = tasks.len;
    running = xlmem__cut(&tasks, '/');
    /* Without what is behind the slash the number itself may be cut. */
    if (i == NR(averages) && running.len < tasks_len &&
        !xlmem__number_all(running, 10, &value)) {
        xlmem__group_take(&group, AT(tasks_running), value, 1);
        if (!xlmem__number_all(tasks, 10, &value))
            xlmem__group_take(&group, AT(tasks_total), value, 1);
    }
    return i ? 0 : xlmem__not_understood(where, "expected load averages");
}

/* "12345.67 45678.90": seconds. */
int xlmem__vitals_uptime(xlmem__str text, xlmem_vitals *vitals,
                         xlmem__where *where)
{
    xlmem__group group =
        XLMEM__GROUP(&vitals->load, xlmem_vitals_file(XLMEM_DOC_UPTIME));
    xlmem__str rest = load_line(text);
    uint64_t ms;

    if (xlmem__decimal(xlmem__word(&rest), 3, &ms))
        return xlmem__not_understood(where, "expected seconds since the boot");
    xlmem__group_take(&group, AT(uptime_ms), ms, 1);
    return 0;
}

/* ------------------------------------------------------------- stat --- */

/* USER_HZ, by which /proc counts: 100 on x86 and Arm. */
#define MS_PER_TICK 10

/* "cpu  USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL ..."; up to Linux
 * 2.6.11 without the last one. */
static void take_cpu(xlmem__group *group, xlmem__str rest, size_t line)
{
    static const size_t to[] = {
        AT(cpu_user_ms),   AT(cpu_user_ms),   AT(cpu_system_ms),
        AT(cpu_idle_ms),   AT(cpu_iowait_ms), AT(cpu_system_ms),
        AT(cpu_system_ms), AT(cpu_steal_ms),
    };
    uint64_t ticks;
    size_t i;

    for (i = 0; i < NR(to); i++) {
        if (xlmem__number_all(xlmem__word(&rest), 10, &ticks))
            return;
        xlmem__group_add(group, to[i], xlmem__mul_sat(ticks, MS_PER_TICK),
                         line);
    }
}

int xlmem__vitals_stat(xlmem__str text, xlmem_vitals *vitals,
                       xlmem__where *where)
{
    static const xlmem__key keys[] = {
        {"btime", AT(boot_s)},
        {"procs_running", AT(procs_running)},
        {"procs_blocked", AT(procs_blocked)},
    };
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__group group =
        XLMEM__GROUP(&vitals->load, xlmem_vitals_file(XLMEM_DOC_STAT));
    xlmem__str line;
    bool there = false;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name = xlmem__word(&rest);
        const xlmem__key *key = xlmem__find_key(keys, NR(keys), name);
        uint64_t value;

        if (xlmem__str_is(name, "cpu") && !there) {
            there = true;
            take_cpu(&group, rest, lines.nr);
        } else if (xlmem__skip(&name, "cpu") &&
                   !xlmem__number_all(name, 10, &value)) {
            xlmem__group_add(&group, AT(nr_cpus), 1, lines.nr);
        } else if (key && !xlmem__number_all(xlmem__trim(rest), 10, &value)) {
            xlmem__group_take(&group, key->offset, value, lines.nr);
        }
    }
    return xlmem__group_end(&group)
               ? xlmem__not_understood(where,
                                       "expected /proc/stat, \"cpu ...\"")
               : 0;
}

/* --------------------------------------------------------- pressure --- */

/* Where the parts of a line go; 0: nowhere. */
typedef struct psi_line {
    const char *name; /* "some" or "full" */
    size_t avg10, avg60, avg300, total;
} psi_line;

/* "avg10=0.17 avg60=..., total=N": percents with two places. */
static void take_psi(xlmem__group *group, const psi_line *to, xlmem__str rest,
                     size_t nr)
{
    uint64_t value;

    while (rest.len) {
        xlmem__str word = xlmem__word(&rest), name = xlmem__cut(&word, '=');

        if (xlmem__str_is(name, "total")) {
            if (to->total && !xlmem__number_all(word, 10, &value))
                xlmem__group_take(group, to->total, value, nr);
            continue;
        }
        if (xlmem__decimal(word, 2, &value))
            continue;
        if (xlmem__str_is(name, "avg10") && to->avg10)
            xlmem__group_take(group, to->avg10, value, nr);
        else if (xlmem__str_is(name, "avg60") && to->avg60)
            xlmem__group_take(group, to->avg60, value, nr);
        else if (xlmem__str_is(name, "avg300") && to->avg300)
            xlmem__group_take(group, to->avg300, value, nr);
    }
}

static int parse_psi(xlmem__str text, xlmem__group *group,
                     const psi_line lines_of[2], xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__str line;
    size_t i;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name = xlmem__word(&rest);

        for (i = 0; i < 2; i++)
            if (lines_of[i].name && xlmem__str_is(name, lines_of[i].name))
                take_psi(group, &lines_of[i], rest, lines.nr);
    }
    return xlmem__group_end(group)
               ? xlmem__not_understood(where,
                                       "expected pressure, \"some avg10=...\"")
               : 0;
}

int xlmem__vitals_psi_memory(xlmem__str text, xlmem_vitals *vitals,
                             xlmem__where *where)
{
    static const psi_line lines[2] = {
        {"some", AT(mem_some10_bp), AT(mem_some60_bp), AT(mem_some300_bp),
         AT(mem_some_us)},
        {"full", AT(mem_full10_bp), AT(mem_full60_bp), AT(mem_full300_bp),
         AT(mem_full_us)},
    };
    xlmem__group group =
        XLMEM__GROUP(&vitals->load, xlmem_vitals_file(XLMEM_DOC_PSI_MEMORY));

    return parse_psi(text, &group, lines, where);
}

int xlmem__vitals_psi_io(xlmem__str text, xlmem_vitals *vitals,
                         xlmem__where *where)
{
    static const psi_line lines[2] = {
        {"some", AT(io_some10_bp), AT(io_some60_bp), 0, AT(io_some_us)},
        {"full", AT(io_full10_bp), AT(io_full60_bp), 0, AT(io_full_us)},
    };
    xlmem__group group =
        XLMEM__GROUP(&vitals->load, xlmem_vitals_file(XLMEM_DOC_PSI_IO));

    return parse_psi(text, &group, lines, where);
}

int xlmem__vitals_psi_cpu(xlmem__str text, xlmem_vitals *vitals,
                          xlmem__where *where)
{
    static const psi_line lines[2] = {
        {"some", AT(cpu_some10_bp), AT(cpu_some60_bp), 0, 0},
        {NULL, 0, 0, 0, 0},
    };
    xlmem__group group =
        XLMEM__GROUP(&vitals->load, xlmem_vitals_file(XLMEM_DOC_PSI_CPU));

    return parse_psi(text, &group, lines, where);
}
