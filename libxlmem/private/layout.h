/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How the structs are laid out that our own programs and the library pass to
 * each other.  Who loads the library at run time compares: a monitor lives for
 * years, and loads the library that is installed when its domain reboots.
 * tests/checks/layout.sh holds the list to all that the headers beside this
 * one define; backend.h's have a size in themselves.
 */
#ifndef XLMEM_PRIVATE_LAYOUT_H
#define XLMEM_PRIVATE_LAYOUT_H

#include <stddef.h>

#include "private/admissions.h"
#include "private/advice.h"
#include "private/all.h"
#include "private/dom0.h"
#include "private/domids.h"
#include "private/guard.h"
#include "private/moves.h"
#include "private/remedy.h"
#include "private/vitals.h"

#define XLMEM_LAYOUT_STRUCTS(X)                                               \
    X(xlmem_account)                                                          \
    X(xlmem_action)                                                           \
    X(xlmem_admissions)                                                       \
    X(xlmem_advice)                                                           \
    X(xlmem_attend)                                                           \
    X(xlmem_attend_one)                                                       \
    X(xlmem_cure)                                                             \
    X(xlmem_debt)                                                             \
    X(xlmem_departure)                                                        \
    X(xlmem_dom)                                                              \
    X(xlmem_dom0)                                                             \
    X(xlmem_dom0_move)                                                        \
    X(xlmem_dom0_request)                                                     \
    X(xlmem_dom0_room)                                                        \
    X(xlmem_domids)                                                           \
    X(xlmem_domu)                                                             \
    X(xlmem_evacuation)                                                       \
    X(xlmem_evidence)                                                         \
    X(xlmem_finding)                                                          \
    X(xlmem_findings)                                                         \
    X(xlmem_forecast)                                                         \
    X(xlmem_fragmentation)                                                    \
    X(xlmem_guard_request)                                                    \
    X(xlmem_guarded)                                                          \
    X(xlmem_host)                                                             \
    X(xlmem_host_parts)                                                       \
    X(xlmem_largest_domu)                                                     \
    X(xlmem_lint_report)                                                      \
    X(xlmem_log_dump)                                                         \
    X(xlmem_log_event)                                                        \
    X(xlmem_machine)                                                          \
    X(xlmem_map)                                                              \
    X(xlmem_moved)                                                            \
    X(xlmem_moves)                                                            \
    X(xlmem_need)                                                             \
    X(xlmem_need_request)                                                     \
    X(xlmem_opt_in)                                                           \
    X(xlmem_outcome)                                                          \
    X(xlmem_peer_size)                                                        \
    X(xlmem_plan)                                                             \
    X(xlmem_policy)                                                           \
    X(xlmem_policy_problem)                                                   \
    X(xlmem_policy_report)                                                    \
    X(xlmem_prediction)                                                       \
    X(xlmem_question)                                                         \
    X(xlmem_range)                                                            \
    X(xlmem_recommendation)                                                   \
    X(xlmem_remedies)                                                         \
    X(xlmem_remedy)                                                           \
    X(xlmem_remedy_past)                                                      \
    X(xlmem_remedy_scope)                                                     \
    X(xlmem_reservation)                                                      \
    X(xlmem_scene)                                                            \
    X(xlmem_size_request)                                                     \
    X(xlmem_sizes)                                                            \
    X(xlmem_source)                                                           \
    X(xlmem_sources)                                                          \
    X(xlmem_start)                                                            \
    X(xlmem_startup)                                                          \
    X(xlmem_startup_sum)                                                      \
    X(xlmem_step)                                                             \
    X(xlmem_term)                                                             \
    X(xlmem_unjudged)                                                         \
    X(xlmem_verdict)                                                          \
    X(xlmem_vitals)                                                           \
    X(xlmem_vitals_counts)                                                    \
    X(xlmem_vitals_load)                                                      \
    X(xlmem_vitals_mem)                                                       \
    X(xlmem_vitals_process)                                                   \
    X(xlmem_vitals_procs)                                                     \
    X(xlmem_vitals_state)                                                     \
    X(xlmem_vitals_zone)                                                      \
    X(xlmem_zone)

/* Their sizes, and where members are that may change places within a size. */
#define XLMEM_LAYOUT_SIZE(type) sizeof(type),
#define XLMEM_LAYOUT                                                          \
    {                                                                         \
        XLMEM_LAYOUT_STRUCTS(XLMEM_LAYOUT_SIZE)                               \
        offsetof(xlmem_policy, nr_problems),                                  \
            offsetof(xlmem_guard_request, grows),                             \
            offsetof(xlmem_verdict, reasons), offsetof(xlmem_step, why),      \
            offsetof(xlmem_dom, uuid), offsetof(xlmem_domu, uuid),            \
            offsetof(xlmem_need, dom0_terms),                                 \
            offsetof(xlmem_advice, nr_cures), offsetof(xlmem_question, like), \
            offsetof(xlmem_finding, text), XLMEM_LINE_MAX                     \
    }

#endif /* XLMEM_PRIVATE_LAYOUT_H */
