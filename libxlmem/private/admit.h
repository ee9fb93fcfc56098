/* SPDX-License-Identifier: LGPL-2.1-only */
/* The policy, a host's books, and what is decided by them. */
#ifndef XLMEM_PRIVATE_ADMIT_H
#define XLMEM_PRIVATE_ADMIT_H

#include "private/finding.h"
#include "private/host.h"
#include "xlmem/answer.h"
#include "xlmem/create.h"
#include "xlmem/policy.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Memory promised to a create that has not taken all of it yet. */
struct xlmem_reservation {
    uint64_t known;
    uint64_t need_kb;       /* Xen's side, as decided */
    uint64_t dom0_need_kb;  /* dom0's side, building included */
    uint64_t dom0_build_kb; /* of which comes back when it is built */
    uint64_t domid;         /* of the domain it became; unknown until then */
    uint64_t left_ms;       /* by hand: until it ends by itself */
    char uuid[37];          /* of the domain, or of a reservation by hand */
    char id[XLMEM_ID_MAX];  /* its name in the ledger; "" unknown */
};

/* Where the configuration is, below the host's root. */
#define XLMEM_POLICY_FILE "etc/xen/memguard.conf"
/* The mode that `xl memguard enable` has set, a word, counts before the mode
 * of XLMEM_POLICY_FILE.  A host with neither file is not guarded. */
#define XLMEM_MODE_FILE "etc/xen/memguard.mode"
/* The administrator's kill switch: where it exists the mode is off. */
#define XLMEM_OFF_FILE "run/xlmem/off"
/* xlmem_mode_name: "off", "warn" or "enforce". */
const char *xlmem_mode_name(xlmem_mode mode);

/* Which of the places that may say it has said the mode. */
typedef enum xlmem_mode_source {
    XLMEM_MODE_FROM_DEFAULT, /* none of them */
    XLMEM_MODE_FROM_CONF,    /* XLMEM_POLICY_FILE */
    XLMEM_MODE_FROM_FILE,    /* XLMEM_MODE_FILE */
    XLMEM_MODE_FROM_LAST,    /* it is broken there, and as it was before */
    XLMEM_MODE_FROM_SWITCH,  /* XLMEM_OFF_FILE */
} xlmem_mode_source;

/* What the administrator wants kept; see memguard.conf(5). */
struct xlmem_policy {
    xlmem_mode mode;
    xlmem_mode_source mode_from;
    bool switched_off;        /* by XLMEM_OFF_FILE, whatever mode is set */
    bool refuse_on_error;     /* on_error = refuse */
    bool balance;             /* whether memory moves with demand */
    uint64_t xen_headroom_kb; /* kept free in Xen; 0 = as computed */
    uint64_t dom0_floor_kb;   /* dom0's least size; 0 = as computed */
    uint64_t dom0_reserve_kb; /* MemAvailable that dom0 keeps */
    uint64_t wait_ms;         /* for memory that is coming */
    uint64_t reboot_wait_ms;  /* the same for a domain that ran just now */
    uint64_t balance_step_kb; /* of one domain at once; 0: no limit */
    uint64_t balance_rate_kb; /* and in a minute; 0: no limit */
    uint64_t
        report_expiry_ms;   /* what a domain says of itself counts so long */
    uint64_t auto_remedies; /* XLMEM_REMEDY_BIT of what the daemon may do */
    uint64_t nr_problems;   /* lines of the configuration that are wrong */
};

#define XLMEM_POLICY_PROBLEMS_MAX 16

/* Something that is wrong with the configuration. */
typedef struct xlmem_policy_problem {
    const char *file; /* its name; static, or as the caller gave it */
    size_t line;      /* 1 = first; 0: the whole file */
    char key[16];     /* the key that is meant; "" none */
    bool bad;         /* the line does not count.  false: a warning */
    char text[232];   /* a sentence, safe to print, without file and line */
} xlmem_policy_problem;

typedef struct xlmem_policy_report {
    size_t nr; /* there may be more than are kept */
    xlmem_policy_problem problems[XLMEM_POLICY_PROBLEMS_MAX];
} xlmem_policy_report;

/* Room for any line of xlmem_problem_line but that of a very long path. */
#define XLMEM_PROBLEM_LINE_MAX 512

/*
 * xlmem_problem_line: "/etc/xen/memguard.conf: line 3: ...".
 * Returns @buf.
 */
const char *xlmem_problem_line(const xlmem_policy_problem *problem, char *buf,
                               size_t len);

/*
 * xlmem_policy_init: the defaults that memguard.conf(5) documents.
 */
void xlmem_policy_init(xlmem_policy *policy);

/*
 * The books of a host, by the one accounting equation:
 *
 *   usable = free - outstanding - ledger - growth - headroom
 *
 * dom0_absorb_kb and dom0_building_kb are unknown where dom0's MemAvailable
 * is, dom0_give_kb where that or its target is, or it is set aside.  It always
 * has a floor: configured, or what its kernel and what runs in it hold now.
 * Where claims or a domU's maximum are not known, outstanding_kb or growth_kb
 * is what is known of it, is not marked as known, and usable_kb is at most
 * what it says.
 */
typedef struct xlmem_account {
    uint64_t known;
    uint64_t free_kb;
    uint64_t outstanding_kb; /* claims not yet taken */
    uint64_t ledger_kb;      /* reservations not yet taken */
    uint64_t growth_kb;      /* what domains may still take unasked */
    uint64_t headroom_kb;    /* stays free */
    uint64_t usable_kb;      /* for a create; 0 where deficit_kb is not */
    uint64_t deficit_kb;     /* how far the sum is below 0 */
    uint64_t coming_kb;      /* asked back already, or of dying domains */
    uint64_t dom0_floor_kb;
    uint64_t dom0_absorb_kb;   /* what dom0 can bear on its own side */
    uint64_t dom0_building_kb; /* and at most will beside, when those have
                                  been built that are reserved for now */
    uint64_t dom0_give_kb;     /* what its balloon can release */
    uint64_t guests_give_kb;   /* what opted-in domUs can release */
} xlmem_account;

/*
 * xlmem_account_of: do a host's books.
 * @host: free_kb and the domain list must be known.
 * @account_r: filled.
 * Returns 0; XLMEM_ERROR_UNKNOWN.  Linear in the number of domains and
 * reservations.
 */
int xlmem_account_of(const xlmem_host *host, const xlmem_policy *policy,
                     xlmem_account *account_r);

/*
 * xlmem_dom_give_kb: how much of its memory a domU may be asked for: down
 * to dynamic-min, if it opted in, follows its target and is at rest.
 */
uint64_t xlmem_dom_give_kb(const xlmem_dom *dom);

/*
 * xlmem_dom_is_unbuilt: whether a domU looks as what a builder leaves that was
 * killed: no vCPU of it is online, it is paused, has no claim and no
 * reservation, and holds less than it may.  A builder at work without a guard
 * looks the same: whoever can look twice sees it grow.
 */
bool xlmem_dom_is_unbuilt(const xlmem_host *host, const xlmem_dom *dom);

/* xlmem_verdict_name: "admit", "plan", "refuse". */
const char *xlmem_verdict_name(xlmem_verdict_kind kind);

/* What a step of a plan changes. */
typedef enum xlmem_step_action {
    XLMEM_STEP_TARGET,  /* what a balloon is asked for */
    XLMEM_STEP_MAXIMUM, /* what Xen and the toolstack let a domain have */
    XLMEM_STEP_ONLINE,  /* memory that is added to dom0 is used at once */
} xlmem_step_action;

/* Who moves memory. */
typedef enum xlmem_author {
    XLMEM_AUTHOR_GUARD,  /* for a create; what it takes it gives back */
    XLMEM_AUTHOR_ADMIN,  /* by hand: this is the size now */
    XLMEM_AUTHOR_DAEMON, /* balances; what others owe is still owed */
} xlmem_author;
#define XLMEM_NR_AUTHORS (XLMEM_AUTHOR_DAEMON + 1)

/* Why. */
typedef enum xlmem_step_why {
    XLMEM_WHY_ROOM,   /* to make room for a create */
    XLMEM_WHY_OWED,   /* what a plan took is given back */
    XLMEM_WHY_ASKED,  /* somebody asked for this size */
    XLMEM_WHY_DEMAND, /* one needs more than another */
} xlmem_step_why;

/* One change of one domain; a target below from_kb shrinks it. */
typedef struct xlmem_step {
    uint64_t from_kb, to_kb; /* 0, 0 of XLMEM_STEP_ONLINE */
    uint32_t domid;
    xlmem_step_action action;
    xlmem_author author;
    xlmem_step_why why;
} xlmem_step;

/* A plan asks no more: each domain that shrinks costs a wait.  Givers beyond
 * the largest 64 are not asked. */
#define XLMEM_STEPS_MAX 64

/* Steps in the order in which they are taken: all that shrink before any that
 * grow, since what one gets another has given. */
typedef struct xlmem_plan {
    size_t nr_steps;
    xlmem_step steps[XLMEM_STEPS_MAX];
} xlmem_plan;

/* xlmem_plan_move_of: the first step that sets a domain's target; NULL:
 * none. */
static inline const xlmem_step *xlmem_plan_move_of(const xlmem_plan *plan,
                                                   uint64_t domid)
{
    size_t i;

    for (i = 0; i < plan->nr_steps; i++)
        if (plan->steps[i].domid == domid &&
            plan->steps[i].action == XLMEM_STEP_TARGET)
            return &plan->steps[i];
    return NULL;
}

/* xlmem_step_action_name: "target", "maximum", "online". */
const char *xlmem_step_action_name(xlmem_step_action action);

/* xlmem_author_name: "guard", "admin", "daemon". */
const char *xlmem_author_name(xlmem_author author);

/* xlmem_step_why_name: "room", "owed", "asked", "demand". */
const char *xlmem_step_why_name(xlmem_step_why why);

/* More are counted and not kept. */
#define XLMEM_REASONS_MAX 8

/*
 * What is decided:
 *
 *     short_kb        what is missing in Xen before any plan
 *     missing_kb      and after all that others can give
 *     dom0_spare_kb   what dom0 can absorb, if dom0_known
 *     wait_kb         of the shortage, what is coming without asking
 *     dom0_wait_kb    what dom0 is short of, for its own side or to give, and
 *                     has when others have been built
 */
#define XLMEM_OUTCOME_MEMBERS                                                 \
    xlmem_verdict_kind kind;                                                  \
    uint64_t need_kb;                                                         \
    uint64_t usable_kb;                                                       \
    uint64_t short_kb;                                                        \
    uint64_t missing_kb;                                                      \
    uint64_t dom0_need_kb;                                                    \
    uint64_t dom0_spare_kb;                                                   \
    bool dom0_known;                                                          \
    uint64_t wait_kb;                                                         \
    uint64_t dom0_wait_kb;                                                    \
    xlmem_plan plan;

/* Without a reason: 2 kB, for whoever decides again and again. */
typedef struct xlmem_outcome {
    XLMEM_OUTCOME_MEMBERS
} xlmem_outcome;

/* The answer to "may this domain start"; no owned memory.  9 kB, which belong
 * on no stack of a toolstack's thread. */
typedef struct xlmem_verdict {
    union {
        struct {
            XLMEM_OUTCOME_MEMBERS
        };
        xlmem_outcome outcome; /* the same */
    };
    size_t nr_reasons, nr_reasons_lost;
    xlmem_finding
        reasons[XLMEM_REASONS_MAX]; /* last: not cleared as a whole */
} xlmem_verdict;

/*
 * xlmem_admit: may a domain start that takes need_kb from Xen and
 * dom0_need_kb in dom0?
 * @verdict_r: filled, also for a refusal.  After plan, with no steps: it waits
 *   for what is coming (wait_kb) or for others to be built (dom0_wait_kb).
 * Returns 0 (admit, or admit after plan); XLMEM_ERROR_NO_HEADROOM (not now:
 * Xen's side or dom0's is short, whatever others give);
 * XLMEM_ERROR_INFEASIBLE (never: it would not fit were all other domUs gone
 * and dom0 at its floor); XLMEM_ERROR_UNKNOWN (verdict untouched).
 */
int xlmem_admit(const xlmem_host *host, const xlmem_policy *policy,
                uint64_t need_kb, uint64_t dom0_need_kb,
                xlmem_verdict *verdict_r);

/*
 * xlmem_refuse_plan: where nobody is to be asked, a verdict whose plan has
 * steps is a refusal, with its reason and without the plan.
 * @verdict: of xlmem_admit, which returned 0.
 * Returns 0 (as it was), XLMEM_ERROR_NO_HEADROOM.
 */
int xlmem_refuse_plan(xlmem_verdict *verdict);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_ADMIT_H */
