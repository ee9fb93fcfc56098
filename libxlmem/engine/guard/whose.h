/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whose a domain's target is.
 *
 *     memory/memguard-target   "TO FROM": the last target that we set, and the
 *                              one before, in kB; written before it is set
 *     memory/memguard-pin      "KB": where the administrator has set it
 *
 * A target that is neither TO nor FROM, give or take the page by which a
 * balloon is woken, is the administrator's word (`xl mem-set`), and the domain
 * is pinned there.  The pin follows him, also where he sets a target back that
 * we had signed.  It stays behind the target while a plan of a guard has taken
 * of the domain, which is given back; and what was written of a size that was
 * tried and has failed is taken back with it.
 *
 * FROM is for who is killed between writing and setting, and for dom0's
 * balloon, which shows the former one a moment longer; then it is written
 * again as TO: who sets a target back to what it was means it.
 *
 * The first is made by who balances; where it is not there nobody does, and
 * there is nothing to keep up.  Both go with their domain.
 */
#ifndef XLMEM_ENGINE_WHOSE_H
#define XLMEM_ENGINE_WHOSE_H

#include "codec/text.h"
#include "engine/facts/entries.h"

#define XLMEM__NODE_TARGET_SET "memory/memguard-target"
#define XLMEM__NODE_PIN "memory/memguard-pin"

/* Room for the path of a node of a domain that is one of ours. */
#define XLMEM__DOM_PATH_MAX 96
void xlmem__dom_path(uint64_t domid, const char *node,
                     char path_r[XLMEM__DOM_PATH_MAX]);

/* What memory/memguard-target says. */
typedef struct xlmem__signed_target {
    bool known;
    uint64_t to_kb, from_kb;
} xlmem__signed_target;

/* The longest such value: two numbers of 64 bits. */
#define XLMEM__SIGNED_MAX 48

/* What is no such value says nothing: not known. */
xlmem__signed_target xlmem__signed_parse(xlmem__str value);
void xlmem__signed_render(const xlmem__signed_target *target,
                          char value_r[XLMEM__SIGNED_MAX]);

/* Whether a target is one that we set; what is not known says yes. */
bool xlmem__is_signed(const xlmem__signed_target *target, uint64_t kb);

/*
 * Before a target is set, under the lock: sign it, if anybody balances here.
 * Where somebody else has set the one there is, that is written down first.
 * @signed_r: whether it has been.
 * Returns 0, also where a domain has gone; XLMEM_ERROR_XENSTORE and what else
 * node_read and node_write return.  Not logged.
 */
int xlmem__target_sign(xlmem_ctx *ctx, const xlmem_step *step, bool *signed_r);

/* It has been set.  dom0's is confirmed by who sees it there. */
void xlmem__target_confirm(xlmem_ctx *ctx, const xlmem_step *step);

/* What is written of a domain's target. */
typedef struct xlmem__whose {
    bool is_ours; /* not pinned, and signed, or nobody balances yet */
    bool is_pinned;
    uint64_t pin_kb;
} xlmem__whose;

/*
 * A size that an administrator tries and that fails (engine/guard/dom0_set.c)
 * was not his word, and who balances may have taken it for that.  Under the
 * lock:
 * xlmem__whose_is: whose the target @kb is, before another one is tried.  What
 *   cannot be read is nobody's.
 * xlmem__whose_sign: before @step sets the former one again.
 * xlmem__whose_restore: behind that.
 */
xlmem__whose xlmem__whose_is(xlmem_ctx *ctx, uint64_t domid, uint64_t kb);
void xlmem__whose_sign(xlmem_ctx *ctx, const xlmem__whose *whose,
                       const xlmem_step *step);
void xlmem__whose_restore(xlmem_ctx *ctx, const xlmem__whose *whose,
                          uint64_t domid);

/* Write one of a domain that has none, or another. */
int xlmem__signed_write(xlmem_ctx *ctx, uint64_t domid,
                        const xlmem__signed_target *target);
int xlmem__pin_write(xlmem_ctx *ctx, uint64_t domid, uint64_t kb);

/* ----------------------------------------------- which steps led there --- */

/*
 * Which steps of the ledger have led to the target that a domain has.
 *
 *     2000 ---A---> 1500 ---B---> 1200      now: A and B
 *     2000 ---A---> 1500    1700 ---B---> 1600
 *                        ^ a stranger       now: B
 *
 * Entries have no order; a step belongs to the chain if it ends at the target,
 * or at the one that a step of the chain begins at.  What a plan took before a
 * stranger set a target is void, whatever plans take after that.
 */

/* A plan has one or two steps of a domain, and so many plans take of one at
 * once on no host; where there are more all of them count. */
#define XLMEM__CHAIN_MAX 128

typedef struct xlmem__chain {
    uint64_t domid;
    uint64_t most_kb; /* none is owed that was taken from more than that */
    bool is_full;
    size_t nr, nr_linked; /* those of the chain come first */
    const xlmem_step *steps[XLMEM__CHAIN_MAX];
} xlmem__chain;

/* @now_kb: the target; steps of an administrator's are no part of it.
 * @entries: as long as the chain is used. */
void xlmem__chain_of(const xlmem__entries *entries, uint64_t domid,
                     uint64_t now_kb, xlmem__chain *chain_r);

/*
 * The same as far as the administrator lets it: a domain that he has pinned is
 * owed nothing that was taken from more than its pin, one on a target of his
 * nothing at all.  Returns 0, or what reading its nodes returned.
 */
int xlmem__chain_bound(xlmem_ctx *ctx, const xlmem__entries *entries,
                       uint64_t domid, uint64_t now_kb, xlmem__chain *chain_r);

/*
 * What dom0 has been told to be, where its balloon still shows @shown_kb: its
 * kernel hears of a target a moment after that was set, or much later when it
 * is busy.  The node counts where steps of ours lead to it from what is shown;
 * else somebody has written to the balloon, which no node tells.
 */
uint64_t xlmem__dom0_told_kb(const xlmem__entries *entries,
                             const xlmem_host *host, uint64_t shown_kb);

/* Whether one of its steps is the same. */
bool xlmem__chain_has(const xlmem__chain *chain, const xlmem_step *step);

/* Whether one of its steps begins where what the guard took with @step began:
 * if that is no part of the chain it has been paid, but perhaps for a maximum
 * that was written with it. */
bool xlmem__chain_has_paid(const xlmem__chain *chain, const xlmem_step *step);

#endif /* XLMEM_ENGINE_WHOSE_H */
