/* SPDX-License-Identifier: LGPL-2.1-only */
/* How far dom0 should be grown, for who says it and for who does it. */
#include "model/doctor/doctor.h"

#include "model/units.h"
#include "private/dom0.h"
#include "private/remedy.h"

xlmem_policy xlmem__remedy_policy(const xlmem_scene *scene)
{
    xlmem_policy policy;

    if (scene->policy)
        policy = *scene->policy;
    else
        xlmem_policy_init(&policy);
    policy.dom0_reserve_kb =
        xlmem__min(policy.dom0_reserve_kb, XLMEM_REMEDY_RESERVE_KB);
    return policy;
}

bool xlmem__grown_kb(const xlmem_scene *scene, uint64_t more_kb,
                     uint64_t *size_kb_r)
{
    const xlmem_policy policy = xlmem__remedy_policy(scene);
    xlmem_dom0_room room;
    uint64_t base, size;

    if (xlmem_dom0_room_of(scene->host, &policy, &room))
        return false;
    base = xlmem__max(room.current_kb, room.target_kb);
    size =
        xlmem__add_sat(base, xlmem__round_up(more_kb, XLMEM_DOM0_SECTION_KB));
    size = xlmem__min(size, room.most_kb) / XLMEM__MIB_KB * XLMEM__MIB_KB;
    *size_kb_r = size;
    return size >= xlmem__add_sat(base, XLMEM__MIB_KB);
}

void xlmem__say_growth(xlmem_finding *finding, const xlmem_scene *scene,
                       uint64_t more_kb)
{
    uint64_t kb;

    if (!xlmem__has_xen(scene) || scene->store_silent)
        return;
    if (xlmem__grown_kb(scene, xlmem__max(more_kb, 1), &kb))
        xlmem__remedy(finding, "xl memguard dom0 %lluM",
                      (unsigned long long)(kb / XLMEM__MIB_KB));
    else
        xlmem__remedy(finding, "xl memguard dom0");
}
