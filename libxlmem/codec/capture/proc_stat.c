/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/proc_stat.h"

#include <string.h>

#include "codec/facts.h"
#include "model/checked.h"

/* fs/proc/array.c, do_task_stat, Linux 2.6.18 to 6.12; 1 is the first. */
#define FIELD_STATE 3
#define FIELD_UTIME 14
#define FIELD_STIME 15
#define FIELD_THREADS 20
#define FIELD_RSS 24

static bool take_name(xlmem__str *text, xlmem__proc_stat *stat)
{
    xlmem__str name = *text;
    const char *at;
    size_t end = 0;

    /* A name may have blanks and parentheses; no later field has. */
    while ((at = memchr(text->p + end, ')', text->len - end)) != NULL)
        end = (size_t)(at + 1 - text->p);
    if (!end || !xlmem__skip(&name, "("))
        return false;
    name.len = (size_t)(text->p + end - 1 - name.p);
    text->p += end;
    text->len -= end;
    if (name.len >= sizeof(stat->comm))
        name.len = sizeof(stat->comm) - 1;
    xlmem__copy_safe(stat->comm, name);
    return true;
}

static bool take_stat_field(xlmem__proc_stat *stat, int field, xlmem__str word)
{
    uint64_t number = 0;

    if (field == FIELD_STATE) {
        stat->state = word.p[0];
        return word.len == 1;
    }
    switch (field) {
    case FIELD_UTIME:
    case FIELD_STIME:
    case FIELD_THREADS:
    case FIELD_RSS:
        if (xlmem__number_all(word, 10, &number))
            return false;
        break;
    default:
        return true;
    }
    if (field == FIELD_THREADS)
        stat->nr_threads = number;
    else if (field == FIELD_RSS)
        stat->rss_pages = number;
    else
        stat->cpu_ticks = xlmem__add_sat(stat->cpu_ticks, number);
    return true;
}

bool xlmem__proc_stat_parse(xlmem__str text, xlmem__proc_stat *stat_r)
{
    xlmem__proc_stat stat = {.pid = 0};
    int field;

    if (xlmem__take_number(&text, 10, &stat.pid) || !xlmem__skip(&text, " ") ||
        text.len < 2 || text.p[0] != '(' || !take_name(&text, &stat))
        return false;
    text = xlmem__trim(text);
    for (field = FIELD_STATE; field <= FIELD_RSS; field++) {
        const xlmem__str word = xlmem__cut(&text, ' ');

        if (!word.len || !take_stat_field(&stat, field, word))
            return false;
    }
    *stat_r = stat;
    return true;
}

/*
 * What /proc/PID/wchan says of such a task.  The kernel passes over functions
 * of the scheduler (in_sched_functions), which the locks' are from Linux 5.3
 * on: then it names who wanted the lock.  Those here wait for nothing else in
 * this state: mm/mmap.c, mm/memory.c, arch/x86/mm/fault.c, fs/proc/base.c,
 * fs/proc/task_mmu.c.
 */
static const char *const mmap_waits[] = {
    "call_rwsem_down_read_failed",
    "call_rwsem_down_read_failed_killable",
    "call_rwsem_down_write_failed",
    "call_rwsem_down_write_failed_killable",
    "rwsem_down_failed_common",
    "rwsem_down_read_failed",
    "rwsem_down_read_failed_killable",
    "rwsem_down_write_failed",
    "rwsem_down_write_failed_killable",
    "rwsem_down_read_slowpath",
    "rwsem_down_write_slowpath",
    "do_page_fault",
    "__do_page_fault",
    "do_user_addr_fault",
    "lock_mm_and_find_vma",
    "vm_mmap_pgoff",
    "__vm_munmap",
    "do_mprotect_pkey",
    "do_mprotect_pkey.part.0",
    "__x64_sys_brk",
    "__do_sys_brk",
    "proc_pid_cmdline_read",
    "get_mm_cmdline",
    "get_mm_cmdline.part.0",
    "environ_read",
    "m_start",
    "__access_remote_vm",
};

bool xlmem__is_mmap_wait(const char *function)
{
    size_t i;

    for (i = 0; i < sizeof(mmap_waits) / sizeof(mmap_waits[0]); i++)
        if (!strcmp(function, mmap_waits[i]))
            return true;
    return false;
}
