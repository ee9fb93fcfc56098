/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A host that is not there: Xen's books, balloons with tempers, a ledger
 * whose owners die, virtual time, and any number of processes that call the
 * library through the backend table.
 *
 * Each process is a thread, and one of them runs at a time.  Whoever calls a
 * function of the table hands over to one that is picked at random, so that a
 * seed is one interleaving, and a process can be killed between any two calls.
 * A dead process's calls have no effect: it unwinds, and the host does not
 * notice.
 *
 * Always checked: no target and no maximum is set, and no entry of the ledger
 * is made, changed or swept, by a process that has not the decision lock.
 */
#ifndef XLMEM_SIM_H
#define XLMEM_SIM_H

#include "test.h"

#include <pthread.h>

#include "private/backend.h"
#include "private/guard.h"

/* cmocka's asserts jump, which a thread of ours must not: it ends here. */
#define SIM_CHECK(condition)                                                  \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fflush(stdout);                                                   \
            fprintf(stderr, "%s:%d: %s (XLMEM_SEED=%llu)\n", __FILE__,        \
                    __LINE__, #condition, (unsigned long long)sim_seed);      \
            abort();                                                          \
        }                                                                     \
    } while (0)

/* Of the run that is on: set it with sim_reseed. */
extern uint64_t sim_seed;
void sim_reseed(uint64_t seed);

/* One sequence for all files: test_random has a state in each. */
uint64_t sim_between(uint64_t low, uint64_t high);

#define SIM_DOMS 96
#define SIM_PROCS 24
#define SIM_ENTRIES 128

#define SIM_EVENTS 16384

/* The pace of each balloon. */
#define SIM_KB_PER_MS 512

/* Given back so soon after it was taken: model/party.c, rest_ms, less what a
 * pass takes; and so much of it. */
#define SIM_RETURNS_MS 9900
#define SIM_RETURNS_KB (16 * MIB)

/* So long after the last thing that happened by itself who balances has done
 * what that asks for: a peak of use is held for four minutes, what was used
 * behind it for four more (model/demand.c, HOLD_MAX_MS), and SIM_XE says only
 * after a minute what he has then.  But who does not follow is tried again,
 * and so is what fades and is missed (rest.c). */
#define SIM_SETTLES_MS 600000

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

enum sim_temper {
    SIM_IDEAL,     /* follows its target */
    SIM_SLOW,      /* a tenth as fast */
    SIM_STUCK,     /* does not move */
    SIM_FLOOR,     /* stops above its target */
    SIM_VANISHING, /* is destroyed when it is asked */
    SIM_GREEDY,    /* takes all that its ceiling allows */
    SIM_NR_TEMPERS,
    /* of those that balance: */
    SIM_CEILED = SIM_NR_TEMPERS, /* stops below its target */
    SIM_INTERMITTENT,            /* pauses for half of each minute */
};

/* What a guest says of itself. */
enum sim_word {
    SIM_SILENT,
    SIM_HONEST, /* as memguard-guest */
    SIM_XE,     /* as xe-guest-utilities */
    SIM_LYING,  /* random numbers, garbage, nothing */
    SIM_FLOODS, /* a thousand reports a second */
};

/* Its nodes that are no numbers of ours. */
enum sim_node {
    SIM_NODE_SIGNED,
    SIM_NODE_PIN,
    SIM_NODE_UNCOOPERATIVE,
    SIM_NODE_REPORT,
    SIM_NODE_XE_TOTAL,
    SIM_NODE_XE_FREE,
    SIM_NR_NODES
};

#define SIM_NODE_ROOM 192

typedef struct sim_dom {
    bool used;
    bool building; /* paused: its balloon does not run; stays so when its
                      builder is killed */
    bool unpaused; /* building: it runs while its claim is not used up yet */
    enum sim_temper temper;
    uint64_t domid;
    uint64_t tot_kb, target_kb, maxmem_kb, claim_kb, dynamic_min_kb;
    uint64_t static_max_kb; /* what its target may be set to */
    uint64_t video_kb;      /* video RAM: part of tot_kb, not of target_kb */
    bool holds_beside;      /* its kernel keeps that beside its target: an
                               older Linux */
    bool on_demand;         /* populated on demand: until its balloon runs Xen
                               itself takes what its target is raised by */
    int64_t boots_at;       /* when its balloon begins to run; 0: it does */
    uint64_t original_kb;   /* the target it started with */
    uint64_t floor_kb;
    uint64_t pool_kb; /* HAP or shadow: out of free memory, beside tot_kb */
    uint64_t dom0_kb; /* what it takes of dom0's MemAvailable now */
    bool bad_nodes;   /* somebody wrote garbage into its nodes: its target and
                         its dynamic-min are not known */
    bool untold;      /* its target is not written yet */
    /* What balancing goes by beside. */
    uint64_t dynamic_max_kb, weight;         /* 0: there is no such node */
    char nodes[SIM_NR_NODES][SIM_NODE_ROOM]; /* "": the same */
    bool watched_memory, watched_data;
    uint64_t had_kb; /* the largest target that was not set by who balances */
    uint64_t pinned_kb;
    int64_t pinned_at; /* when an administrator set its target; 0: never, or
                             it has been released since */
    /* By who balances: what was taken of it, when last, and how often it was
     * given SIM_RETURNS_KB beyond what it had within SIM_RETURNS_MS of
     * that. */
    uint64_t taken_kb;
    int64_t taken_at;
    size_t nr_returned;
    /* Its target at the last sim_changes, and what who balances has moved of
     * it since; the same from SIM_SETTLES_MS after that on. */
    uint64_t was_kb, since_kb, late_was_kb, late_kb;
    unsigned nr_late_tries;
    uint64_t owed_kb; /* what plans have found, took of, and have not given
                           back; 0: nothing */
    bool by_hand;     /* he has set one, once */
    /* Since when it is paused (saved, migrated), has shut down and stays, or
     * has said that it is uncooperative; 0: it is not.  Its balloon rests in
     * the first two. */
    int64_t paused_at, shut_at, unwilling_at;
    bool touched;       /* its target is another: an event is due */
    uint64_t ceiled_kb; /* SIM_CEILED: it takes no more */
    enum sim_word word;
    uint64_t used_kb; /* what its processes use */
    uint64_t said_used_kb, said_tot_kb;
    int64_t says_at;  /* when it may say something again */
    int64_t beats_at; /* SIM_HONEST: when it says the same again */
    int64_t dies_at;  /* 0: lives */
    /* What stays of it when it has died, because somebody maps its pages, and
     * until when; held_until 0: for ever. */
    uint64_t held_kb;
    int64_t held_until;
    char uuid[37];
} sim_dom;

typedef struct sim_entry {
    bool used;
    int owner;       /* -1: none that lives */
    int64_t left_at; /* and since when */
    unsigned nr;
    char text[4096];
    bool noted;
    uint64_t domid; /* which domain it became, said without the lock */
} sim_entry;

struct sim;

typedef struct sim_proc {
    struct sim *sim;
    int id;
    xlmem_ctx *ctx;
    pthread_t thread;
    pthread_cond_t turn;
    void (*script)(struct sim_proc *);
    void *arg;
    bool started, done, dead, wants_lock, wants_event;
    bool balances;    /* what it takes is not owed */
    bool uncounted;   /* the target that it has set */
    int64_t wake;     /* asleep until then */
    int64_t kill_in;  /* calls until it is killed; -1: never */
    int64_t child_ms; /* so long after its death a child that it forked lives
                         and keeps its descriptors: the decision lock stays
                         locked if it had that, its entries are not owned */
} sim_proc;

typedef struct sim {
    pthread_mutex_t mutex;
    pthread_cond_t all_done;
    int running; /* whose turn it is; -1: the test's */
    int64_t now_ms;
    uint64_t total_kb, xen_kb;
    uint64_t dom0_used_kb;    /* MemTotal - MemAvailable */
    const char *dom0_stalls;  /* its pressure; NULL: its kernel has none */
    uint64_t dom0_reach_kb;   /* what its kernel knows of */
    uint64_t dom0_maximum_kb; /* what its target may be set to */
    uint64_t dom0_shows_kb;   /* the target that its kernel still shows; 0:
                                 it has heard of the last one */
    bool dom0_bare;           /* nobody has set its target yet: its folder
                                 of xenstore is not there */
    bool hotplug;             /* its kernel adds memory beyond its reach */
    bool online;              /* and what it adds is used at once */
    uint64_t least_dom0_target_kb, least_free_kb;
    uint64_t least_available_kb; /* dom0's MemAvailable */
    /* What sim_build takes: of free memory for a pool, the rest being claimed;
     * of dom0 while it builds, and for as long as the domain is there. */
    uint64_t build_pool_kb, build_dom0_kb, domu_dom0_kb;
    int64_t build_ms;       /* and how long it takes; 0: a few calls */
    sim_dom doms[SIM_DOMS]; /* 0 is dom0 */
    size_t nr_doms;         /* none is used from there on */
    uint64_t next_domid;
    sim_entry ledger[SIM_ENTRIES];
    unsigned next_entry;
    int lock_owner;               /* -1: free */
    int64_t lock_until;           /* a dead owner's child has it until then */
    unsigned fail_bp;             /* how many calls fail, of 10 000 */
    uint64_t nr_entered, fail_at; /* the one that fails; 0: none */
    int fail_with;
    /* xenstore's events, of whom has opened them. */
    int listener; /* -1: nobody */
    int daemon;   /* who balances, listening or not: one at a time, as the
                     lock of its pid file has it; -1: nobody */
    bool lost;    /* and the connection is gone */
    int64_t store_down_until;
    bool refuse_nodes;              /* none can be read */
    xlmem_event events[SIM_EVENTS]; /* a ring */
    size_t first_event, nr_events;
    unsigned lose_bp, twice_bp; /* events that are lost, or come twice */
    bool passing;               /* time passes until somebody has an event */
    uint64_t dom0_floor_kb;
    size_t nr_moves; /* by who balances */
    uint64_t moved_kb;
    int64_t moved_ms;     /* the last one */
    int64_t changed_ms;   /* the last sim_changes */
    uint64_t headroom_kb; /* kept by each step that grows; 0: not looked at */
    /* What who balances may move of one at once and in a minute; 0: the usual,
     * and not looked at. */
    uint64_t step_kb, rate_kb;
    size_t calls;
    bool verbose;
    size_t nr_procs;
    sim_proc procs[SIM_PROCS];
} sim;

/* A host of @total_kb with a dom0 of @dom0_kb. */
void sim_init(sim *s, uint64_t total_kb, uint64_t dom0_kb);
void sim_dispose(sim *s);

/* A domU that runs. */
sim_dom *sim_add_dom(sim *s, enum sim_temper temper, uint64_t kb);

/* A process; @kill_in as above. */
sim_proc *sim_add_proc(sim *s, void (*script)(sim_proc *), void *arg,
                       int64_t kill_in);

/* Let all processes run to their end; then there are none. */
void sim_run(sim *s);

/* For scripts: each is a point where others run and death may come. */
bool sim_step(sim_proc *p); /* false: dead */
/* Build a domain as libxl does: claim, then take.  NULL: Xen refused or the
 * process died; what was built so far stays. */
sim_dom *sim_build(sim_proc *p, const char *uuid, uint64_t kb);
void sim_destroy(sim *s, sim_dom *dom);

/* What a builder leaves that was killed: a paused domain without a claim that
 * has @kb of the @maxmem_kb that it may take. */
sim_dom *sim_add_half_built(sim *s, uint64_t kb, uint64_t maxmem_kb);

/* The process whose entry this is has died. */
void sim_orphan(const sim *s, sim_entry *entry);

/* What anybody may do at any time without asking the guard: `xl mem-set`,
 * `xl mem-max`. */
void sim_mem_set(sim_dom *dom, uint64_t kb);
void sim_mem_max(sim_dom *dom, uint64_t kb);

/* ---- for who balances: store.c, guests.c ---- */

/* Wait for an event or a time.  false: dead. */
bool sim_wait(sim_proc *p, int64_t until_ms);
/* xenstored goes and comes back: all watches are lost. */
void sim_restart_store(sim *s, int64_t down_ms);
/* A domain's node has changed; @name below its folder. */
void sim_fire(sim *s, sim_dom *dom, const char *name);
void sim_fire_kind(sim *s, xlmem_event_kind kind);
/* A domU that balances, between @floor_kb and @ceiling_kb. */
sim_dom *sim_add_party(sim *s, enum sim_temper temper, uint64_t floor_kb,
                       uint64_t kb, uint64_t ceiling_kb);
/* It is an HVM domU, just built by libxl. */
void sim_make_hvm(sim *s, sim_dom *dom, uint64_t video_kb);
/* What its processes use, from now on. */
void sim_use(sim *s, sim_dom *dom, uint64_t kb);
/* One tick of what guests say. */
void sim_guests_speak(sim *s);
/* When the next one may say something; INT64_MAX: nobody will. */
int64_t sim_speaks_at(const sim *s);
/* Neither half-built nor paused nor ended: its balloon works and it speaks. */
bool sim_runs(const sim_dom *dom);
/* What a domain could take beyond what it has. */
uint64_t sim_growth_kb(const sim_dom *dom);
/* An administrator sets a target, or gives a domain back. */
void sim_admin_sets(sim *s, sim_dom *dom, uint64_t kb);
void sim_admin_frees(sim *s, sim_dom *dom);
/* Somebody has set the target of a domain that an administrator had set: a
 * create may take of it, and that is given back. */
void sim_check_pin(sim *s, sim_dom *dom, uint64_t had_kb, bool balances);
/* Who balances has set a target, and plans had found @owed_kb: it is none of a
 * domain that is to be left alone. */
void sim_check_alone(const sim *s, const sim_dom *dom, uint64_t had_kb,
                     uint64_t owed_kb);
/* The domain is paused or goes on; says that it is uncooperative or takes that
 * back; has shut down, for good. */
void sim_pause(sim *s, sim_dom *dom, bool on);
void sim_refuse(sim *s, sim_dom *dom, bool on);
void sim_shut_down(sim *s, sim_dom *dom);
/* Who balances has set a target, and plans had found @owed_kb: nothing that
 * must hold is broken. */
void sim_check_step(sim *s, sim_dom *dom, uint64_t had_kb, uint64_t owed_kb);

/* The table's functions of store.c. */
int sim_events_open(void *user, int *fd_r, char *err, size_t err_len);
void sim_events_close(void *user);
int sim_event_next(void *user, xlmem_event *event_r);
int sim_watch(void *user, const char *path, bool on);
int sim_node_read(void *user, const char *path, char *buf, size_t room,
                  size_t *len_r);
int sim_node_write(void *user, const char *path, const char *value);
int sim_node_remove(void *user, const char *path);
int sim_nodes_read(void *user, xlmem_node *list, size_t nr);
int sim_enter(sim_proc *p); /* whether this call happens: 0, or why not */

/* ---- balloon.c ---- */

/* What it has of Xen where it has done what a target asks for. */
uint64_t sim_aim_kb(const sim_dom *dom, uint64_t target_kb);
/* One tick of its balloon. */
void sim_balloon(sim *s, sim_dom *dom, int64_t ms);

/* ---- rest.c ---- */

/* Something happens that is no move of who balances. */
void sim_changes(sim *s);
/* A move of his. */
void sim_count_rest(sim *s, sim_dom *dom, uint64_t had_kb);
/* He pays what is owed to it. */
void sim_count_debt(sim_dom *dom, uint64_t paid_kb);
/* Since the last change the moves have ended, and their sum is bounded. */
void sim_check_rest(const sim *s);

/* For who reads along (XLMEM_VERBOSE). */
void sim_note(const sim *s, const sim_dom *dom, const char *what);

/* Let time pass. */
void sim_pass(sim *s, int64_t ms);

/* dom0's MemAvailable: what it has, less what it uses, less what its domUs
 * cost it. */
uint64_t sim_available_kb(const sim *s);
uint64_t sim_free_kb(const sim *s);
/* That is nobody's claim: what a balloon can take. */
uint64_t sim_unclaimed_kb(const sim *s);
uint64_t sim_claims_kb(const sim *s);
size_t sim_nr_entries(const sim *s);

/* A policy that refuses, and leaves dom0 so much. */
xlmem_policy sim_policy(uint64_t dom0_floor_kb);

/* Whoever was created, of a uuid that begins with "a", leaves, and by @repay
 * what is owed is paid: nothing is reserved any more. */
void sim_leave(sim *s, void (*repay)(sim_proc *));

extern const xlmem_backend sim_backend;

#endif /* XLMEM_SIM_H */
