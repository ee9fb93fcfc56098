/* SPDX-License-Identifier: LGPL-2.1-only */
/* The hosts of a fleet: what the arguments name, read one after another. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/fleet.h"
#include "input/folder.h"
#include "input/session.h"
#include "private/vitals.h"

static const char *const endings[] = {".json", ".tar.gz", ".tgz", ".tar"};

/* Where the ending of a recorded host begins; NULL: it has none. */
static const char *ending_of(const char *file)
{
    const size_t len = strlen(file);
    size_t i;

    for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const size_t own = strlen(endings[i]);

        if (len > own && !strcmp(file + len - own, endings[i]))
            return file + len - own;
    }
    return NULL;
}

static bool names_folder(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* A capture has one of these (memguard-capture(5)). */
static bool is_capture(const char *path)
{
    static const char *const parts[] = {"xlmem", "xl",  "xen",
                                        "proc",  "sys", "xenstore"};
    const int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool found = false;
    struct stat st;
    size_t i;

    if (folder < 0)
        return false;
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !found; i++)
        found = !fstatat(folder, parts[i], &st, 0) && S_ISDIR(st.st_mode);
    close(folder);
    return found;
}

/* The last part of a path, without the ending. */
static char *host_name_of(const char *path)
{
    size_t len = strlen(path), start;
    const char *ending;
    char *name;

    while (len > 1 && path[len - 1] == '/')
        len--;
    for (start = len; start && path[start - 1] != '/';)
        start--;
    name = strndup(path + start, len - start);
    ending = name ? ending_of(name) : NULL;
    if (ending)
        name[ending - name] = '\0';
    return name;
}

static void free_host(fleet_host *h)
{
    if (!h)
        return;
    host_view_dispose(&h->view);
    free(h->name);
    free(h->file);
    free(h);
}

/* Of a clock beyond that, in the year 2242, it is not known when it was. */
#define RECORDED_MAX_S (UINT64_C(1) << 33)

static uint64_t recorded_at(const xlmem_vitals *vitals)
{
    uint64_t s;

    if (!XLMEM_KNOWS(&vitals->load, boot_s) ||
        !XLMEM_KNOWS(&vitals->load, uptime_ms))
        return 0;
    s = xlmem_fleet_add(vitals->load.boot_s, vitals->load.uptime_ms / 1000);
    return s <= RECORDED_MAX_S ? s : 0;
}

/* No figure hangs on the clocks: without one the age alone is not known. */
static int read_time(fleet_host *h, xlmem_ctx *ctx)
{
    const uint32_t clocks =
        UINT32_C(1) << XLMEM_DOC_STAT | UINT32_C(1) << XLMEM_DOC_UPTIME;
    xlmem_vitals *vitals = malloc(sizeof(*vitals));
    int rc;

    if (!vitals)
        return XLMEM_ERROR_NOMEM;
    xlmem_vitals_init(vitals);
    rc = xlmem_vitals_read(ctx, clocks, vitals);
    (void)session_take_gaps();
    if (!rc)
        h->recorded_s = recorded_at(vitals);
    xlmem_vitals_dispose(vitals);
    free(vitals);
    return rc;
}

static int look_at_recorded(fleet_host *h)
{
    const books *b = &h->view.books;
    xlmem_ctx *ctx;
    int rc = session_open(&h->run, &ctx);

    if (rc)
        return rc;
    rc = host_view_read(&h->view, ctx);
    h->partial = session_take_gaps();
    if (!rc)
        rc = read_time(h, ctx);
    xlmem_ctx_free(ctx);
    if (rc)
        return rc;
    host_view_judge(&h->view, XLMEM_VIEW_STATUS, false);
    rc = b->known
             ? xlmem_fleet_sum_of(&b->host, &b->policy, &b->account, &h->sum)
             : XLMEM_ERROR_UNKNOWN;
    if (rc)
        cmd_message("%s: its free memory, its domains or what they need are "
                    "not known",
                    h->file);
    return rc;
}

static fleet_host *new_host(const fleet *f, const char *path)
{
    const char *ending = ending_of(path);
    fleet_host *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->run = *f->run;
    host_view_init(&h->view, &h->run);
    h->file = strdup(path);
    h->name = host_name_of(path);
    if (!h->file || !h->name) {
        free_host(h);
        return NULL;
    }
    h->run.global[GLOBAL_HOST] = h->run.global[GLOBAL_SYSROOT] = NULL;
    h->run.global[ending && !strcmp(ending, ".json") ? GLOBAL_HOST
                                                     : GLOBAL_SYSROOT] =
        h->file;
    return h;
}

static int add_host(fleet *f, const char *path)
{
    fleet_host *h;
    int rc;

    if (f->nr == XLMEM_FLEET_HOSTS_MAX) {
        cmd_message("more than %d hosts: ask for some of them at a time",
                    XLMEM_FLEET_HOSTS_MAX);
        return EXIT_FAILED;
    }
    h = new_host(f, path);
    if (!h) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    (void)session_take_gaps();
    rc = look_at_recorded(h);
    if (rc) {
        (void)session_take_gaps();
        cmd_message("%s: left out", path);
        f->nr_left_out++;
        free_host(h);
        /* Nothing is known of those that are left out for that. */
        return rc == XLMEM_ERROR_NOMEM ? cmd_failed(rc) : EXIT_DONE;
    }
    h->partial |= session_take_gaps();
    f->nr_partial += h->partial;
    f->nr_domus += h->sum.nr_domus;
    f->hosts[f->nr++] = h;
    return EXIT_DONE;
}

static int add_if_recorded(fleet *f, const char *folder, const char *entry)
{
    char *path = folder_join(folder, entry);
    int status = EXIT_DONE;

    if (!path) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    if (ending_of(entry) || is_capture(path))
        status = add_host(f, path);
    free(path);
    return status;
}

static int add_hosts_in(fleet *f, const char *path)
{
    const size_t before = f->nr + f->nr_left_out;
    struct dirent **list;
    int i, status = EXIT_DONE, nr = folder_list(path, &list);

    if (nr < 0) {
        cmd_message("%s: %s", path, cmd_strerror(errno));
        f->nr_left_out++;
        return EXIT_DONE;
    }
    for (i = 0; i < nr; i++) {
        if (!status)
            status = add_if_recorded(f, path, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    /* A share that is not mounted looks like this. */
    if (!status && before == f->nr + f->nr_left_out) {
        cmd_message("%s: no recorded host is in it", path);
        f->nr_left_out++;
    }
    return status;
}

/* -------------------------------------------------------------- doubts --- */

static const xlmem_dom *find_twin(const fleet_host *h, const char *uuid)
{
    const xlmem_host *host = &h->view.books.host;
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (!strcasecmp(host->doms[i].uuid, uuid) &&
            xlmem_fleet_counts(host, &host->doms[i]))
            return &host->doms[i];
    return NULL;
}

/* A domain that nobody gave a uuid has one of zeros, as those that Xen builds
 * itself at boot (dom0less). */
static bool names_domu(const char *uuid)
{
    return uuid[strspn(uuid, "0-")] != '\0';
}

static void doubt_domus(fleet *f, const fleet_host *one,
                        const fleet_host *other)
{
    const xlmem_host *host = &one->view.books.host;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        char buf[32];

        if (!names_domu(dom->uuid) || !find_twin(other, dom->uuid) ||
            !xlmem_fleet_counts(host, dom))
            continue;
        cmd_message("%s (uuid %s) runs on %s and on %s: it is in migration, "
                    "or both are captures of one host",
                    fleet_domu_name(dom, buf), dom->uuid, one->name,
                    other->name);
        f->nr_doubts++;
        f->nr_twins++;
    }
}

/* One host is there once.  By its boot id it is the same whatever its files
 * are called; by its name also after it was booted anew. */
static void doubt_hosts(fleet *f, const fleet_host *one,
                        const fleet_host *other)
{
    const char *id = one->view.books.host.dom0.boot_id;
    const char *other_id = other->view.books.host.dom0.boot_id;
    const bool booted = id && other_id;
    const bool same_boot = booted && !strcmp(id, other_id);
    const char *by = "their name";

    if (!same_boot && strcmp(one->name, other->name))
        return;
    if (same_boot)
        by = "their boot id";
    else if (booted)
        by = "their name, of two boots: leave the older out";
    cmd_message("%s and %s: two captures of one host, by %s", one->file,
                other->file, by);
    f->nr_doubts++;
}

static void doubt_dom0(fleet *f, const fleet_host *one)
{
    if (XLMEM_KNOWS(&one->sum, dom0_kb))
        return;
    cmd_message("%s: dom0's MemAvailable is not known: its side was not "
                "checked",
                one->file);
    f->nr_doubts++;
}

/* A case of which it is a part has no answer by that (fleet_case_verdict). */
static void tell_guesses(const fleet_host *one)
{
    const xlmem_host *host = &one->view.books.host;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        const xlmem_dom *guess = xlmem_fleet_guess_of(host, dom);

        if (guess && xlmem_fleet_counts(host, dom))
            cmd_message("%s: %s is counted as the device model of %s: that is "
                        "known by its name alone, as a domU of its own it is "
                        "in no list",
                        one->name, guess->name, dom->name);
    }
}

static void find_ages(fleet *f)
{
    size_t i;

    for (i = 0; i < f->nr; i++) {
        const fleet_host *h = f->hosts[i];

        if (!h->recorded_s)
            continue;
        if (!f->oldest || h->recorded_s < f->oldest->recorded_s)
            f->oldest = h;
        if (!f->newest || h->recorded_s > f->newest->recorded_s)
            f->newest = h;
    }
}

static void find_doubts(fleet *f)
{
    size_t i, j;

    for (i = 0; i < f->nr; i++) {
        doubt_dom0(f, f->hosts[i]);
        tell_guesses(f->hosts[i]);
        for (j = i + 1; j < f->nr; j++) {
            doubt_hosts(f, f->hosts[i], f->hosts[j]);
            doubt_domus(f, f->hosts[i], f->hosts[j]);
        }
    }
}

int fleet_read(fleet *f, const cmd_run *run, int first)
{
    int i, status = EXIT_DONE;

    *f = (fleet){.run = run};
    for (i = first; i < run->argc && !status; i++) {
        const char *path = run->argv[i];

        status = names_folder(path) && !is_capture(path)
                     ? add_hosts_in(f, path)
                     : add_host(f, path);
    }
    if (!status && f->nr_domus > XLMEM_FLEET_DOMUS_MAX) {
        cmd_message("%zu domUs are more than the %d that can be asked about",
                    f->nr_domus, XLMEM_FLEET_DOMUS_MAX);
        status = EXIT_FAILED;
    }
    if (!status && !f->nr) {
        cmd_message("no recorded host is there that could be read");
        status = EXIT_FAILED;
    }
    if (!status)
        find_doubts(f);
    find_ages(f);
    return status;
}

void fleet_dispose(fleet *f)
{
    size_t i;

    for (i = 0; i < f->nr; i++)
        free_host(f->hosts[i]);
    f->nr = 0;
}

size_t fleet_find(const fleet *f, const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < f->nr; i++)
        if (strlen(f->hosts[i]->name) == len &&
            !strncmp(f->hosts[i]->name, name, len))
            return i;
    return XLMEM_FLEET_HOSTS_MAX;
}

const char *fleet_domu_name(const xlmem_dom *dom, char buf[32])
{
    if (dom->name)
        return dom->name;
    snprintf(buf, 32, "domain %llu", (unsigned long long)dom->domid);
    return buf;
}
