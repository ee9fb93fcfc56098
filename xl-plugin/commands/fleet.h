/* SPDX-License-Identifier: LGPL-2.1-only */
/* Many recorded hosts, and what is asked of them together. */
#ifndef XL_MEMGUARD_FLEET_H
#define XL_MEMGUARD_FLEET_H

#include "commands/hostview.h"
#include "model/fleet/fleet.h"

/* So many places are tried for one question. */
#define FLEET_PLACES 1000000
/* And when it is asked again with all at their maximum: a case is to take
 * hardly longer for what is a remark beside its answer. */
#define FLEET_PLACES_AT_MAXIMUM (FLEET_PLACES / 10)

typedef struct fleet_host {
    char *name, *file; /* owned */
    cmd_run run;       /* the command, pointed at it */
    host_view view;
    xlmem_fleet_sum sum;
    bool partial; /* some file of it could not be read, which was told */
    uint64_t recorded_s; /* since 1970, by its own clocks; 0: not known */
} fleet_host;

typedef struct fleet {
    const cmd_run *run;
    size_t nr;
    fleet_host *hosts[XLMEM_FLEET_HOSTS_MAX]; /* owned */
    size_t nr_left_out; /* files that say too little, or nothing */
    size_t nr_partial;  /* hosts of which a file could not be read */
    size_t nr_doubts;   /* what was said of those that contradict each other */
    size_t nr_twins;    /* of these, domUs that are there twice */
    size_t nr_domus;
    const fleet_host *oldest, *newest; /* NULL: of none is it known when */
} fleet;

/* Some hosts are lost: their domUs, and the gaps of the others. */
typedef struct fleet_case {
    const fleet *f;
    bool lost[XLMEM_FLEET_HOSTS_MAX];
    bool known; /* what each needs is */
    size_t nr_lost;
    size_t *gap_hosts; /* of each gap; owned, as are the rest */
    const xlmem_dom **domus;
    size_t *from; /* the host of each domU */
    xlmem_fleet_gap *gaps;
    xlmem_fleet_price *prices;
    xlmem_pack pack;
    xlmem_pack_answer answer;
    xlmem_pack_verdict at_maximum; /* with all that they were built for */
    bool namesakes; /* of a name two or more are lost, one goes to a host */
    const xlmem_dom *guess; /* one that would come with its domU, if it is
                               what its name says; NULL: none */
} fleet_case;

/*
 * fleet_read: captures, snapshots, and directories of them, from @first of the
 * arguments on.  One that cannot be read is named, and left out.
 * Returns EXIT_DONE, or an exit status (a message was printed).
 */
int fleet_read(fleet *f, const cmd_run *run, int first);
void fleet_dispose(fleet *f);

/* What it comes to that a placement was found, or that there is none: of hosts
 * that were not read, or in part, neither says anything; where captures
 * contradict each other a yes is none, and where a domU is counted twice, on
 * its way from one host to another, a no is none either. */
xlmem_pack_verdict fleet_verdict(const fleet *f, xlmem_pack_verdict found);

/* And of one case: where it hangs on what a lost host's domain is, its answer
 * is none. */
xlmem_pack_verdict fleet_case_verdict(const fleet_case *c,
                                      xlmem_pack_verdict found);

/* The host of that name; XLMEM_FLEET_HOSTS_MAX: there is none. */
size_t fleet_find(const fleet *f, const char *name, size_t len);

/* What is not certain of it, in sentences; the list of files is for programs
 * too. */
void fleet_put_doubts(out *o, const fleet *f);

/* fleet_case_ask: the answer for c->lost.  False without memory. */
bool fleet_case_ask(fleet_case *c, const fleet *f, bool may_stop);
void fleet_case_dispose(fleet_case *c);

/* How many of the hosts that are left bar it, for that. */
size_t fleet_case_barred(const fleet_case *c, size_t d, xlmem_fleet_bar bar);

/* Devices of its host are given to it: it cannot be migrated, and whether
 * another host has them no recording tells. */
bool fleet_case_has_pci(const fleet_case *c, size_t d);

/* Why some have no place, or why that is not known: a clause, in @buf, which
 * is returned; "": all have one. */
char *fleet_say_proof(const fleet_case *c, const out *o, char *buf,
                      size_t len);

/* A domU's name, or "domain 7".  Returns @buf or the name. */
const char *fleet_domu_name(const xlmem_dom *dom, char buf[32]);

/* What a domU takes where it runs, in a cluster manager's integers. */
typedef struct fleet_need {
    uint64_t xen_mib, dom0_mib;
} fleet_need;
bool fleet_need_of(const fleet_host *h, const xlmem_dom *dom,
                   fleet_need *need_r);

/* Of letters, digits, '.', '_' and '-', not first: nothing for a shell, and
 * nothing that ends a field or an attribute. */
bool fleet_is_plain(const char *name);

/*
 * A fleet for others, on stdout.
 * @emptied: the host that is to be emptied; XLMEM_FLEET_HOSTS_MAX: none.
 * Return EXIT_DONE, or an exit status.
 */
int fleet_print_htools(const fleet *f, size_t emptied);
int fleet_print_pacemaker(const fleet_case *c, size_t emptied);

/* What `fleet check` and `fleet evacuate` do. */
int fleet_check(fleet *f);
/* There is no answer: what `fleet check` has written before is no more. */
void fleet_forget(const fleet *f);
int fleet_evacuate(fleet *f, const char *name);

#endif /* XL_MEMGUARD_FLEET_H */
