/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who does not follow is named, and left out: squeezed asks him again each
 * time it looks, and takes from the others what he does not give; qmemman
 * waits for him.  Who does not give what he was asked for keeps what he has,
 * in the sums too.  Who does not take what he was offered is offered no more,
 * and what was kept for him is free at once.  Both are tried again after
 * wake_ms, then after twice as long and so on, up to an hour; a MiB that moves
 * makes all good.  A MiB, and not a page: for squeezed a guest that gives one
 * page in 5 s follows.
 */
#include "model/party.h"

#include "model/checked.h"
#include "model/demand.h"

#define MINUTE_MS 60000
#define WAKE_MOST_MS 3600000

/*
 * least_kb: qmemman moves for 15 MB, and its guests report changes of 30 MB;
 * that much of a small guest is a tenth.  least_bp: 5 %, since the surplus of
 * all changes a little with each demand.
 * step_kb: two seconds of a balloon's work (512 MB/s, by which libxl's own
 * waits are dimensioned); all that is ever promised to one that stands still.
 * minute_kb: half as fast as a balloon can, so that who says now this, now
 * that, keeps nobody busy.
 * rest_ms: before the window of PSI's avg10 has passed a kernel cannot say
 * what the last move did.  With half of it a sixtieth more is moved in the
 * contest, for nothing.  What somebody has beyond what he uses does not rest
 * while another lacks some of what he uses: that halves what a sawtooth is
 * short of.
 * look_ms: a balloon moves 128 MB in it.
 * patience_ms: as tracker.c judges; squeezed waits as long.
 */
void xlmem__gentle_init(xlmem__gentle *gentle)
{
    *gentle = (xlmem__gentle){.least_kb = XLMEM__LEAST_MOVE_KB,
                              .least_bp = 500,
                              .step_kb = 1024 * XLMEM__MIB_KB,
                              .minute_kb = 16 * 1024 * XLMEM__MIB_KB,
                              .rest_ms = 10000,
                              .look_ms = 250,
                              .patience_ms = 5000,
                              .wake_ms = 60000};
}

const char *xlmem__still_text(xlmem__still still)
{
    static const char *const texts[] = {
        [XLMEM__THERE] = "it has what it should have",
        [XLMEM__MOVES] = "it is moved now",
        [XLMEM__ON_ITS_WAY] = "its balloon is busy with its last target",
        [XLMEM__IS_APART] = "it takes no part",
        [XLMEM__SILENT] = "it reports no memory use, so it keeps its target",
        [XLMEM__LEFT_OUT] = "its balloon does not follow; it is tried again",
        [XLMEM__RESTS] = "it was given memory a moment ago and is to use it",
        [XLMEM__PACED] = "balance_rate: it has been moved enough this minute",
        [XLMEM__UNASKED] = "it has some to spare, which nobody needs now",
        [XLMEM__WAITS] = "it needs more, and waits for others to give",
        [XLMEM__CROWDED] = "its turn comes in the next pass",
        [XLMEM__SCARCE] = "it has its share: there is too little for all",
        [XLMEM__KEEPS] = "it keeps what it ran short of, unless others do"};

    return texts[still];
}

xlmem__still xlmem__party_rest(const xlmem__party *party,
                               const xlmem__gentle *gentle, bool scarce)
{
    const uint64_t least_kb = gentle->least_kb;

    if (xlmem_apart_kb(party->share_kb, party->target_kb) >= least_kb)
        return XLMEM__UNASKED;
    if (!scarce)
        return XLMEM__THERE;
    if (xlmem__min(party->kept_kb, party->target_kb) >=
        xlmem__add_sat(xlmem__party_used_kb(party), least_kb))
        return XLMEM__KEEPS;
    return xlmem__party_demand_kb(party) >=
                   xlmem__add_sat(party->target_kb, least_kb)
               ? XLMEM__SCARCE
               : XLMEM__THERE;
}

void xlmem__party_see(xlmem__party *party, int64_t now_ms,
                      const xlmem__track *track, const xlmem__gentle *gentle)
{
    const bool moved =
        xlmem_apart_kb(party->has_kb, party->mark_kb) >= XLMEM__NEAR_KB;

    if (moved)
        party->nr_stuck = 0;
    if (moved || !party->mark_ms || (!track && !party->nr_stuck)) {
        party->mark_kb = party->has_kb;
        party->mark_ms = now_ms;
    }
    party->pace = track ? xlmem__track_pace(track, now_ms) : XLMEM__FOLLOWS;
    if (track && party->pace < XLMEM__STUCK &&
        now_ms - party->mark_ms >= gentle->patience_ms &&
        now_ms - party->asked_ms >= gentle->patience_ms)
        party->pace = XLMEM__STUCK;
    if (party->pace < XLMEM__STUCK ||
        (party->nr_stuck && party->stuck_ms > party->asked_ms))
        return;
    party->nr_stuck++;
    party->stuck_ms = now_ms;
    party->stuck_giving = party->has_kb > party->target_kb;
}

int64_t xlmem__party_again_ms(const xlmem__party *party,
                              const xlmem__gentle *gentle)
{
    int64_t wait_ms = gentle->wake_ms;
    uint32_t i;

    for (i = 1; i < party->nr_stuck && wait_ms < WAKE_MOST_MS; i++)
        wait_ms *= 2;
    if (wait_ms > WAKE_MOST_MS)
        wait_ms = WAKE_MOST_MS;
    return wait_ms + (party->stuck_ms > party->asked_ms ? party->stuck_ms
                                                        : party->asked_ms);
}

/* It has been asked for a little since it did not give, and has the patience
 * that anybody has. */
static bool is_tried(const xlmem__party *party, const xlmem__gentle *gentle)
{
    return party->asked_ms > party->stuck_ms &&
           party->has_kb - party->target_kb <= xlmem__little_kb(gentle);
}

bool xlmem__party_is_left_out(const xlmem__party *party,
                              const xlmem__gentle *gentle, int64_t now_ms)
{
    if (!party->nr_stuck)
        return false;
    if (party->stuck_giving && party->has_kb > party->target_kb &&
        xlmem__party_is_moving(party))
        return !is_tried(party, gentle);
    return party->asked_ms <= party->stuck_ms &&
           now_ms < xlmem__party_again_ms(party, gentle);
}

static bool has_begun_minute(const xlmem__party *party, int64_t now_ms)
{
    return party->minute_ms && now_ms - party->minute_ms < MINUTE_MS;
}

int64_t xlmem__party_minute_ms(const xlmem__party *party, int64_t now_ms)
{
    return MINUTE_MS +
           (has_begun_minute(party, now_ms) ? party->minute_ms : now_ms);
}

uint64_t xlmem__party_allowance_kb(const xlmem__party *party,
                                   const xlmem__gentle *gentle, int64_t now_ms)
{
    if (!gentle->minute_kb)
        return UINT64_MAX;
    return has_begun_minute(party, now_ms)
               ? xlmem__sub0(gentle->minute_kb, party->moved_kb)
               : gentle->minute_kb;
}

void xlmem__balance_done(xlmem__party *party, int64_t now_ms,
                         const xlmem_step *step)
{
    const uint64_t kb = xlmem_apart_kb(step->from_kb, step->to_kb);

    if (party->nr_stuck && party->stuck_giving && kb <= XLMEM__PAGE_KB) {
        party->nr_stuck++;
        party->stuck_ms = now_ms;
        return;
    }
    if (party->nr_stuck && step->to_kb < step->from_kb &&
        step->from_kb > party->has_kb)
        return; /* it never had that */
    if (party->nr_stuck && step->to_kb > step->from_kb &&
        step->to_kb <= party->has_kb)
        return; /* it still has that */
    party->asked_ms = now_ms;
    party->mark_kb = party->has_kb;
    party->mark_ms = now_ms;
    if (step->to_kb > step->from_kb)
        party->grown_ms = now_ms;
    if (!has_begun_minute(party, now_ms)) {
        party->minute_ms = now_ms;
        party->moved_kb = 0;
    }
    party->moved_kb = xlmem__add_sat(party->moved_kb, kb);
}
