/* SPDX-License-Identifier: LGPL-2.1-only */
/* What apply and verify know of the host beside its boot files. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/grub.h"
#include "input/session.h"

static void read_word_of(const boot_tree *tree, const char *path, char *to,
                         size_t room)
{
    xlmem__str text;
    boot_msg msg = {.text = ""};

    *to = '\0';
    if (boot_tree_read(tree, path, &text, &msg))
        return;
    snprintf(to, room, "%.*s", (int)strcspn(text.p, "\n"), text.p);
    free((char *)(uintptr_t)text.p);
}

bool grub_has_xen(const grub_run *g)
{
    char type[16];

    read_word_of(&g->tree, "sys/hypervisor/type", type, sizeof(type));
    return !strcmp(type, "xen");
}

void grub_read_boot_id(grub_run *g)
{
    read_word_of(&g->tree, "proc/sys/kernel/random/boot_id", g->boot_id,
                 sizeof(g->boot_id));
}

/* Of this machine, or of what --sysroot or --host names; a tree that is
 * mounted somewhere has none of its own. */
bool grub_may_have_facts(const grub_run *g)
{
    return boot_tree_is_here(&g->tree) || !session_is_live(g->run);
}

/* The size is wanted before the first Xen too: then this machine's own facts
 * are those of the dom0 to come. */
int grub_read_facts(grub_run *g)
{
    int rc = session_snapshot_any(g->run, XLMEM_WANT_TYPES, &g->facts);

    g->has_facts = !rc;
    return rc;
}

/* -------------------------------------------------------- apply's word --- */

static int take_computed_size(grub_run *g)
{
    xlmem_recommendation rec;
    int rc;

    if (!grub_may_have_facts(g))
        return cmd_usage(g->run->spec,
                         "which size? The host that is mounted there does not "
                         "tell: xl-memguard grub apply --root %s "
                         "dom0_mem=2G,max:2G, or name a capture of it with "
                         "--sysroot",
                         g->tree.root);
    rc = grub_read_facts(g);
    if (rc)
        return EXIT_FAILED;
    rc = xlmem_size(&g->facts, NULL, &rec);
    if (rc) {
        cmd_message("no size: %s; xl-memguard size says why",
                    xlmem_strerror(rc));
        return EXIT_FAILED;
    }
    snprintf(g->word, sizeof(g->word), "%s", rec.xen_arg);
    return EXIT_DONE;
}

int grub_take_word(grub_run *g)
{
    const char *given = g->run->argc > 1 ? g->run->argv[1] : NULL;
    char word[XLMEM__BOOT_WORD_MAX * 2];

    if (!given)
        return take_computed_size(g);
    snprintf(word, sizeof(word), "%s%s",
             xlmem_is_dom0_mem_value(given) ? "dom0_mem=" : "", given);
    if (!xlmem__boot_word_is_valid(word))
        return cmd_usage(g->run->spec,
                         "'%s' is no dom0_mem= that Xen takes whole; write it "
                         "like dom0_mem=2G,max:2G",
                         given);
    memcpy(g->word, word, strlen(word) + 1);
    return EXIT_DONE;
}

/* Xen's clamps: what dom0 would get is not what is written. */
static bool is_clamped(const grub_run *g, const xlmem_prediction *p)
{
    uint64_t want = boot_word_kb(g->word), gets = p->nr_pages * 4;

    if (!want || !XLMEM_KNOWS(p, nr_pages) || gets / 1024 == want / 1024)
        return false;
    cmd_message("with %s dom0 would get %llu MiB on this host, not %llu",
                g->word, (unsigned long long)gets / 1024,
                (unsigned long long)want / 1024);
    return true;
}

/* What dom0 does not live with, on any host. */
static bool stands_in_the_way(const xlmem_finding *finding)
{
    return finding->severity >= XLMEM_SEV_ERROR ||
           xlmem_finding_is(finding, 1, "too-small");
}

static bool has_errors(const grub_run *g)
{
    bool any = false;
    size_t i;

    for (i = 0; i < g->lint.nr; i++) {
        if (!stands_in_the_way(&g->lint.items[i]))
            continue;
        cmd_message("%s", g->lint.items[i].text);
        any = true;
    }
    return any;
}

/* Whether a host would boot with it, and get it. */
static bool is_refused(grub_run *g)
{
    xlmem_prediction p = {.known = 0};
    int rc = g->has_facts ? xlmem_predict(&g->facts, g->word, &p)
                          : XLMEM_ERROR_UNKNOWN;

    if (rc == XLMEM_ERROR_INFEASIBLE) {
        cmd_message("dom0 could not boot with %s on this host; what it needs "
                    "is told by 'xl-memguard size'",
                    g->word);
        return true;
    }
    return has_errors(g) || (!rc && is_clamped(g, &p));
}

int grub_judge_word(grub_run *g)
{
    /* With a size of its own the word was judged on the way to it.  A machine
     * without Xen may tell too little of itself: then the word alone is. */
    if (!g->has_facts && grub_may_have_facts(g) && grub_read_facts(g) &&
        (!session_is_live(g->run) || grub_has_xen(g)))
        return EXIT_FAILED;
    if (xlmem_lint(g->has_facts ? &g->facts : NULL, g->word, &g->lint))
        return EXIT_FAILED;
    if (!is_refused(g) || g->run->value[GRUB_FORCE])
        return EXIT_DONE;
    cmd_message("nothing was written; --force does it all the same");
    return EXIT_FAILED;
}
