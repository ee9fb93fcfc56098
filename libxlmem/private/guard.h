/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guard for our own programs: its configuration, a create that blocks
 * until it is decided, reservations that are made without asking, and who is
 * guarded.
 *
 * What holds for xlmem/create.h holds here.
 */
#ifndef XLMEM_PRIVATE_GUARD_H
#define XLMEM_PRIVATE_GUARD_H

#include "private/all.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* The policy that was last in force, as a configuration. */
#define XLMEM_LAST_POLICY_FILE "run/xlmem/policy"

/*
 * xlmem_mode_edit: XLMEM_MODE_FILE as it is to be written to set a mode.
 * @old, @len: what is in it now; NULL: there is none.  Comments and all else
 *   but the word stay as they are.  What is no such file is replaced.
 * @text_r: malloc'd; @len_r: its length.
 * Returns 0, XLMEM_ERROR_NOMEM.  Since: 0.1
 */
int xlmem_mode_edit(const char *old, size_t len, xlmem_mode mode,
                    char **text_r, size_t *len_r);

/*
 * xlmem_policy_find: the policy in force on this host, from its files alone:
 * needs no context, no backend and no Xen.
 *
 * A line that is wrong spoils its own key only: that has the value that was
 * last in force, or its default where none is known.  A configuration that
 * cannot be read at all leaves all of the last policy in force.  What is in
 * force is kept in XLMEM_LAST_POLICY_FILE, for processes that start later, if
 * the caller may write there; the directory is made where it is missing.
 *
 * @root: where the host's files are; NULL: /.
 * @policy_r: replaced; the defaults where nothing is configured.  Where
 *   XLMEM_OFF_FILE exists its mode is XLMEM_MODE_OFF, and switched_off is set;
 *   whether it exists is asked without a descriptor, and a failure is no.
 * @report_r: what is wrong; may be NULL.  Filled on every result.
 * Returns 0, whatever is wrong with the configuration; XLMEM_ERROR_NOTFOUND
 * when there is none: such a host is not guarded, everything passes.  Logs
 * nothing: say each problem where somebody reads it.  Since: 0.1
 */
int xlmem_policy_find(const char *root, xlmem_policy *policy_r,
                      xlmem_policy_report *report_r);

/*
 * xlmem_policy_load: the same of the host that is open, by its backend, and
 * nothing is kept: for recorded hosts.
 * @report_r: NULL: each problem is logged as a warning.
 * Returns 0, XLMEM_ERROR_NOTFOUND as above, and where no host is open.
 * Since: 0.1
 */
int xlmem_policy_load(xlmem_ctx *ctx, xlmem_policy *policy_r,
                      xlmem_policy_report *report_r);

/*
 * xlmem_policy_from_conf: the same with a text that the caller has read in
 * place of XLMEM_POLICY_FILE, as if it were installed: the other files are
 * the host's.
 * @name: the text's, for messages; borrowed by @report_r.
 * @conf, @len: the text.
 * Returns 0; XLMEM_ERROR_NOTFOUND where no host is open.  Since: 0.1
 */
int xlmem_policy_from_conf(xlmem_ctx *ctx, const char *name, const char *conf,
                           size_t len, xlmem_policy *policy_r,
                           xlmem_policy_report *report_r);

/* A domain that is to start. */
typedef struct xlmem_guard_request {
    uint64_t known;
    uint64_t need_kb;       /* xlmem_need: out of Xen's free memory */
    uint64_t dom0_need_kb;  /* out of dom0's; unknown: not looked at */
    uint64_t dom0_build_kb; /* of which comes back when it is built */
    uint64_t wait_ms;       /* known: wait this long for memory, whoever frees
                              it.  Unknown: policy's wait (or reboot_wait), and
                              only for memory that is known to come */
    bool reboot;            /* it ran here a moment ago: what is held for it,
                               see xlmem_hold_ahead, it is never refused */
    bool no_plan;           /* what would need others to give is refused */
    bool binds;             /* the caller says by xlmem_hold_bind which domain
                              it became: no other is taken for it, and until
                              then it counts in full */
    bool grows;             /* with binds: it is there, and is to be given
                              need_kb more.  Nothing is ever bound, and what is
                              reserved by hand for its uuid stays so */
    bool quiet;             /* the caller says a refusal: it is no warning */
    const char *uuid;       /* of the domain, 36 characters; borrowed */
    const char *name;       /* for messages; NULL: the uuid; borrowed */
} xlmem_guard_request;

/*
 * xlmem_layout_is: whether the library was built with structs of the caller's
 * sizes; for a caller that loads it at run time.
 * @sizes, @nr: an array initialised with XLMEM_LAYOUT (private/layout.h).
 */
bool xlmem_layout_is(const uint32_t *sizes, size_t nr);

/*
 * xlmem_guard: decide whether a domain may start, make room for it, and hold
 * its memory against everybody else who asks.
 *
 * @verdict_r: filled with the decision and its numbers on every result but
 *   the errors at the end.  When room was made by a plan the steps are those
 *   that were taken.
 * @hold_r: NULL, or a hold of xlmem_hold_ahead for this domain, which is
 *   continued, under @request's uuid.  On 0 it holds the memory (NULL with
 *   mode off); pass it to xlmem_hold_release.  Otherwise it is the caller's as
 *   before, with what it held before, and what a plan took is given back when
 *   that is released.
 *
 * Returns 0: go ahead.  In mode warn that is the result whatever
 * verdict_r->kind says; no target is set then and nothing is waited for.  So
 * it is for a reboot that needs no more than @hold_r holds, and 1 MiB, after
 * at most reboot_wait.  A reboot that needs more is decided as any create to
 * which its hold is free, and without a hold as any create at all: nobody is
 * to starve because of what was never held.
 * XLMEM_ERROR_NO_HEADROOM, XLMEM_ERROR_INFEASIBLE, XLMEM_ERROR_TIMEDOUT (it
 * could have been, and the memory did not come in time): refused; what was
 * taken from others is given back.
 * Anything else is the guard's own failure: a caller goes ahead unless
 * policy->refuse_on_error is set and it is no reboot.  Then *verdict_r is
 * untouched.
 *
 * Logs one line with the verdict and its numbers (info; a refusal is a
 * warning), and one for each failure.  Blocks for a few hypercalls and for the
 * decision lock: until nobody has had it for a minute, and ten minutes while
 * others are being served; when a plan is carried out until it succeeds or the
 * wait is over.  Do not hold a lock that others need who start or end domains.
 * Since: 0.1
 */
int xlmem_guard(xlmem_ctx *ctx, const xlmem_policy *policy,
                const xlmem_guard_request *request, xlmem_verdict *verdict_r,
                xlmem_hold **hold_r);

/*
 * xlmem_guard_await: wait until xlmem_guard would let a domain start, at once
 * or after a plan.  Reserves nothing and sets no target: by the time the
 * domain is created it may be otherwise again.
 * @request: need_kb, dom0_need_kb, uuid (may be NULL), and wait_ms: how long;
 *   unknown: not at all.
 * @verdict_r: filled with the last decision, also for a refusal.
 * Returns 0; XLMEM_ERROR_NO_HEADROOM, XLMEM_ERROR_INFEASIBLE when it was not
 * to wait, or the machine is too small; XLMEM_ERROR_TIMEDOUT; the errors of
 * xlmem_guard (@verdict_r untouched).  Looks at growing intervals, at most
 * 0.8 s apart.
 */
int xlmem_guard_await(xlmem_ctx *ctx, const xlmem_policy *policy,
                      const xlmem_guard_request *request,
                      xlmem_verdict *verdict_r);

/*
 * xlmem_hold_ahead: reserve a domain's memory without asking whether it is
 * there.  For a domain that is about to be destroyed and created again: what
 * it gives back is then its own.  Reserve what it has or what it will be
 * created with, whichever is more, but not what it never had: that starves
 * others until it is decided on.
 * @request: reboot and wait_ms are not looked at.
 * @hold_r: NULL, or a hold of an earlier call for this domain, which is made
 *   larger where @request is.  Pass it to xlmem_guard, or to
 *   xlmem_hold_release with created = false.
 * Returns 0; XLMEM_ERROR_BUSY (the decision lock), XLMEM_ERROR_IO,
 * XLMEM_ERROR_PERM, XLMEM_ERROR_UNSUPPORTED.  Logged.  Since: 0.1
 */
int xlmem_hold_ahead(xlmem_ctx *ctx, const xlmem_guard_request *request,
                     xlmem_hold **hold_r);

/*
 * xlmem_hold_leaving: a domain is about to be saved or migrated: whoever
 * balances leaves it alone until @hold_r is released or its process ends.
 * @raise_kb: its target is raised by so much, because it holds that beyond it:
 *   no memory is taken, and none is reserved.
 * Returns 0; XLMEM_ERROR_NOTFOUND (it has gone, or has no target),
 * XLMEM_ERROR_BUSY (the decision lock, which is waited for for 2 s; not
 * logged), XLMEM_ERROR_XEN, XLMEM_ERROR_IO, XLMEM_ERROR_PERM,
 * XLMEM_ERROR_UNSUPPORTED: *hold_r is untouched.  Logged.  Since: 0.1
 */
int xlmem_hold_leaving(xlmem_ctx *ctx, uint64_t domid, uint64_t raise_kb,
                       xlmem_hold **hold_r);

/*
 * xlmem_hold_done: whether the hold's domain has taken all its memory, has
 * been let run or is gone again, so that the hold can be released: for a
 * create that goes on after the call that began it.
 * The hold is bound to its domain when that is first seen here, unless its
 * request said that it binds; see xlmem_hold_bind.
 * @created_r: whether the domain is there.
 * Returns 0; XLMEM_ERROR_BUSY (the lock), XLMEM_ERROR_XEN, XLMEM_ERROR_IO.
 * Logged.  Since: 0.1
 */
int xlmem_hold_done(xlmem_ctx *ctx, xlmem_hold *hold, bool *done_r,
                    bool *created_r);

/*
 * xlmem_reservations: all that is reserved and not taken yet.  Those by hand
 * have a left_ms.
 * @list_r: malloc'd; the caller frees it.
 * Returns 0, also without any; XLMEM_ERROR_BUSY, XLMEM_ERROR_IO,
 * XLMEM_ERROR_PERM, XLMEM_ERROR_NOMEM.  Logged.  Since: 0.1
 */
int xlmem_reservations(xlmem_ctx *ctx, xlmem_reservation **list_r,
                       size_t *nr_r);

/*
 * xlmem_ledger_try: whether a guarded create could write to the ledger: its
 * lock is taken for a moment, and what there is not yet of it is made.
 * @why_r: a line, which is "" when it can be used, or is busy: it is in use.
 * Blocks for 2 s at most.  Returns 0, or what the lock did.  Since: 0.1
 */
int xlmem_ledger_try(xlmem_ctx *ctx, char *why_r, size_t len);

/* What a plan took from a domain, and is given back when memory is free. */
typedef struct xlmem_debt {
    uint64_t domid;
    uint64_t owed_kb;   /* the target it had */
    uint64_t target_kb; /* the one it has now */
} xlmem_debt;

/*
 * xlmem_debts: the domains that are owed memory by plans whose holds have
 * ended.  Not those whose target somebody else has set since.  Nothing is
 * paid, and nothing is removed from the ledger.  While somebody else has the
 * decision lock none can be told from holds that last, and none is listed; a
 * recorded host has none.
 * @list_r: malloc'd; the caller frees it.
 * Returns 0, also without any; XLMEM_ERROR_IO, XLMEM_ERROR_PARSE,
 * XLMEM_ERROR_PERM, XLMEM_ERROR_XEN, XLMEM_ERROR_NOMEM.  Logged.  Since: 0.1
 */
int xlmem_debts(xlmem_ctx *ctx, xlmem_debt **list_r, size_t *nr_r);

/*
 * xlmem_range_set: give a running domain another range: its nodes in xenstore
 * are written one after the other, in an order in which the least size is at
 * no time above the largest.
 * @dom: as it was read; xlmem_range_check has passed.
 * Returns 0; XLMEM_ERROR_NOTFOUND (it has gone), XLMEM_ERROR_UNSUPPORTED (a
 * recorded host), XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM: those nodes that
 * were written are as before then, unless that fails as well.  Logged.
 * Since: 0.1
 */
int xlmem_range_set(xlmem_ctx *ctx, const xlmem_dom *dom,
                    const xlmem_opt_in *range);

/*
 * xlmem_guard_opt_in: have the toolstack write what a domain's file allows the
 * guard into xenstore when it creates the domain (memory/dynamic-min, -max and
 * weight, from which plans know what they may take), and keep it for when it
 * creates the domain anew.
 * @config: the libxl_domain_config that is going to be created; changed.
 * @dispose: libxl_domain_config_dispose of the libxl that is going to do it.
 * Returns 0, also where there is nothing to be said; XLMEM_ERROR_UNSUPPORTED
 * (no backend that can, or one for another release of libxl),
 * XLMEM_ERROR_NOMEM: logged, and @config is as before.  Since: 0.1
 */
int xlmem_guard_opt_in(xlmem_ctx *ctx, const xlmem_opt_in *opt_in,
                       void *config, const void *dispose);

/* Files of domains whose own have no list. */
#define XLMEM_DOM_CONF_DIR "etc/xen/memguard.d"
#define XLMEM_DOM_CONF_ROOM (sizeof(XLMEM_DOM_CONF_DIR) + 256)

/*
 * xlmem_domu_opt_in_file: take what /etc/xen/memguard.d/NAME.conf says of a
 * domain, in the grammar of memguard.conf, with the keys of a domain's list.
 * For who has no such list: it is not looked at here.
 * @domu: its opt_in is replaced; its memory bounds what is in the file.
 * @err, @err_len: on failure what is wrong and in which line.
 * Returns 0; XLMEM_ERROR_NOTFOUND: there is no such file, nor may there be one
 * of that name; as xlmem_domu_opt_in, or what kept the file from being read:
 * @domu is as before, and nothing is logged.  Since: 0.1
 */
int xlmem_domu_opt_in_file(xlmem_ctx *ctx, const char *name, xlmem_domu *domu,
                           char *err, size_t err_len);

/*
 * xlmem_autoballoon: whether xl makes room for a create itself, and holds its
 * lock until the domain is there: a create that waits for memory then holds up
 * all others.
 * @host: a snapshot of the host that is open.
 * Returns 0; XLMEM_ERROR_UNKNOWN where its xl.conf or Xen's command line is
 * not known.  Since: 0.1
 */
int xlmem_autoballoon(xlmem_ctx *ctx, const xlmem_host *host, bool *on_r);

/*
 * Where the guard marks each process that it is in, by its id: "START COMM" or
 * "START COMM WHOM", START its start time (field 22 of /proc/PID/stat), WHOM
 * the domain that a monitor watches.
 */
#define XLMEM_GUARDED_DIR "run/xlmem/guarded"

/*
 * xlmem_guarded_find: who starts domains on this host, and whether the guard
 * is in front of him: xl as it is found in a search path, and /usr/sbin/xl;
 * the services that are installed; each running monitor.
 * @search: directories joined by colons; NULL: the system's usual ones.
 * @list_r: malloc'd; the caller frees it.  A recorded host says nothing.
 * Returns 0; XLMEM_ERROR_INVAL (no backend), XLMEM_ERROR_RANGE (more than
 * 65536 processes), XLMEM_ERROR_IO, XLMEM_ERROR_PERM, logged;
 * XLMEM_ERROR_NOMEM.  Blocks for reading a file of each process.  Since: 0.1
 */
int xlmem_guarded_find(xlmem_ctx *ctx, const char *search,
                       xlmem_guarded **list_r, size_t *nr_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_PRIVATE_GUARD_H */
