/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What xl and libxl refuse in a domain's file, beside its grammar: xl in
 * parse_config_data (tools/xl/xl_parse.c, Xen 4.9 to 4.20), libxl in
 * libxl__domain_config_setdefault, libxl__domain_build_info_setdefault
 * (libxl_create.c) and libxl__arch_passthrough_mode_setdefault (libxl_x86.c),
 * 4.14 to 4.20.
 *
 * Left to them: what the domain boots (kernel, bootloader, firmware), what
 * stands inside the strings of vif, disk, pci and other devices, vnuma, and
 * what depends on more of the host than its release.
 */
#include <stdio.h>
#include <string.h>

#include "codec/domu.h"
#include "codec/xl_cfg_keys.h"
#include "model/checked.h"
#include "model/release.h"

#define SHOWN(text) (int)xlmem__min((text).len, 32), (text).p

static bool before(const xlmem_host *host, uint64_t minor)
{
    return !xlmem__xen_reaches(host, (xlmem__release){4, minor});
}

/* strncmp(text, word, strlen(text)) of xl_parse.c: "h" and "" are "hvm". */
static bool begins(xlmem__str text, const char *word)
{
    return text.len <= strlen(word) && !memcmp(text.p, word, text.len);
}

static bool cfg_type(const xlmem__draft *d, xlmem__cfg_key key,
                     xlmem_dom_type *type_r)
{
    static const struct {
        xlmem__cfg_key key;
        const char *name;
        xlmem_dom_type type;
    } names[] = {
        {XLMEM__CFG_TYPE, "hvm", XLMEM_DOM_HVM},
        {XLMEM__CFG_TYPE, "pv", XLMEM_DOM_PV},
        {XLMEM__CFG_TYPE, "pvh", XLMEM_DOM_PVH},
        {XLMEM__CFG_BUILDER, "hvm", XLMEM_DOM_HVM},
        {XLMEM__CFG_BUILDER, "generic", XLMEM_DOM_PV},
    };
    xlmem__str text;
    size_t i;

    xlmem__cfg_text(d, key, &text);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].key == key && begins(text, names[i].name)) {
            *type_r = names[i].type;
            return true;
        }
    return false;
}

/*
 * Since 4.10 there is type, and builder takes two words.  Before, any other
 * word than hvm for builder was PV, and xl did not know type.  On Arm there is
 * nothing but PVH to be had without a word.
 */
int xlmem__cfg_type(xlmem__draft *d)
{
    xlmem_dom_type type = XLMEM_DOM_UNKNOWN, builder = XLMEM_DOM_UNKNOWN;
    const bool old = before(d->host, 10);
    xlmem__str text;

    if (!old && xlmem__cfg_text(d, XLMEM__CFG_TYPE, &text) &&
        !cfg_type(d, XLMEM__CFG_TYPE, &type))
        return xlmem__cfg_refuse(d, XLMEM__CFG_TYPE,
                                 "xl takes pv, pvh or hvm: Invalid domain "
                                 "type %.*s.",
                                 SHOWN(text));
    if (xlmem__cfg_text(d, XLMEM__CFG_BUILDER, &text) &&
        !cfg_type(d, XLMEM__CFG_BUILDER, &builder) && !old)
        return xlmem__cfg_refuse(d, XLMEM__CFG_BUILDER,
                                 "since Xen 4.10 xl takes hvm or generic: "
                                 "Invalid domain type %.*s.",
                                 SHOWN(text));
    if (type != XLMEM_DOM_UNKNOWN && builder != XLMEM_DOM_UNKNOWN &&
        type != builder)
        return xlmem__cfg_refuse(d, XLMEM__CFG_BUILDER,
                                 "it contradicts type, and xl takes no such "
                                 "file");
    if (type == XLMEM_DOM_UNKNOWN)
        type = builder;
    if (type == XLMEM_DOM_UNKNOWN)
        type = d->host && d->host->arm ? XLMEM_DOM_PVH : XLMEM_DOM_PV;
    d->domu.request.type = type;
    return 0;
}

/* ----------------------------------------------------- words of a list --- */

static int is_one_of_words(const xlmem__draft *d, xlmem__cfg_key key,
                           const char *const *words, const char *expected)
{
    xlmem__str text;
    size_t i;

    if (!xlmem__cfg_text(d, key, &text))
        return 0;
    for (i = 0; words[i]; i++)
        if (xlmem__str_is(text, words[i]))
            return 0;
    return xlmem__cfg_refuse(d, key, "xl takes %s, not '%.*s'", expected,
                             SHOWN(text));
}

static int check_actions(const xlmem__draft *d)
{
    static const char *const words[] = {
        "destroy",          "restart",          "rename-restart", "preserve",
        "coredump-destroy", "coredump-restart", "soft-reset",     NULL};
    xlmem__cfg_key key;
    int rc = 0;

    for (key = XLMEM__CFG_ON_POWEROFF; key <= XLMEM__CFG_ON_SOFT_RESET && !rc;
         key++)
        rc = is_one_of_words(
            d, key, words,
            "destroy, restart, rename-restart, preserve or another "
            "action of its manual");
    return rc;
}

static int check_hvm_words(const xlmem__draft *d)
{
    static const char *const vga[] = {"stdvga", "cirrus", "none", "qxl", NULL};
    static const char *const bios[] = {"rombios", "seabios", "ovmf", "unknown",
                                       NULL};
    int rc;

    if (d->domu.request.type != XLMEM_DOM_HVM)
        return 0;
    rc = is_one_of_words(d, XLMEM__CFG_BIOS, bios, "rombios, seabios or ovmf");
    if (!rc)
        rc = is_one_of_words(d, XLMEM__CFG_VGA, vga,
                             "stdvga, cirrus, none or qxl");
    return rc;
}

static int check_words(const xlmem__draft *d)
{
    static const char *const modes[] = {"default", "disabled", "enabled",
                                        "sync_pt", "share_pt", NULL};
    static const char *const models[] = {"qemu-xen", "qemu-xen-traditional",
                                         NULL};
    int rc = check_actions(d);

    if (!rc && !before(d->host, 13))
        rc = is_one_of_words(d, XLMEM__CFG_PASSTHROUGH, modes,
                             "disabled, enabled, sync_pt or share_pt");
    if (!rc)
        rc = check_hvm_words(d);
    if (!rc)
        rc = is_one_of_words(d, XLMEM__CFG_DEVICE_MODEL, models,
                             "qemu-xen or qemu-xen-traditional");
    return rc;
}

static int check_identity(const xlmem__draft *d)
{
    xlmem__str text;

    if (!xlmem__cfg_text(d, XLMEM__CFG_NAME, &text)) {
        d->where->line = 0;
        snprintf(d->where->text, sizeof(d->where->text),
                 "name is not set, and xl starts no domain without one");
        return XLMEM_ERROR_CONFIG;
    }
    if (xlmem__cfg_text(d, XLMEM__CFG_UUID, &text) && !xlmem__is_uuid(text))
        return xlmem__cfg_refuse(d, XLMEM__CFG_UUID, "'%.*s' is no UUID",
                                 SHOWN(text));
    return 0;
}

/* --------------------------------------------------------------- video --- */

/* libxl's default and least by card and device model, in MiB. */
static const struct video {
    const char *vga;
    uint64_t traditional, mib;
} videos[] = {
    {"none", 0, 0}, {"qxl", 128, 128}, {"stdvga", 8, 16}, {"cirrus", 4, 8}};

static const struct video *video_of(const xlmem__draft *d)
{
    int64_t number;
    size_t i;

    for (i = 0; i < sizeof(videos) / sizeof(videos[0]); i++)
        if (xlmem__cfg_same(d, XLMEM__CFG_VGA, videos[i].vga))
            return &videos[i];
    if (xlmem__cfg_long(d, XLMEM__CFG_STDVGA, &number) && number)
        return &videos[2];
    return &videos[3];
}

static bool is_traditional(const xlmem__draft *d)
{
    int64_t number;

    if (xlmem__cfg_same(d, XLMEM__CFG_DEVICE_MODEL, "qemu-xen-traditional"))
        return true;
    return !xlmem__cfg_same(d, XLMEM__CFG_DEVICE_MODEL, "qemu-xen") &&
           xlmem__cfg_long(d, XLMEM__CFG_STUBDOM, &number) && number;
}

static int check_video(xlmem__draft *d)
{
    const struct video *video = video_of(d);
    xlmem_need_request *request = &d->domu.request;
    uint64_t least = is_traditional(d) ? video->traditional : video->mib;

    if (!XLMEM_KNOWS(request, video_kb)) {
        /* Part of memory, but for the device model's domain. */
        if (XLMEM_KNOWS(request, stubdom_kb))
            XLMEM_SET(request, video_kb, least * XLMEM__MIB_KB);
        return 0;
    }
    if (video == &videos[3] && is_traditional(d))
        return 0;
    if (request->video_kb < least * XLMEM__MIB_KB)
        return xlmem__cfg_refuse(d, XLMEM__CFG_VIDEORAM,
                                 "libxl takes no less than %llu MiB for %s",
                                 (unsigned long long)least, video->vga);
    return 0;
}

static int check_model(const xlmem__draft *d)
{
    const bool traditional = is_traditional(d);
    xlmem__str bios;
    int64_t number;

    if (before(d->host, 14) && !traditional &&
        xlmem__cfg_long(d, XLMEM__CFG_STUBDOM, &number) && number)
        return xlmem__cfg_refuse(d, XLMEM__CFG_STUBDOM,
                                 "before Xen 4.14 it takes the device model "
                                 "qemu-xen-traditional");
    if (!xlmem__cfg_text(d, XLMEM__CFG_BIOS, &bios) ||
        xlmem__str_is(bios, "unknown") ||
        xlmem__str_is(bios, "rombios") == traditional)
        return 0;
    return xlmem__cfg_refuse(d, XLMEM__CFG_BIOS,
                             traditional
                                 ? "qemu-xen-traditional takes rombios only"
                                 : "qemu-xen takes no rombios");
}

/* The traditional device model is the default for one in a domain of its own.
 * stubdomain_memory came with 4.14. */
static void take_stubdom(xlmem__draft *d)
{
    xlmem_need_request *request = &d->domu.request;
    int64_t number;

    if (!xlmem__cfg_long(d, XLMEM__CFG_STUBDOM, &number) || !number) {
        request->known &= ~XLMEM_FACT_BIT(request, stubdom_kb);
        request->stubdom_kb = 0;
    } else if (!XLMEM_KNOWS(request, stubdom_kb) || before(d->host, 14)) {
        XLMEM_SET(request, stubdom_kb,
                  is_traditional(d) ? XLMEM__STUBDOM_MINIOS_KB
                                    : XLMEM__STUBDOM_DEFAULT_KB);
    }
}

/* --------------------------------------------------------- passthrough --- */

static int check_passthrough(xlmem__draft *d)
{
    const bool disabled =
        xlmem__cfg_same(d, XLMEM__CFG_PASSTHROUGH, "disabled");
    const bool share = xlmem__cfg_same(d, XLMEM__CFG_PASSTHROUGH, "share_pt");
    xlmem__str text; /* a list counts as if it were not there */
    const bool wanted =
        d->pci ||
        (xlmem__cfg_text(d, XLMEM__CFG_PASSTHROUGH, &text) && !disabled &&
         !xlmem__cfg_same(d, XLMEM__CFG_PASSTHROUGH, "default"));
    const xlmem__cfg_key key =
        d->pci ? XLMEM__CFG_PCI : XLMEM__CFG_PASSTHROUGH;
    xlmem_need_request *request = &d->domu.request;

    if (disabled && d->pci)
        return xlmem__cfg_refuse(d, XLMEM__CFG_PASSTHROUGH,
                                 "it is disabled, and pci names devices");
    if (!wanted)
        return 0;
    if (request->type == XLMEM_DOM_PVH)
        return xlmem__cfg_refuse(d, key,
                                 "libxl passes no devices to a PVH domain");
    if (share && request->type == XLMEM_DOM_PV)
        return xlmem__cfg_refuse(d, XLMEM__CFG_PASSTHROUGH,
                                 "a PV domain has no tables to share");
    if (request->type == XLMEM_DOM_HVM &&
        request->maxmem_kb > request->memory_kb)
        return xlmem__cfg_refuse(d, key,
                                 "libxl passes devices to an HVM domain only "
                                 "with all of maxmem as memory");
    if (xlmem__cfg_same(d, XLMEM__CFG_PASSTHROUGH, "sync_pt"))
        XLMEM_SET(request, iommu_tables, 1);
    else if (!share)
        XLMEM_SET(request, passthrough, 1);
    return 0;
}

int xlmem__cfg_rules(xlmem__draft *d)
{
    int rc = check_identity(d);

    if (!rc)
        rc = check_words(d);
    if (!rc)
        rc = check_passthrough(d);
    if (rc || d->domu.request.type != XLMEM_DOM_HVM) {
        d->domu.request.known &= ~XLMEM_FACT_BIT(&d->domu.request, stubdom_kb);
        d->domu.request.stubdom_kb = 0;
        return rc;
    }
    take_stubdom(d);
    rc = check_model(d);
    return rc ? rc : check_video(d);
}
