/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Formulas of hypervisors and distributions for dom0's size, as facts to stand
 * beside ours.  None of them asks how many domUs there are, of which kind, or
 * what the machine's memory map is.
 */
#include "model/peers.h"

#include "model/checked.h"

#define MIB XLMEM__MIB_KB
#define GIB XLMEM__GIB_KB

typedef struct peer {
    const char *name;
    uint64_t (*size_kb)(uint64_t total_kb, uint64_t avail_kb);
    const char *source;
} peer;

static uint64_t xen_default(uint64_t total_kb, uint64_t avail_kb)
{
    (void)total_kb;
    return avail_kb - xlmem__min(avail_kb / 16, 128 * MIB);
}

/* 5 % of the host (and the 256 MiB that Xen keeps), in whole 16 MiB. */
static uint64_t xcp_ng(uint64_t total_kb, uint64_t avail_kb)
{
    uint64_t kb = GIB + xlmem__add_sat(total_kb, 256 * MIB) / 20;

    (void)avail_kb;
    return xlmem__min(kb, 8 * GIB) / (16 * MIB) * (16 * MIB);
}

static uint64_t xenserver_tiers(uint64_t total_kb, uint64_t avail_kb)
{
    (void)avail_kb;
    if (total_kb < 24 * GIB)
        return 752 * MIB;
    if (total_kb < 48 * GIB)
        return 2048 * MIB;
    return (total_kb < 64 * GIB ? 3072 : 4096) * MIB;
}

static uint64_t suse(uint64_t total_kb, uint64_t avail_kb)
{
    (void)avail_kb;
    return GIB + total_kb / 10;
}

/* 502 + int(MiB * 0.0205) MiB. */
static uint64_t oracle(uint64_t total_kb, uint64_t avail_kb)
{
    uint64_t mib = total_kb / MIB;

    (void)avail_kb;
    return (502 + mib / 10000 * 205 + mib % 10000 * 205 / 10000) * MIB;
}

static uint64_t qubes(uint64_t total_kb, uint64_t avail_kb)
{
    (void)avail_kb;
    return xlmem__min(4 * GIB, total_kb);
}

static const peer peers[] = {
    {"Xen's default", xen_default,
     "no dom0_mem: all but 1/16 or 128 MiB (xen/arch/x86/dom0_build.c)"},
    {"XCP-ng", xcp_ng,
     "1 GiB + 5 %, at most 8 GiB (XenServer 7 and later, xcp/dom0.py)"},
    {"XenServer 6", xenserver_tiers,
     "752, 2048, 3072, 4096 MiB below 24, 48, 64 GiB and above (xcp/dom0.py)"},
    {"SUSE", suse, "1 GiB + 10 % (SLES 12 SP5, 15 SP1 and later, doc-sle)"},
    {"Oracle VM", oracle, "502 MiB + 2.05 % (Oracle VM 3 installation guide)"},
    {"Qubes OS", qubes, "at most 4 GiB (dom0_mem=max:4096M, its boot line)"},
};

size_t xlmem__peers(uint64_t total_kb, uint64_t avail_kb,
                    xlmem_peer_size peers_r[XLMEM_PEERS_MAX])
{
    size_t i;

    for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
        peers_r[i] = (xlmem_peer_size){
            .name = peers[i].name,
            .dom0_mem_kb = peers[i].size_kb(total_kb, avail_kb),
            .source = peers[i].source,
        };
    return i;
}
