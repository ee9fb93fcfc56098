/* SPDX-License-Identifier: LGPL-2.1-only */
#include "metrics/balloons.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "private/pace.h"
#include "private/xen.h"

/* A host with more is none of ours. */
#define SIGHTS_MAX 32768

const char *balloon_state_name(balloon_state state)
{
    static const char *const names[] = {
        [BALLOON_FOLLOWING] = "following", [BALLOON_SLOW] = "slow",
        [BALLOON_STUCK] = "stuck",         [BALLOON_GAVE_UP] = "gave_up",
        [BALLOON_NONE] = "none",
    };

    return names[state];
}

/* ---------------------------------------------------------- one domain --- */

/*
 * The most that a domU has when it is where it was asked to be.  HVM holds its
 * video RAM above its target, under a ceiling that libxl sets accordingly, and
 * that an administrator may have raised.
 */
static uint64_t most_at_rest_kb(const xlmem_dom *dom)
{
    const uint64_t target_kb = dom->target_kb;

    if (!XLMEM_KNOWS(dom, maxmem_kb) || dom->maxmem_kb < target_kb)
        return target_kb;
    return dom->maxmem_kb - target_kb < XLMEM_BEYOND_TARGET_KB
               ? dom->maxmem_kb
               : target_kb + XLMEM_BEYOND_TARGET_KB;
}

/*
 * What is asked of a domain, and how far it is off; dom0's by its driver.
 * Returns false where that is not known, or it cannot move now.
 */
static bool look_at_dom(const xlmem_host *host, const xlmem_dom *dom,
                        balloon_sight *sight)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    uint64_t has_kb = dom->tot_kb, most_kb;

    sight->domid = dom->domid;
    sight->target_kb = dom->target_kb;
    if (!dom->domid) {
        if (!XLMEM_KNOWS(dom0, balloon_target_kb) ||
            !XLMEM_KNOWS(dom0, balloon_current_kb))
            return false;
        sight->target_kb = most_kb = dom0->balloon_target_kb;
        has_kb = dom0->balloon_current_kb;
    } else if (!XLMEM_KNOWS(dom, tot_kb) || !XLMEM_KNOWS(dom, target_kb) ||
               dom->paused || dom->dying || dom->shutdown ||
               dom->outstanding_kb) {
        return false;
    } else {
        most_kb = most_at_rest_kb(dom);
    }
    sight->apart_kb = 0;
    if (has_kb > most_kb || has_kb < sight->target_kb)
        sight->apart_kb = xlmem_apart_kb(has_kb, sight->target_kb);
    return true;
}

static balloon_state state_by_time(int64_t still_ms)
{
    if (still_ms >= XLMEM_GAVE_UP_MS)
        return BALLOON_GAVE_UP;
    if (still_ms >= XLMEM_STUCK_MS)
        return BALLOON_STUCK;
    return still_ms >= XLMEM_SLOW_MS ? BALLOON_SLOW : BALLOON_UNKNOWN;
}

/*
 * A page now and then is no way to a target: between two readings, a minute
 * apart, nobody saw how long he stood still meanwhile.  He has moved who has
 * come nearer by more than what counts as arrived; until then the time runs.
 */
static bool has_moved(const balloon_sight *before, const balloon_sight *now)
{
    return now->apart_kb < before->apart_kb &&
           before->apart_kb - now->apart_kb > XLMEM_ABOVE_TARGET_KB;
}

/* @sight: of now; what is to be remembered is put in. */
static balloon_state judge_sight(balloon_sight *sight,
                                 const balloon_sight *before, int64_t now_ms)
{
    sight->since_ms = now_ms;
    if (sight->apart_kb <= XLMEM_ABOVE_TARGET_KB)
        return BALLOON_FOLLOWING;
    if (!before || before->target_kb != sight->target_kb ||
        before->since_ms > now_ms)
        return BALLOON_UNKNOWN;
    if (has_moved(before, sight))
        return BALLOON_FOLLOWING;
    *sight = *before;
    return state_by_time(now_ms - before->since_ms);
}

/* --------------------------------------------------------- all of them --- */

int balloons_see(const xlmem_host *host, const balloon_sights *before,
                 int64_t now_ms, balloon_state **states_r,
                 balloon_sights *after_r)
{
    balloon_state *states = calloc(host->nr_doms + 1, sizeof(*states));
    balloon_sights after = {
        .list = calloc(host->nr_doms + 1, sizeof(*after.list)),
    };
    size_t i, b = 0;

    if (!states || !after.list) {
        free(states);
        free(after.list);
        return XLMEM_ERROR_NOMEM;
    }
    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        balloon_sight *sight = &after.list[after.nr];

        while (b < before->nr && before->list[b].domid < dom->domid)
            b++;
        if (dom->uncooperative)
            states[i] = BALLOON_NONE;
        else if (look_at_dom(host, dom, sight))
            states[i] = judge_sight(sight,
                                    b < before->nr &&
                                            before->list[b].domid == dom->domid
                                        ? &before->list[b]
                                        : NULL,
                                    now_ms);
        /* Who is where he was asked to be is not remembered. */
        after.nr +=
            !dom->uncooperative && sight->apart_kb > XLMEM_ABOVE_TARGET_KB;
    }
    *states_r = states;
    *after_r = after;
    return 0;
}

/* ------------------------------------------------------------ the file --- */

#define LINE_FORMAT "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 "\n"

void balloons_write(const balloon_sights *sights, FILE *file)
{
    size_t i;

    for (i = 0; i < sights->nr; i++)
        fprintf(file, LINE_FORMAT, sights->list[i].domid,
                sights->list[i].target_kb, sights->list[i].apart_kb,
                sights->list[i].since_ms);
}

/* A number of at most 18 digits, which fits, and what ends it. */
static bool take_figure(const char **at, char end, uint64_t *number_r)
{
    const char *p = *at;

    for (*number_r = 0; *p >= '0' && *p <= '9' && p - *at < 18; p++)
        *number_r = *number_r * 10 + (uint64_t)(*p - '0');
    if (p == *at || *p != end)
        return false;
    *at = p + 1;
    return true;
}

static bool take_sight(const char *line, balloon_sight *sight)
{
    uint64_t since;

    if (!take_figure(&line, ' ', &sight->domid) ||
        !take_figure(&line, ' ', &sight->target_kb) ||
        !take_figure(&line, ' ', &sight->apart_kb) ||
        !take_figure(&line, '\n', &since) || *line)
        return false;
    sight->since_ms = (int64_t)since;
    return true;
}

static bool add_sight(balloon_sights *sights, const balloon_sight *sight)
{
    balloon_sight *list;

    if (sights->nr >= SIGHTS_MAX ||
        (sights->nr && sights->list[sights->nr - 1].domid >= sight->domid))
        return false;
    if (!(sights->nr & (sights->nr - 1))) { /* 0, and each power of 2 */
        list = realloc(sights->list,
                       (sights->nr ? 2 * sights->nr : 1) * sizeof(*list));
        if (!list)
            return false;
        sights->list = list;
    }
    sights->list[sights->nr++] = *sight;
    return true;
}

void balloons_read(FILE *file, balloon_sights *sights_r)
{
    balloon_sights sights = {.nr = 0};
    balloon_sight sight;
    char line[96];
    bool ok = true;

    while (ok && fgets(line, sizeof(line), file))
        ok = take_sight(line, &sight) && add_sight(&sights, &sight);
    if (!ok || ferror(file)) {
        free(sights.list);
        sights = (balloon_sights){.nr = 0};
    }
    *sights_r = sights;
}
