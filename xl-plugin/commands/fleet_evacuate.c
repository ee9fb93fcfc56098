/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl-memguard fleet evacuate HOST: an order in which its domUs can leave, and
 * which have to be stopped.
 */
#include <stdlib.h>
#include <string.h>

#include "commands/fleet.h"
#include "input/session.h"

typedef struct leaving {
    fleet_case c;
    xlmem_leave *list; /* owned */
    uint64_t *dom0_kb; /* that each costs dom0 while it is there; owned */
    size_t *order;     /* owned */
    size_t nr_stopped;
    size_t nr_unknown; /* what their migration takes of the source is */
    size_t nr_back;    /* that are to go to an older Xen */
    uint64_t stopped_kb;
} leaving;

static uint64_t holds_kb(const xlmem_dom *dom)
{
    return dom ? xlmem_fleet_add(dom->tot_kb, dom->paging_kb) : 0;
}

/* books has an entry for each domain of the host, in its order. */
static bool fill_leaves(leaving *l, const books *b)
{
    size_t i;

    for (i = 0; i < l->c.pack.nr_domus; i++) {
        const xlmem_dom *dom = l->c.domus[i];
        const xlmem_departure *leaves = &b->leaves[dom - b->host.doms];
        const xlmem_fleet_domu domu = xlmem_fleet_domu_of(&b->host, dom);
        xlmem_fleet_price here;

        if (xlmem_fleet_price_of(&domu, &b->host, &b->policy, &here))
            return false;
        l->dom0_kb[i] = here.stays_kb[XLMEM_FLEET_DOM0];
        l->list[i] = (xlmem_leave){
            .free_kb = leaves->need_kb,
            .back_kb = xlmem_fleet_add(holds_kb(dom), holds_kb(domu.stubdom)),
            .to = l->c.answer.where[i],
            .fixed = !leaves->runs,
        };
        l->nr_unknown += leaves->runs && !XLMEM_KNOWS(leaves, need_kb) &&
                         !fleet_case_has_pci(&l->c, i);
    }
    return true;
}

static bool is_need_known(const leaving *l, size_t at)
{
    const books *b = &l->c.f->hosts[l->c.from[at]]->view.books;

    return XLMEM_KNOWS(&b->leaves[l->c.domus[at] - b->host.doms], need_kb);
}

static bool is_paused(const leaving *l, size_t at)
{
    const xlmem_dom *dom = l->c.domus[at];

    return XLMEM_KNOWS(dom, paused) && dom->paused;
}

static bool is_older(const xlmem_host *host, const xlmem_host *than)
{
    if (!XLMEM_KNOWS(host, xen_major) || !XLMEM_KNOWS(host, xen_minor) ||
        !XLMEM_KNOWS(than, xen_major) || !XLMEM_KNOWS(than, xen_minor))
        return false;
    return host->xen_major < than->xen_major ||
           (host->xen_major == than->xen_major &&
            host->xen_minor < than->xen_minor);
}

/* A mandatory record that the receiver does not know ends the migration
 * (restore() in xg_sr_restore.c, xc_sr_restore.c before 4.15; 4.14 to 4.20):
 * what a newer Xen sends an older one need not take. */
static bool leads_back(const leaving *l, size_t at)
{
    const fleet_case *c = &l->c;

    return is_older(
        &c->f->hosts[c->gap_hosts[l->list[at].to]]->view.books.host,
        &c->f->hosts[c->from[at]]->view.books.host);
}

static void count_steps(leaving *l)
{
    size_t i;

    for (i = 0; i < l->c.pack.nr_domus; i++)
        if (l->list[i].stop) {
            l->nr_stopped++;
            l->stopped_kb = xlmem_fleet_add(l->stopped_kb, l->list[i].back_kb);
        } else {
            l->nr_back += leads_back(l, i);
        }
}

static const char *why_so(const leaving *l, size_t at)
{
    const xlmem_leave *it = &l->list[at];

    if (!it->stop && !is_need_known(l, at))
        return "its type is not recorded";
    if (!it->stop)
        return leads_back(l, at) ? "to an older Xen, which may refuse it" : "";
    if (fleet_case_has_pci(&l->c, at))
        return "has a PCI device: must be stopped";
    if (it->to == XLMEM_PACK_NOWHERE)
        return fleet_case_barred(&l->c, at, XLMEM_FLEET_OPEN) ==
                       l->c.pack.nr_gaps
                   ? "no host has room for it"
                   : "no host that may run it has room for it";
    if (!it->fixed)
        return "others need its memory to leave";
    return is_paused(l, at) ? "it is paused" : "it is being built, or ends";
}

/*
 * A domU's id is another one's after its next reboot, so that commands made of
 * a recording name it.  xl takes a number for an id.
 */
static const char *word_of(const xlmem_dom *dom)
{
    const char *name = dom->name;

    return name && fleet_is_plain(name) &&
                   strspn(name, "0123456789") < strlen(name)
               ? name
               : NULL;
}

/* A domU that does not run hears no request, and xl shutdown -w would wait
 * for ever. */
static void stop_command(const leaving *l, size_t at, const char *name,
                         char *buf, size_t len)
{
    if (!l->list[at].fixed)
        snprintf(buf, len, "xl shutdown -w %s", name);
    else if (is_paused(l, at))
        snprintf(buf, len,
                 "# %s is paused: xl unpause it first, or xl destroy", name);
    else
        snprintf(buf, len, "# %s is being built, or ends: wait for it", name);
}

/*
 * xl puts the host into a line for the shell itself (tools/xl/xl_migrate.c,
 * Xen 4.14 to 4.20: "exec ssh HOST xl migrate-receive"), so quoting does not
 * help: only names that no shell could misread are put into a command.
 */
static void xl_command(const leaving *l, size_t at, char *buf, size_t len)
{
    const xlmem_dom *dom = l->c.domus[at];
    const xlmem_leave *it = &l->list[at];
    const char *name = word_of(dom);
    const char *to =
        it->stop ? "" : l->c.f->hosts[l->c.gap_hosts[it->to]]->name;

    if (!name)
        snprintf(
            buf, len, "# %s domain %llu: its name is no word for a command",
            it->stop ? "stop" : "migrate", (unsigned long long)dom->domid);
    else if (it->stop)
        stop_command(l, at, name, buf, len);
    else if (fleet_is_plain(to))
        snprintf(buf, len, "xl migrate %s %s", name, to);
    else
        snprintf(buf, len, "# migrate %s: its target's name is no word", name);
}

static void put_step(out *o, const leaving *l, size_t at)
{
    const xlmem_leave *it = &l->list[at];
    char name[32], command[512];

    xl_command(l, at, command, sizeof(command));
    out_row(o);
    out_text(o, "domain", "domU", fleet_domu_name(l->c.domus[at], name));
    OUT_FACT(o, "domid", "id", OUT_COUNT, l->c.domus[at], domid);
    out_text(o, "action", "step", it->stop ? "stop" : "migrate");
    out_text(o, "to", "to",
             it->stop ? NULL : l->c.f->hosts[l->c.gap_hosts[it->to]]->name);
    OUT_NUM(o, "holds_kb", "holds", OUT_KB, it->back_kb);
    OUT_NUM(o, "dom0_kb", "in dom0", OUT_KB, l->dom0_kb[at]);
    OUT_IF(o, "log_dirty_kb", NULL, OUT_KB, it->stop ? 0 : it->free_kb,
           it->stop || is_need_known(l, at));
    out_text(o, "command", NULL, command);
    out_text(o, "why", "", why_so(l, at));
    out_row_end(o);
}

static void say_leaving(out *o, const leaving *l, const char *name)
{
    char size[OUT_SIZE_MAX];

    if (!l->c.pack.nr_domus)
        out_say(o, "No domU runs on %s.", name);
    else if (!l->nr_stopped &&
             fleet_case_verdict(&l->c, XLMEM_PACK_YES) != XLMEM_PACK_YES)
        out_say(o,
                "Not known: of what was read all domUs of %s (%zu) could be "
                "migrated, in this order.",
                name, l->c.pack.nr_domus);
    else if (!l->nr_stopped)
        out_say(o, "All domUs of %s (%zu) can be migrated, in this order.",
                name, l->c.pack.nr_domus);
    else
        out_say(o, "%zu of %zu domUs of %s have to be stopped (%s)%s.",
                l->nr_stopped, l->c.pack.nr_domus, name,
                out_size(o, size, sizeof(size), l->stopped_kb),
                l->c.answer.least ? ""
                                  : "; whether less would do is not known");
    if (l->nr_back)
        out_say(o, "%zu of them go to an older Xen, which may refuse them.",
                l->nr_back);
    if (l->nr_unknown)
        out_say(o,
                "The type of %zu of them is not recorded (xl list -l has "
                "it): whether %s has the memory that their migration takes "
                "is not known.",
                l->nr_unknown, name);
    if (l->c.guess)
        out_say(o,
                "Whether %s is a domU of its own, or the device model of one "
                "as by its name, is not recorded: it is in no step.",
                l->c.guess->name);
    fleet_put_doubts(o, l->c.f);
}

static int leaving_status(const leaving *l)
{
    if (l->nr_stopped && !l->c.guess)
        return EXIT_FINDINGS;
    return l->nr_unknown ||
                   fleet_case_verdict(&l->c, XLMEM_PACK_YES) != XLMEM_PACK_YES
               ? EXIT_UNKNOWN
               : EXIT_DONE;
}

static int report_leaving(const leaving *l, const char *name)
{
    out *o = session_out(l->c.f->run);
    size_t i;

    if (!o)
        return EXIT_FAILED;
    say_leaving(o, l, name);
    out_text(o, "host", NULL, name);
    OUT_NUM(o, "nr_stopped", NULL, OUT_COUNT, l->nr_stopped);
    out_bool(o, "least", NULL, l->c.answer.least);
    out_list(o, "steps", "Steps (kB)");
    for (i = 0; i < l->c.pack.nr_domus; i++)
        put_step(o, l, l->order[i]);
    out_end(o);
    return session_close_out(o, leaving_status(l));
}

/* What is not certain goes with the commands. */
static void print_uncertain(const leaving *l)
{
    if (l->nr_unknown)
        printf("# of %zu domUs the type is not recorded, nor what their "
               "migration takes\n",
               l->nr_unknown);
    if (fleet_case_verdict(&l->c, XLMEM_PACK_YES) != XLMEM_PACK_YES)
        puts("# some hosts could not be read, or are in doubt");
    if (l->nr_back)
        printf("# %zu of them to an older Xen, which may refuse them\n",
               l->nr_back);
}

/* One command a line. */
static void print_commands(const leaving *l)
{
    size_t i;

    for (i = 0; i < l->c.pack.nr_domus; i++) {
        char command[512];

        xl_command(l, l->order[i], command, sizeof(command));
        puts(command);
    }
}

/* Whoever places by these figures stops what has no place, but one that others
 * wait for has to be told; the host is put into standby last. */
static int print_for_pacemaker(const leaving *l, size_t at)
{
    int status = fleet_print_pacemaker(&l->c, at);
    size_t i;

    for (i = 0; i < l->c.pack.nr_domus && !status; i++) {
        const char *name = l->c.domus[l->order[i]]->name;

        if (!l->list[l->order[i]].stop)
            continue;
        if (name && fleet_is_plain(name))
            printf("crm_resource -r %s -m -p target-role -v Stopped\n", name);
        else
            puts("# a domU is to be stopped: its name is no word");
    }
    if (!status && !fleet_is_plain(l->c.f->hosts[at]->name))
        puts("# put it into standby: its name is no word");
    else if (!status)
        printf("crm_attribute -t nodes -N %s -n standby -v on\n",
               l->c.f->hosts[at]->name);
    return status;
}

static int print_leaving(const leaving *l, size_t at, const char *format)
{
    int status = EXIT_DONE;

    if (strcmp(format, "htools"))
        print_uncertain(l);
    if (!strcmp(format, "pacemaker"))
        status = print_for_pacemaker(l, at);
    else if (!strcmp(format, "htools"))
        status = fleet_print_htools(l->c.f, at);
    else
        print_commands(l);
    if (fflush(stdout) || ferror(stdout))
        status = EXIT_FAILED;
    return status ? status : leaving_status(l);
}

static int plan_leaving(leaving *l, const fleet_host *h)
{
    const size_t nr = l->c.pack.nr_domus;

    l->list = calloc(nr + 1, sizeof(*l->list));
    l->dom0_kb = calloc(nr + 1, sizeof(*l->dom0_kb));
    l->order = calloc(nr + 1, sizeof(*l->order));
    if (!l->list || !l->dom0_kb || !l->order) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    if (!l->c.known || !h->view.books.leaves ||
        !fill_leaves(l, &h->view.books)) {
        cmd_message("what the domUs of %s need is not known", h->name);
        return EXIT_UNKNOWN;
    }
    xlmem_leave_order(l->list, nr, h->view.books.evacuation.free_kb, l->order);
    count_steps(l);
    return EXIT_DONE;
}

int fleet_evacuate(fleet *f, const char *name)
{
    const size_t at = fleet_find(f, name, strlen(name));
    const char *format = f->run->value[FLEET_FORMAT];
    leaving l = {.nr_stopped = 0};
    int status = EXIT_FAILED;

    if (at == XLMEM_FLEET_HOSTS_MAX)
        return cmd_usage(f->run->spec, "there is no host '%s' among them",
                         name);
    if (format &&
        (f->run->global[GLOBAL_JSON] || f->run->global[GLOBAL_KEY_VALUE]))
        return cmd_usage(f->run->spec, "--format excludes -j and -k");
    if (format && strcmp(format, "xl") && strcmp(format, "pacemaker") &&
        strcmp(format, "htools"))
        return cmd_usage(f->run->spec,
                         "--format: '%s' is none of xl, pacemaker, htools",
                         format);
    l.c.lost[at] = true;
    if (fleet_case_ask(&l.c, f, true))
        status = plan_leaving(&l, f->hosts[at]);
    else
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
    if (!status)
        status =
            format ? print_leaving(&l, at, format) : report_leaving(&l, name);
    fleet_case_dispose(&l.c);
    free(l.list);
    free(l.dom0_kb);
    free(l.order);
    return status;
}
