/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/host_tables.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))
/* That no quantity was forgotten: they are all the words between `known` and
 * the first field that is none. */
#define COMPLETE(table, type, after)                                          \
    _Static_assert(NR(table) + 1 == offsetof(type, after) / sizeof(uint64_t), \
                   "every quantity has a key");                               \
    _Static_assert(NR(table) <= 64, "and a bit of `known`")

#define FACT(name)                                                            \
    {                                                                         \
#name, offsetof(xlmem_host, name)                                     \
    }
static const xlmem__key host_facts[] = {
    FACT(total_kb),
    FACT(free_kb),
    FACT(outstanding_kb),
    FACT(nr_cpus),
    FACT(nr_nodes),
    FACT(xen_major),
    FACT(xen_minor),
    FACT(hap),
    FACT(iommu),
    FACT(xen_kb),
    FACT(domains_listed),
    FACT(iommu_pt_share),
    FACT(arm),
    FACT(efi_boot),
    FACT(daemon_pid),
    FACT(daemon_moves),
    FACT(no_xen),
};
COMPLETE(host_facts, xlmem_host, xen_version);
static const xlmem__key host_texts[] = {
    FACT(xen_version),     FACT(xen_cmdline),    FACT(xen_config_line),
    FACT(xen_config_file), FACT(xen_other_line), FACT(xen_other_file),
};
const xlmem__schema xlmem__host_schema = {host_facts, NR(host_facts),
                                          host_texts, NR(host_texts)};
#undef FACT

#define FACT(name)                                                            \
    {                                                                         \
#name, offsetof(xlmem_dom0, name)                                     \
    }
static const xlmem__key dom0_facts[] = {
    FACT(mem_total_kb),
    FACT(mem_free_kb),
    FACT(mem_available_kb),
    FACT(buffers_kb),
    FACT(cached_kb),
    FACT(shmem_kb),
    FACT(anon_pages_kb),
    FACT(mapped_kb),
    FACT(swap_total_kb),
    FACT(swap_free_kb),
    FACT(slab_kb),
    FACT(sreclaimable_kb),
    FACT(sunreclaim_kb),
    FACT(kernel_stack_kb),
    FACT(page_tables_kb),
    FACT(percpu_kb),
    FACT(hugetlb_kb),
    FACT(commit_limit_kb),
    FACT(committed_as_kb),
    FACT(direct_map_4k_kb),
    FACT(direct_map_2m_kb),
    FACT(direct_map_1g_kb),
    FACT(spanned_pages),
    FACT(present_pages),
    FACT(managed_pages),
    FACT(balloon_target_kb),
    FACT(balloon_current_kb),
    FACT(balloon_low_kb),
    FACT(balloon_high_kb),
    FACT(balloon_retry_count),
    FACT(balloon_schedule_delay),
    FACT(hotplug_unpopulated),
    FACT(linux_major),
    FACT(linux_minor),
    FACT(nr_cpus),
    FACT(dentry_hash_entries),
    FACT(inode_hash_entries),
    FACT(boot_available_kb),
    FACT(boot_present_kb),
    FACT(boot_init_kb),
    FACT(boot_ramdisk_kb),
    FACT(load1_bp),
    FACT(psi_some10_bp),
    FACT(psi_full10_bp),
    FACT(compact_fail),
    FACT(compact_success),
    FACT(allocstall),
};
COMPLETE(dom0_facts, xlmem_dom0, type);
static const xlmem__key dom0_texts[] = {
    FACT(kernel_release),
    FACT(kernel_cmdline),
    FACT(boot_id),
};
const xlmem__schema xlmem__dom0_schema = {dom0_facts, NR(dom0_facts),
                                          dom0_texts, NR(dom0_texts)};
#undef FACT

#define FACT(name)                                                            \
    {                                                                         \
#name, offsetof(xlmem_dom, name)                                      \
    }
static const xlmem__key dom_facts[] = {
    FACT(domid),          FACT(vcpus),
    FACT(tot_kb),         FACT(maxmem_kb),
    FACT(outstanding_kb), FACT(paging_kb),
    FACT(target_kb),      FACT(static_max_kb),
    FACT(dynamic_min_kb), FACT(dynamic_max_kb),
    FACT(weight),         FACT(uncooperative),
    FACT(pin_kb),         FACT(demand_kb),
    FACT(floods),         FACT(device_model_domid),
    FACT(pci_devices),    FACT(cpu_time_ms),
    FACT(paused),         FACT(dying),
    FACT(shutdown),
};
COMPLETE(dom_facts, xlmem_dom, name);
static const xlmem__key dom_texts[] = {
    FACT(name),
};
const xlmem__schema xlmem__dom_schema = {dom_facts, NR(dom_facts), dom_texts,
                                         NR(dom_texts)};
#undef FACT

#define FACT(name)                                                            \
    {                                                                         \
#name, offsetof(xlmem_zone, name)                                     \
    }
static const xlmem__key zone_facts[] = {
    FACT(node),          FACT(free_pages),    FACT(min_pages),
    FACT(low_pages),     FACT(high_pages),    FACT(spanned_pages),
    FACT(present_pages), FACT(managed_pages),
};
/* nr_orders is the length of "free_blocks". */
COMPLETE(zone_facts, xlmem_zone, nr_orders);
const xlmem__schema xlmem__zone_schema = {zone_facts, NR(zone_facts), NULL, 0};
#undef FACT

#define FACT(name)                                                            \
    {                                                                         \
#name, offsetof(xlmem_reservation, name)                              \
    }
static const xlmem__key reservation_facts[] = {
    FACT(need_kb), FACT(dom0_need_kb), FACT(dom0_build_kb),
    FACT(domid),   FACT(left_ms),
};
COMPLETE(reservation_facts, xlmem_reservation, uuid);
const xlmem__schema xlmem__reservation_schema = {
    reservation_facts, NR(reservation_facts), NULL, 0};
#undef FACT

static const xlmem__name range_types[] = {
    {"ram", XLMEM_RANGE_RAM},           {"reserved", XLMEM_RANGE_RESERVED},
    {"acpi", XLMEM_RANGE_ACPI},         {"nvs", XLMEM_RANGE_NVS},
    {"unusable", XLMEM_RANGE_UNUSABLE}, {"disabled", XLMEM_RANGE_DISABLED},
    {"pmem", XLMEM_RANGE_PMEM},
};
const xlmem__names xlmem__range_types = {range_types, NR(range_types)};

static const xlmem__name map_sources[] = {
    {"xen", XLMEM_MAP_XEN},         {"ring", XLMEM_MAP_RING},
    {"dmesg", XLMEM_MAP_DMESG},     {"firmware", XLMEM_MAP_FIRMWARE},
    {"assumed", XLMEM_MAP_ASSUMED},
};
const xlmem__names xlmem__map_sources = {map_sources, NR(map_sources)};

static const xlmem__name dom_types[] = {
    {"pv", XLMEM_DOM_PV},
    {"pvh", XLMEM_DOM_PVH},
    {"hvm", XLMEM_DOM_HVM},
};
const xlmem__names xlmem__dom_types = {dom_types, NR(dom_types)};

const char *xlmem__name_of(const xlmem__names *names, uint32_t value)
{
    size_t i;

    for (i = 0; i < names->nr; i++)
        if (names->names[i].value == value)
            return names->names[i].name;
    return NULL;
}

bool xlmem__value_of(const xlmem__names *names, xlmem__str name,
                     uint32_t *value_r)
{
    size_t i;

    for (i = 0; i < names->nr; i++)
        if (xlmem__str_is(name, names->names[i].name)) {
            *value_r = names->names[i].value;
            return true;
        }
    return false;
}
