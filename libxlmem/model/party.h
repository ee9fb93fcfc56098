/* SPDX-License-Identifier: LGPL-2.1-only */
/* What happened to one who takes part, and what that allows. */
#ifndef XLMEM_MODEL_PARTY_H
#define XLMEM_MODEL_PARTY_H

#include "model/balance.h"
#include "model/checked.h"
#include "model/units.h"
#include "private/pace.h"
#include "private/xen.h"

/* A balloon is there when it is so near: libxl leaves a domain so
 * much beyond its target, and what it has is known no better (squeezed took
 * all HVM guests for uncooperative for an error of 1 MiB). */
#define XLMEM__NEAR_KB XLMEM_ABOVE_TARGET_KB

/* Its balloon has something to do, or should. */
static inline bool xlmem__party_is_moving(const xlmem__party *party)
{
    return xlmem_apart_kb(party->has_kb, party->target_kb) > XLMEM__NEAR_KB;
}

/* What it would suffer without, within its range. */
static inline uint64_t xlmem__party_demand_kb(const xlmem__party *party)
{
    const uint64_t kb = xlmem__min(party->demand_kb, party->ceiling_kb);

    return xlmem__max(kb, party->floor_kb);
}

/* And what of that it uses already. */
static inline uint64_t xlmem__party_used_kb(const xlmem__party *party)
{
    return party->need_kb
               ? xlmem__min(party->need_kb, xlmem__party_demand_kb(party))
               : xlmem__party_demand_kb(party);
}

/* Why it rests where it is, of which nothing else has been said: for people.
 * @scarce: there is too little for the demands of all. */
xlmem__still xlmem__party_rest(const xlmem__party *party,
                               const xlmem__gentle *gentle, bool scarce);

/* So much who did not follow is tried with. */
static inline uint64_t xlmem__little_kb(const xlmem__gentle *gentle)
{
    return 2 * gentle->least_kb;
}

/* Who does not give what he was asked for is left out until he does; who does
 * not take is offered something now and then. */
bool xlmem__party_is_left_out(const xlmem__party *party,
                              const xlmem__gentle *gentle, int64_t now_ms);

/* When one who is left out is tried again. */
int64_t xlmem__party_again_ms(const xlmem__party *party,
                              const xlmem__gentle *gentle);

/* When its minute ends; it begins now if none has begun. */
int64_t xlmem__party_minute_ms(const xlmem__party *party, int64_t now_ms);

/* How much of it may still be moved within this minute. */
uint64_t xlmem__party_allowance_kb(const xlmem__party *party,
                                   const xlmem__gentle *gentle,
                                   int64_t now_ms);

#endif /* XLMEM_MODEL_PARTY_H */
