/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What creating a domU takes out of Xen's free memory:
 *
 *   need = memory      what the guest is built with
 *        + special     its pages beside them: ioreq, console, firmware
 *        + pool        HAP or shadow: tables of the guest's address space
 *        + structures  struct domain, grant table, per-domain mappings,
 *                      for each vCPU its state
 *        + IOMMU       tables of its own, where the HAP tables do not serve
 *        + stubdom     the device model's domain, where there is one
 *
 * libxl_domain_need_memory() charges PV guests a pool that they never get and
 * rounds the sum to 2 MiB.  Here each term is what is really taken, so that
 * the sum is never less and at most 128 KiB more.
 */
#include <string.h>

#include "model/checked.h"
#include "model/need.h"

/*
 * A network card that QEMU emulates brings its boot ROM in guest memory beside
 * memory=: an image of up to 256 KiB (Debian's ipxe-qemu of three releases),
 * rounded up to a power of two (QEMU hw/pci/pci.c, pci_add_option_rom).
 */
#define NIC_ROM_KB 256

/* libxl's default for a stubdomain has one vCPU. */
#define STUBDOM_VCPUS 1
/* A table page maps 512; there are four levels (libxl_create.c,
 * libxl__get_required_iommu_memory, 4.14 to 4.20). */
#define TABLE_ENTRIES 512
#define TABLE_LEVELS 4

typedef struct need_bill {
    const xlmem_host *host;
    const xlmem_need_request *request;
    const xlmem__need_release *release;
    const xlmem__need_extra *extra;
    uint64_t vcpus, maxmem_kb;
    xlmem_need *need;
} need_bill;

int xlmem__need_term(xlmem_term *terms, size_t *nr, uint64_t *sum_kb,
                     const xlmem_term *term)
{
    if (!term->kb)
        return 0;
    if (!xlmem__add(*sum_kb, term->kb, sum_kb))
        return XLMEM_ERROR_RANGE;
    terms[(*nr)++] = *term;
    return 0;
}

static int add_price(need_bill *bill, const char *name, uint64_t kb,
                     const char *source)
{
    xlmem_term term = {name, kb, source};

    return xlmem__need_term(bill->need->terms, &bill->need->nr_terms,
                            &bill->need->need_kb, &term);
}

static int add_guest(need_bill *bill)
{
    uint64_t kb = bill->request->memory_kb;
    int rc;

    if (kb > UINT64_MAX - XLMEM__PAGE_KB)
        return XLMEM_ERROR_RANGE;
    rc = add_price(bill, "memory", xlmem__round_up(kb, XLMEM__PAGE_KB),
                   "the domain's configuration");
    if (rc)
        return rc;
    return add_price(bill, "special pages", bill->extra->special_kb,
                     bill->extra->special_source);
}

static int add_roms(need_bill *bill)
{
    uint64_t kb;

    if (bill->request->type != XLMEM_DOM_HVM)
        return 0;
    if (!xlmem__mul(bill->request->vifs, NIC_ROM_KB, &kb))
        return XLMEM_ERROR_RANGE;
    return add_price(bill, "network boot ROMs", kb,
                     "measured: 256 KiB for each card QEMU emulates");
}

static int add_vga(need_bill *bill)
{
    if (bill->request->type != XLMEM_DOM_HVM)
        return 0;
    return add_price(bill, "VGA window", xlmem__need_vga_kb(bill->host),
                     "arch/x86/hvm/stdvga.c before the fix of XSA-463");
}

/* Without HAP in the host every domU is shadowed. */
static bool has_hap(const need_bill *bill)
{
    if (XLMEM_KNOWS(bill->host, hap) && !bill->host->hap)
        return false;
    if (XLMEM_KNOWS(bill->request, hap))
        return bill->request->hap != 0;
    return XLMEM_KNOWS(bill->host, hap);
}

/*
 * libxl computes the pool before it fills in the one vCPU of a configuration
 * that names none (libxl_create.c, libxl__domain_config_setdefault before
 * libxl__domain_build_info_setdefault, 4.14 to 4.20; xl leaves max_vcpus 0,
 * xl_parse.c).  Measured on 4.17: 640 kB for 160 MiB of maxmem, 2688 kB with
 * vcpus = 2.
 */
static uint64_t pool_vcpus(const need_bill *bill)
{
    return XLMEM_KNOWS(bill->request, vcpus) ? bill->vcpus : 0;
}

static int pool_of(const need_bill *bill, uint64_t *kb_r)
{
    const xlmem__need_release *r = bill->release;
    uint64_t mib_pages, vcpu_pages, kb;

    mib_pages =
        has_hap(bill) ? r->pool_hap_mib_pages : r->pool_shadow_mib_pages;
    if (bill->request->type == XLMEM_DOM_PV)
        kb = 0;
    else if (XLMEM_KNOWS(bill->request, shadow_memory_kb))
        kb = bill->request->shadow_memory_kb;
    else if (!xlmem__mul(bill->maxmem_kb / XLMEM__MIB_KB, mib_pages,
                         &mib_pages) ||
             !xlmem__mul(pool_vcpus(bill), r->pool_vcpu_pages, &vcpu_pages) ||
             !xlmem__add(mib_pages, vcpu_pages, &kb) ||
             !xlmem__mul(kb, XLMEM__PAGE_KB, &kb))
        return XLMEM_ERROR_RANGE;
    if (kb > UINT64_MAX - r->pool_unit_kb)
        return XLMEM_ERROR_RANGE;
    *kb_r = xlmem__round_up(kb, r->pool_unit_kb);
    return 0;
}

static int add_pool(need_bill *bill)
{
    uint64_t kb;
    int rc = pool_of(bill, &kb);

    return rc ? rc
              : add_price(bill, "paging pool", kb, bill->release->pool_source);
}

static int add_structures(need_bill *bill, const char *name,
                          const xlmem__need_extra *extra, uint64_t vcpus)
{
    uint64_t kb;

    if (!xlmem__mul(vcpus, extra->vcpu_kb, &kb) ||
        !xlmem__add(kb, extra->domain_kb, &kb))
        return XLMEM_ERROR_RANGE;
    return add_price(bill, name, kb, extra->xen_source);
}

/* libxl's default (libxl_x86.c, libxl__arch_passthrough_mode_setdefault, 4.13
 * to 4.20); where it is not known whether Xen shares, as if it did not. */
static bool has_iommu_tables(const need_bill *bill)
{
    if (XLMEM_KNOWS(bill->request, iommu_tables))
        return bill->request->iommu_tables;
    if (!bill->request->passthrough)
        return false;
    return bill->request->type == XLMEM_DOM_PV || !has_hap(bill) ||
           !bill->host->iommu_pt_share;
}

static int add_iommu(need_bill *bill)
{
    uint64_t pages = xlmem__div_up(bill->maxmem_kb, XLMEM__PAGE_KB),
             tables = 0;
    int level;

    if (!has_iommu_tables(bill))
        return 0;
    for (level = 0; level < TABLE_LEVELS; level++) {
        pages = xlmem__div_up(pages, TABLE_ENTRIES);
        tables += pages;
    }
    return add_price(bill, "IOMMU tables", tables * XLMEM__PAGE_KB,
                     "four levels of 512 entries for maxmem");
}

/* A PV domain whose memory holds the guest's video RAM as well. */
static int add_stubdom(need_bill *bill)
{
    int rc;

    if (!bill->request->stubdom_kb)
        return 0;
    rc = add_price(bill, "stubdomain", bill->request->stubdom_kb,
                   "libxl_dm.c, libxl__spawn_stub_dm: stubdomain_memory");
    if (!rc)
        rc = add_price(bill, "stubdomain's video RAM", bill->request->video_kb,
                       "libxl_dm.c, libxl__spawn_stub_dm: as the domU's");
    if (rc)
        return rc;
    return add_structures(bill, "stubdomain's structures", &bill->release->pv,
                          STUBDOM_VCPUS);
}

static int add_all(need_bill *bill)
{
    int rc;

    rc = add_guest(bill);
    if (rc)
        return rc;
    rc = add_roms(bill);
    if (rc)
        return rc;
    rc = add_pool(bill);
    if (rc)
        return rc;
    rc = add_structures(bill, "Xen's structures", bill->extra, bill->vcpus);
    if (rc)
        return rc;
    rc = add_vga(bill);
    if (rc)
        return rc;
    rc = add_iommu(bill);
    if (rc)
        return rc;
    return add_stubdom(bill);
}

/* Look at a request; the rest is prices. */
static int begin_bill(const xlmem_host *host,
                      const xlmem_need_request *request, need_bill *bill)
{
    bill->host = host;
    bill->request = request;
    bill->release = xlmem__need_release_of(host);
    bill->extra = xlmem__need_extra_of(bill->release, request->type);
    if (!bill->extra || !XLMEM_KNOWS(request, memory_kb))
        return XLMEM_ERROR_UNKNOWN;
    bill->vcpus = XLMEM_KNOWS(request, vcpus) ? request->vcpus : 1;
    if (!bill->vcpus)
        return XLMEM_ERROR_INVAL;
    bill->maxmem_kb = xlmem__max(request->maxmem_kb, request->memory_kb);
    return 0;
}

int xlmem__need_pool_kb(const xlmem_host *host,
                        const xlmem_need_request *request, uint64_t *kb_r)
{
    need_bill bill = {.need = NULL};
    int rc = begin_bill(host, request, &bill);

    return rc ? rc : pool_of(&bill, kb_r);
}

int xlmem_need_of(const xlmem_host *host, const xlmem_need_request *request,
                  xlmem_need *need_r)
{
    xlmem_need need;
    need_bill bill = {.need = &need};
    int rc = begin_bill(host, request, &bill);

    if (rc)
        return rc;
    memset(&need, 0, sizeof(need));
    rc = add_all(&bill);
    if (rc)
        return rc;
    rc = xlmem__need_dom0(request, &need);
    if (rc)
        return rc;
    *need_r = need;
    return 0;
}
