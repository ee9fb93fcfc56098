/* SPDX-License-Identifier: LGPL-2.1-only */
/* The order of the contest's figures. */
#include "optimum.h"
#include "replay.h"
#include "test.h"

typedef struct figures {
    score nobody, squeezed, domus, qmemman, ours;
    uint64_t bound_kb_ms;
} figures;

static void play(const trace *t, const player *p, uint64_t bound_kb_ms,
                 score *sum)
{
    score s = world_play(t, p, NULL, NULL);

    assert_true(s.unmet_kb_ms >= bound_kb_ms);
    sum->unmet_kb_ms += s.unmet_kb_ms;
    sum->moved_kb += s.moved_kb;
    sum->below_kb_ms += s.below_kb_ms;
    if (!sum->lowest_free_kb || s.lowest_free_kb < sum->lowest_free_kb)
        sum->lowest_free_kb = s.lowest_free_kb;
}

static void play_all(const trace_kind *kind, figures *f)
{
    player clairvoyant;
    score replayed = {0};
    optimum o;
    trace t;

    trace_init(&t, kind->name);
    kind->make(&t);
    optimum_find(&o, &t);
    assert_true(o.proven);
    f->bound_kb_ms += o.unmet_kb_ms;
    play(&t, &player_nobody, o.unmet_kb_ms, &f->nobody);
    play(&t, &player_squeezed, o.unmet_kb_ms, &f->squeezed);
    play(&t, &player_squeezed_domus, o.unmet_kb_ms, &f->domus);
    play(&t, &player_qmemman, o.unmet_kb_ms, &f->qmemman);
    play(&t, &player_xlmem, o.unmet_kb_ms, &f->ours);
    clairvoyant = replay_of(&o);
    play(&t, &clairvoyant, o.unmet_kb_ms, &replayed);
    assert_true(replayed.below_kb_ms == 0);
    optimum_dispose(&o);
    trace_dispose(&t);
}

/* All that are made; `make contest` plays those that were recorded, too. */
static void test_figures(void **state)
{
    figures f = {0};
    const score *peer;
    size_t i;

    (void)state;
    for (i = 0; i < nr_trace_kinds; i++)
        play_all(&trace_kinds[i], &f);
    peer = &f.qmemman;
    if (f.squeezed.unmet_kb_ms < peer->unmet_kb_ms)
        peer = &f.squeezed;
    if (f.domus.unmet_kb_ms < peer->unmet_kb_ms)
        peer = &f.domus;
    assert_true(2 * f.ours.unmet_kb_ms <= peer->unmet_kb_ms);
    assert_true(4 * f.ours.unmet_kb_ms <= 5 * f.bound_kb_ms);
    assert_true(f.ours.moved_kb <= peer->moved_kb);
    assert_true(f.ours.below_kb_ms == 0);
    assert_true(f.ours.lowest_free_kb >= HEADROOM_KB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
