/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Many hosts: what each can take, and whether the domUs of some would run on
 * the others.  Values only: nothing here looks at a host or allocates.
 */
#ifndef XLMEM_FLEET_H
#define XLMEM_FLEET_H

#include "private/all.h"

/* More are refused: a search over them has no end worth waiting for. */
#define XLMEM_FLEET_HOSTS_MAX 64
#define XLMEM_FLEET_DOMUS_MAX 1000

/* Whose memory. */
typedef enum xlmem_fleet_side {
    XLMEM_FLEET_XEN,
    XLMEM_FLEET_DOM0,
    XLMEM_FLEET_SIDES
} xlmem_fleet_side;

/*
 * What a domU takes on a host, by side: for as long as it is there, and beside
 * that for a while.  In Xen what it needs and what it may grow by unasked, and
 * for a while the log-dirty memory of its migration; in dom0 what it costs
 * there, and for a while what building it takes.
 */
typedef struct xlmem_fleet_price {
    uint64_t stays_kb[XLMEM_FLEET_SIDES];
    uint64_t peak_kb[XLMEM_FLEET_SIDES];
    uint64_t barred; /* 1: it cannot run there, whatever memory there is */
    /* Those of one number go to no gap together: xl starts one domU of a name.
     * The same in all gaps; 0: nobody else is called so. */
    uint64_t name;
} xlmem_fleet_price;

/* Why not. */
typedef enum xlmem_fleet_bar {
    XLMEM_FLEET_OPEN,
    XLMEM_FLEET_OTHER_MACHINE,      /* one of both hosts is an Arm */
    XLMEM_FLEET_NAME_TAKEN,         /* another domU there is called the same */
    XLMEM_FLEET_STUBDOM_NAME_TAKEN, /* or as its device model's domain is */
} xlmem_fleet_bar;

/* A domU that may go elsewhere, and what goes with it: found once, however
 * many hosts are asked. */
typedef struct xlmem_fleet_domu {
    const xlmem_host *from;
    const xlmem_dom *dom, *stubdom; /* of @from's; no stubdom: NULL */
} xlmem_fleet_domu;

xlmem_fleet_domu xlmem_fleet_domu_of(const xlmem_host *from,
                                     const xlmem_dom *dom);

xlmem_fleet_bar xlmem_fleet_bar_of(const xlmem_fleet_domu *domu,
                                   const xlmem_host *to);

/* dom0's side of it is not known. */
#define XLMEM_FLEET_NO_LIMIT (UINT64_MAX / 2)

/*
 * What a host has for more domUs, by side.  Some of them fit while
 *
 *     sum of stays_kb + max(the gap's peak_kb, theirs) <= room_kb
 *
 * in whatever order they come, one after another.  In Xen the gap's own peak
 * is the headroom, so that room_kb - peak_kb is what is usable.  What they
 * lack there dom0 may give, at most give_kb: then it takes that beside from
 * dom0's room.
 */
typedef struct xlmem_fleet_gap {
    uint64_t room_kb[XLMEM_FLEET_SIDES];
    uint64_t peak_kb[XLMEM_FLEET_SIDES];
    uint64_t give_kb; /* from one side to the other; 0: nobody is asked */
} xlmem_fleet_gap;

/*
 * xlmem_fleet_price_of: what @domu takes on host @to, which may be its own:
 * then what comes back when it goes.
 * @policy: @to's.
 * Returns 0; else as xlmem_need_of.
 */
int xlmem_fleet_price_of(const xlmem_fleet_domu *domu, const xlmem_host *to,
                         const xlmem_policy *policy,
                         xlmem_fleet_price *price_r);

/*
 * xlmem_fleet_spared_kb: what it was built for beside what it holds and may
 * grow by: its file may start it with as much.  0: none, or it is not known.
 */
uint64_t xlmem_fleet_spared_kb(const xlmem_dom *dom);

/*
 * xlmem_fleet_mib: it on one side in whole MiB, rounded up, for who adds
 * integers and knows no while: what building it takes in dom0 counts as if it
 * stayed.
 */
uint64_t xlmem_fleet_mib(const xlmem_fleet_price *price,
                         xlmem_fleet_side side);

/* Their sum, UINT64_MAX where it is no uint64_t: captures are foreign. */
uint64_t xlmem_fleet_add(uint64_t a_kb, uint64_t b_kb);

/* xlmem_fleet_gap_of: what a host with these books has for more. */
void xlmem_fleet_gap_of(const xlmem_account *account, xlmem_fleet_gap *gap_r);

/*
 * xlmem_fleet_add_givers: and what a guard that enforces could have others
 * give: what is coming back anyway, dom0 down to its floor, opted-in domUs
 * down to the least of their range; of these as many as one plan asks.
 */
void xlmem_fleet_add_givers(const xlmem_host *host,
                            const xlmem_account *account,
                            xlmem_fleet_gap *gap);

/* Whether a domU counts: it is not dom0, and not at its end; a device model's
 * domain is a part of its domU. */
bool xlmem_fleet_counts(const xlmem_host *host, const xlmem_dom *dom);

/*
 * xlmem_fleet_guess_of: the domain that is counted as its device model's, and
 * comes and goes with it, by its name alone, where nothing else is recorded;
 * NULL: none.  A domU may be called so too: who decides by it has a doubt.
 */
const xlmem_dom *xlmem_fleet_guess_of(const xlmem_host *host,
                                      const xlmem_dom *dom);

/*
 * A host in sum:
 *
 *     capacity = usable + needs of the domUs there - deficit
 *
 * in kB; and the same in MiB, each need rounded up and usable down, which are
 * the integers that a cluster manager adds.
 */
typedef struct xlmem_fleet_sum {
    uint64_t known;
    uint64_t capacity_kb, need_kb, usable_kb, deficit_kb;
    uint64_t capacity_mib, need_mib, usable_mib;
    uint64_t dom0_kb;      /* what dom0 can absorb; may not be known */
    uint64_t dom0_need_kb; /* what its domUs cost it now */
    uint64_t dom0_mib;     /* both, likewise */
    uint64_t nr_domus;
} xlmem_fleet_sum;

/*
 * xlmem_fleet_sum_of: Returns 0; XLMEM_ERROR_UNKNOWN where what a domU needs
 * is not known.
 */
int xlmem_fleet_sum_of(const xlmem_host *host, const xlmem_policy *policy,
                       const xlmem_account *account, xlmem_fleet_sum *sum_r);

/* ------------------------------------------------------------- packing --- */

/* Would all of these run in those gaps? */
typedef struct xlmem_pack {
    size_t nr_gaps, nr_domus;
    const xlmem_fleet_gap *gaps;
    const xlmem_fleet_price
        *prices;    /* of domU d in gap g: [d * nr_gaps + g] */
    uint64_t limit; /* so many places are tried at most */
    bool may_stop;  /* look for the least that has to be left out */
} xlmem_pack;

typedef enum xlmem_pack_verdict {
    XLMEM_PACK_YES,
    XLMEM_PACK_NO,
    XLMEM_PACK_UNKNOWN, /* the limit was reached */
} xlmem_pack_verdict;

/* Why not.  Each can be checked with pencil and paper but the last. */
typedef enum xlmem_proof_kind {
    XLMEM_PROOF_NONE,
    XLMEM_PROOF_DOMAIN, /* set[0] is larger than each gap that is not barred */
    XLMEM_PROOF_SUM,    /* those of set need need_kb on this side, and the gaps
                           that could take the least of them have room_kb */
    XLMEM_PROOF_LARGE,  /* each of set needs least_kb or more, and so many find
                           room in the gaps: fit */
    XLMEM_PROOF_SEARCH, /* all ways were tried: places */
} xlmem_proof_kind;

typedef struct xlmem_proof {
    xlmem_proof_kind kind;
    xlmem_fleet_side side;
    uint64_t need_kb, room_kb, least_kb, fit;
    size_t nr; /* in set */
} xlmem_proof;

/* Nowhere: it has to be left out. */
#define XLMEM_PACK_NOWHERE SIZE_MAX

typedef struct xlmem_pack_answer {
    xlmem_pack_verdict verdict;
    uint64_t places; /* tried */
    xlmem_proof proof;
    size_t *where; /* the caller's, nr_domus: the gap of each; with YES, or the
                      best that is known with may_stop */
    size_t *set;   /* the caller's, nr_domus: the proof's domUs */
    uint64_t left_kb; /* with may_stop: what is left out needs in Xen */
    bool least;       /* and no less would do */
} xlmem_pack_answer;

/* xlmem_pack_room: bytes that xlmem_pack_find works in. */
size_t xlmem_pack_room(size_t nr_gaps, size_t nr_domus);

/*
 * xlmem_pack_find: first-fit and best-fit decreasing, then bounds, then a
 * search of all ways by branch and bound.  Never a guess: YES with a place for
 * each, NO with a proof, or UNKNOWN.
 * @arena: xlmem_pack_room bytes, aligned as malloc does.
 * Pure: no more than pack->limit steps, each of them a step for each gap.
 */
void xlmem_pack_find(const xlmem_pack *pack, void *arena,
                     xlmem_pack_answer *answer_r);

/* "domain", "sum", "large", "search"; "none". */
const char *xlmem_proof_name(xlmem_proof_kind kind);

/* ---------------------------------------------------------- evacuation --- */

/* What is done with a domU of the host that is emptied. */
typedef struct xlmem_leave {
    uint64_t free_kb; /* its migration takes so much of the source meanwhile */
    uint64_t back_kb; /* and leaves so much to the next */
    size_t to;        /* gap; XLMEM_PACK_NOWHERE: it is to be stopped */
    bool fixed;       /* it cannot be migrated: paused, or being built */
    /* answered */
    bool stop;
    bool for_room; /* it is stopped so that others can leave */
} xlmem_leave;

/*
 * xlmem_leave_order: an order in which each can go when its turn has come:
 * those who find the memory of their migration first, the least first; where
 * nobody does, the smallest is stopped.  Those who are to be stopped anyway go
 * last, or when others wait for their memory.
 * @free_kb: of the source, for migrations: xlmem_evacuation's.
 * @order_r: nr entries: places in @list.
 */
void xlmem_leave_order(xlmem_leave *list, size_t nr, uint64_t free_kb,
                       size_t *order_r);

#endif /* XLMEM_FLEET_H */
