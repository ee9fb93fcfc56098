/* SPDX-License-Identifier: LGPL-2.1-only */
#include "commands/findings.h"

#include <stdarg.h>

#include "input/policy.h"
#include "private/advice.h"
#include "private/guard.h"

/* A domU may have a little more than it asks for; this is no oversight. */
#define GROWTH_KB (64 * 1024)

#define U(n) ((unsigned long long)(n))

/* A size in a sentence; each of its own. */
typedef struct size_text {
    char text[OUT_SIZE_MAX];
} size_text;
#define MIB(kb) (mib_of(kb).text)

static size_text mib_of(uint64_t kb)
{
    size_text size = {""};

    xlmem_format_mib(size.text, sizeof(size.text), kb);
    return size;
}

static void add_finding(findings *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add_finding(findings *f, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (f->nr < FINDINGS_MAX)
        vsnprintf(f->text[f->nr], FINDING_MAX, fmt, ap);
    va_end(ap);
    f->nr++;
}

static void look_at_dying(findings *f, const xlmem_dom *dom, const char *name)
{
    if (dom->tot_kb || dom->paging_kb)
        add_finding(
            f,
            "%s (id %llu) is dying and still holds %s.  If that does not "
            "shrink, somebody in dom0 keeps its pages, a backend or a QEMU: "
            "'xl debug-keys g' and 'xl dmesg' show the grants.",
            name, U(dom->domid), MIB(dom->tot_kb + dom->paging_kb));
}

/* libxl brings the ceiling down with each target that it sets. */
static void look_at_domu_balloon(findings *f, const xlmem_dom *dom,
                                 const char *name)
{
    if (!XLMEM_KNOWS(dom, tot_kb) || !XLMEM_KNOWS(dom, maxmem_kb) ||
        dom->tot_kb <= dom->maxmem_kb)
        return;
    add_finding(
        f,
        "%s (id %llu) was asked to give memory and still holds %s too much.  "
        "If that does not shrink, its balloon does not work (a kernel without "
        "the driver, a guest that hangs) and creates count on it in vain: "
        "look into the guest, or shut it down.",
        name, U(dom->domid), MIB(dom->tot_kb - dom->maxmem_kb));
}

static void look_at_dom(findings *f, const books *b, const xlmem_dom *dom)
{
    const char *name = dom->name ? dom->name : "a domain";
    const uint64_t growth_kb = xlmem_dom_growth_kb(dom);

    if (!dom->domid)
        return;
    if (dom->dying)
        look_at_dying(f, dom, name);
    else if (xlmem_dom_is_unbuilt(&b->host, dom))
        add_finding(
            f,
            "%s (id %llu) looks half-built: it never ran, has %s and may take "
            "%s more.  If nobody is building it (restore, migration, "
            "MEMGUARD=off): xl destroy %llu",
            name, U(dom->domid), MIB(dom->tot_kb), MIB(growth_kb),
            U(dom->domid));
    else if (growth_kb > GROWTH_KB)
        add_finding(
            f,
            "%s (id %llu) may take %s more without asking, which nobody else "
            "can have: 'xl mem-max %llu SIZE' lowers that.",
            name, U(dom->domid), MIB(growth_kb), U(dom->domid));
    if (!dom->dying)
        look_at_domu_balloon(f, dom, name);
    if (!dom->dying && b->account.deficit_kb && XLMEM_KNOWS(dom, target_kb) &&
        XLMEM_KNOWS(dom, tot_kb) && dom->target_kb > dom->tot_kb)
        add_finding(
            f,
            "%s (id %llu) holds %s less than its target: on this host it may "
            "not come back from a reboot.",
            name, U(dom->domid), MIB(dom->target_kb - dom->tot_kb));
}

static void look_at_guards(findings *f, const guarding *g)
{
    size_t i, guarded, nr;

    for (i = 0; i < g->nr; i++)
        if (g->list[i].restart)
            add_finding(f,
                        "%s runs without the guard that its drop-in gives it: "
                        "systemctl restart %s",
                        g->list[i].name, g->list[i].name);
    nr = guarding_count(g, XLMEM_GUARDED_MONITOR, &guarded);
    if (nr > guarded)
        add_finding(
            f,
            "%zu of %zu xl monitors (the xl that waits for its domain's end) "
            "have no guard: those domains reboot unguarded, until each has "
            "been shut down and created again.",
            nr - guarded, nr);
}

static void look_at_autoballoon(findings *f)
{
    add_finding(
        f,
        "autoballoon is on in /etc/xen/xl.conf: xl holds its lock through "
        "each create, so that one that waits for memory holds up all others "
        "and reboots.  Write autoballoon = \"off\" there: the guard makes "
        "room.");
}

/* A size that is meant for another host, or with a digit too many:
 * what it asks for makes every create a refusal. */
static void look_at_setting(findings *f, const xlmem_host *host,
                            const char *name, uint64_t size_kb)
{
    if (XLMEM_KNOWS(host, total_kb) && size_kb > host->total_kb)
        add_finding(
            f,
            "%s = %s in memguard.conf is more than this host has, %s: every "
            "create is refused.  Correct it there.",
            name, MIB(size_kb), MIB(host->total_kb));
}

static void look_at_policy(findings *f, const findings_of *of)
{
    const xlmem_policy *policy = &of->books->policy;
    const xlmem_host *host = &of->books->host;
    char text[FINDING_MAX];
    size_t i;

    if (of->live && !of->configured)
        add_finding(f, "There is no /" XLMEM_POLICY_FILE
                       ": nothing is guarded (xl memguard enable).");
    if (policy->switched_off)
        add_finding(f, "/" XLMEM_OFF_FILE
                       " switches the guard off: remove it when "
                       "what it was made for is done.");
    for (i = 0; i < of->report->nr && i < XLMEM_POLICY_PROBLEMS_MAX; i++)
        add_finding(f, "%s",
                    policy_problem(of->report, i, text, sizeof(text)));
    look_at_setting(f, host, "xen_headroom", policy->xen_headroom_kb);
    look_at_setting(f, host, "dom0_floor", policy->dom0_floor_kb);
}

static void look_at_dom0(findings *f, const books *b)
{
    const xlmem_dom0 *dom0 = &b->host.dom0;
    const xlmem_account *a = &b->account;

    if (b->known && XLMEM_KNOWS(a, dom0_floor_kb) &&
        XLMEM_KNOWS(dom0, balloon_target_kb) &&
        dom0->balloon_target_kb < a->dom0_floor_kb)
        add_finding(
            f,
            "dom0's target, %s, is below its floor, the least it can live "
            "with, of %s: xl memguard dom0 %lluM",
            MIB(dom0->balloon_target_kb), MIB(a->dom0_floor_kb),
            U((a->dom0_floor_kb + 1023) / 1024));
}

void findings_make(findings *f, const findings_of *of)
{
    const books *b = of->books;
    size_t i;

    f->nr = 0;
    look_at_policy(f, of);
    if (b->known && b->account.deficit_kb)
        add_finding(
            f,
            "%s more of Xen's memory are promised than there are: no create "
            "fits.  Shut a domU down, or lower what one may still take (xl "
            "mem-max) or what is reserved (xl memguard reserve).",
            MIB(b->account.deficit_kb));
    look_at_dom0(f, b);
    for (i = 0; i < b->host.nr_doms; i++)
        look_at_dom(f, b, &b->host.doms[i]);
    if (!of->configured || b->policy.mode == XLMEM_MODE_OFF)
        return;
    if (of->autoballoon)
        look_at_autoballoon(f);
    look_at_guards(f, of->guarding);
}

void findings_put(out *o, const findings *f, const books *b)
{
    char line[64] = "Healthy.";
    size_t i;

    if (f->nr)
        snprintf(line, sizeof(line), "%zu thing%s to look at.", f->nr,
                 f->nr == 1 ? "" : "s");
    else if (!b->known)
        snprintf(line, sizeof(line), "Too little is known for a verdict.");
    out_text(o, "line", "", line);
    out_list(o, "findings", f->nr ? "" : NULL);
    for (i = 0; i < f->nr && i < FINDINGS_MAX; i++)
        out_item(o, f->text[i]);
    out_end(o);
    out_say(o, "%s", "");
}
