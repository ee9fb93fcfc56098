/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is said of a refusal.  The first line is whole by itself: who, what,
 * which side is short and by how much.  Pacemaker, cron and Ansible show one.
 */
#include "guard.h"

bool guard_is_refusal(int rc)
{
    return rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE ||
           rc == XLMEM_ERROR_TIMEDOUT;
}

/* Where Xen has enough it is dom0 that has not. */
static void say_shortage(guard_session *session, const char *what,
                         const xlmem_verdict *v)
{
    const bool dom0 = !v->short_kb && v->dom0_known;
    const uint64_t need_kb = dom0 ? v->dom0_need_kb : v->need_kb;
    const uint64_t has_kb = dom0 ? v->dom0_spare_kb : v->usable_kb;
    const uint64_t lack_kb = need_kb > has_kb ? need_kb - has_kb : 0;
    char need[32], has[32], lack[32];

    session->lib->xlmem_format_size_kb(need, sizeof(need), need_kb);
    session->lib->xlmem_format_size_kb(has, sizeof(has), has_kb);
    session->lib->xlmem_format_size_kb(lack, sizeof(lack),
                                       dom0 ? lack_kb : v->short_kb);
    guard_tell(&session->report, GUARD_ERROR,
               "%s: it needs %s of %s memory, %s can be used, %s too little",
               what, need, dom0 ? "dom0's" : "Xen's", has, lack);
}

void guard_refuse(guard_session *session, const char *what,
                  const xlmem_verdict *verdict)
{
    size_t i;

    say_shortage(session, what, verdict);
    for (i = 0; i < verdict->nr_reasons; i++)
        guard_tell(&session->report, GUARD_ERROR, "%s: %s",
                   verdict->reasons[i].code, verdict->reasons[i].text);
}
