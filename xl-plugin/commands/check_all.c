/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl-memguard check --all: will everything come up after a reboot?
 *
 * As xendomains does it (tools/hotplug/Linux/xendomains.in of Xen 4.14 to
 * 4.20, /etc/init.d/xendomains of Debian's xen-utils-common 4.17):
 *
 *     for image in SAVE/   regular files: restored
 *     for file in AUTO/    whatever is there, links followed; what runs
 *                          already by its name is passed over
 *
 * in the order of the shell's "*": names that begin with a dot left out, by
 * bytes, as in the locale of a service that nobody configured one for.  A
 * directory is tried there and fails; here it is passed over.  The copies that
 * editors leave behind are started if nothing has their name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/check.h"
#include "input/folder.h"
#include "input/given.h"
#include "input/policy.h"
#include "input/range_file.h"
#include "input/session.h"
#include "commands/starts.h"

/* Both scripts' configuration as installed. */
#define AUTO "/etc/xen/auto"
#define SAVE "/var/lib/xen/save"

/* An image's configuration stands at its beginning. */
#define HEAD_BYTES ((size_t)1 << 20)

static int read_saved(const char *path, starts_row *row)
{
    char *head = malloc(HEAD_BYTES);
    int rc = XLMEM_ERROR_NOMEM;
    FILE *file = head ? given_open(path, &rc) : NULL;

    if (file)
        rc = xlmem_domu_from_save(head, fread(head, 1, HEAD_BYTES, file),
                                  &row->domu, row->why, sizeof(row->why));
    else
        snprintf(row->why, sizeof(row->why), "%s", given_why(rc));
    if (file)
        fclose(file);
    free(head);
    return rc;
}

/* What is broken is said, and the others are judged; where memory ended it is
 * not the file that is.  Returns 0 or XLMEM_ERROR_NOMEM. */
static int read_row(const cmd_run *run, starts_row *row)
{
    int rc = row->saved ? read_saved(row->file, row)
                        : request_read(run, row->file, &row->domu, row->why,
                                       sizeof(row->why));

    row->start.request = row->domu.request;
    if (!rc) {
        request_say_ignored(row->file, &row->domu);
        return 0;
    }
    row->state = STARTS_BROKEN;
    if (!row->why[0])
        snprintf(row->why, sizeof(row->why), "%s", xlmem_strerror(rc));
    cmd_message("%s: %s", row->file, row->why);
    return rc == XLMEM_ERROR_NOMEM ? rc : 0;
}

/* Of the file beside the host's configuration, where its own has no list: an
 * image's is what libxl has kept of it.  As with a list that is wrong. */
static int take_row_range(xlmem_ctx *ctx, starts_row *row)
{
    char err[RANGE_FILE_ERR_MAX];
    int rc = range_file_read(ctx, &row->domu, err);

    if (rc && rc != XLMEM_ERROR_NOTFOUND) {
        row->state = STARTS_BROKEN;
        snprintf(row->why, sizeof(row->why), "%s", err);
        cmd_message("%s: %s", row->file, err);
    }
    if (XLMEM_KNOWS(&row->domu.opt_in, dynamic_min_kb))
        XLMEM_SET(&row->start, dynamic_min_kb,
                  row->domu.opt_in.dynamic_min_kb);
    return rc == XLMEM_ERROR_NOMEM ? rc : 0;
}

static int take_ranges(xlmem_ctx *ctx, starts *s)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < s->nr && !rc; i++)
        if (s->rows[i].state == STARTS_JUDGED)
            rc = take_row_range(ctx, &s->rows[i]);
    return rc;
}

static int add_start_file(const cmd_run *run, starts *s, char *path,
                          bool saved)
{
    starts_row *row;
    struct stat st;

    if (!path)
        return XLMEM_ERROR_NOMEM;
    if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
        if (!saved || run->global[GLOBAL_VERBOSE])
            cmd_message("%s: no file, passed over", path);
        free(path);
        return 0;
    }
    row = starts_add(s);
    if (!row) {
        free(path);
        return XLMEM_ERROR_NOMEM;
    }
    row->file = path;
    row->saved = saved;
    return read_row(run, row);
}

/* @asked: it was named, and has to be there. */
static int add_dir(const cmd_run *run, starts *s, const char *dir, bool saved,
                   bool asked)
{
    struct dirent **list;
    int i, rc = 0, nr = folder_list(dir, &list);

    if (nr < 0 && errno == ENOENT && !asked)
        return 0;
    if (nr < 0) {
        cmd_message("%s: %s", dir, cmd_strerror(errno));
        return XLMEM_ERROR_IO;
    }
    for (i = 0; i < nr; i++) {
        if (!rc)
            rc = add_start_file(run, s, folder_join(dir, list[i]->d_name),
                                saved);
        free(list[i]);
    }
    free(list);
    return rc;
}

/* The host after its next boot. */
static int read_host(const cmd_run *run, xlmem_ctx *ctx, starts *s)
{
    int rc = policy_load(run, ctx, &s->policy, NULL);

    if (!rc)
        rc = xlmem_snapshot(ctx, &s->host);
    if (rc)
        return rc;
    rc = xlmem_host_reboot(&s->host);
    if (rc)
        cmd_message("what this host will be after a reboot cannot be told: "
                    "%s",
                    rc == XLMEM_ERROR_UNKNOWN
                        ? "its memory or Xen's command line is not known"
                        : xlmem_strerror(rc));
    return rc;
}

/* The host before any domU starts. */
typedef struct boot {
    uint64_t known;
    uint64_t dom0_kb, max_kb, free_kb, available_kb;
} boot;

static boot boot_of(const xlmem_host *host)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);
    boot b = {.known = 0};

    XLMEM_SET(&b, free_kb, host->free_kb);
    XLMEM_SET(&b, dom0_kb, dom0->tot_kb);
    if (xlmem__is_limit(dom0->maxmem_kb))
        XLMEM_SET(&b, max_kb, dom0->maxmem_kb);
    if (XLMEM_KNOWS(&host->dom0, mem_available_kb))
        XLMEM_SET(&b, available_kb, host->dom0.mem_available_kb);
    return b;
}

static void put_boot(out *o, const xlmem_host *host, const boot *b)
{
    const out_field max = {
        .key = "max_kb",
        .label = "its maximum",
        .kind = OUT_KB,
        .known = XLMEM_KNOWS(b, max_kb),
        .num = b->max_kb,
        .absent = "none",
    };

    out_object(o, "boot", "The host after its next boot");
    out_text(o, "xen_args", "Xen's command line",
             host->xen_config_line ? host->xen_config_line
                                   : host->xen_cmdline);
    OUT_FACT(o, "dom0_mem_kb", "dom0", OUT_KB, b, dom0_kb);
    out_num(o, &max);
    OUT_FACT(o, "host_free_kb", "free in Xen", OUT_KB, b, free_kb);
    OUT_FACT(o, "memavailable_kb", "MemAvailable in dom0", OUT_KB, b,
             available_kb);
    out_end(o);
}

static int report_boot(const cmd_run *run, const starts *s, const boot *b)
{
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    if (s->sum.nr_down)
        starts_say_down(o, s, "does not come up", "do not come up");
    else
        out_say(o, s->nr ? "All come up." : "Nothing is to be started.");
    put_boot(o, &s->host, b);
    out_say(o, "%s", "");
    return starts_report(o, s);
}

static int judge_boot(const cmd_run *run, starts *s)
{
    const boot b = boot_of(&s->host);
    int rc = starts_judge(s);

    return rc ? cmd_failed(rc) : report_boot(run, s, &b);
}

/* Who is to come up on it, in order. */
static int read_rows(const cmd_run *run, xlmem_ctx *ctx, starts *s)
{
    const char *saved = run->value[CHECK_SAVED];
    int rc = 0;

    if (saved || session_is_live(run))
        rc = add_dir(run, s, saved ? saved : SAVE, true, saved != NULL);
    if (!rc)
        rc = add_dir(run, s, run->argc ? run->argv[0] : AUTO, false,
                     run->argc != 0);
    if (!rc)
        rc = take_ranges(ctx, s);
    return rc;
}

int check_all(const cmd_run *run)
{
    xlmem_ctx *ctx;
    starts s;
    int rc, status;

    if (!session_is_live(run) && !run->argc)
        return cmd_usage(run->spec, "--all: a recorded host does not have its "
                                    "domains' files; name the directory");
    rc = session_open(run, &ctx);
    if (rc)
        return cmd_failed(rc);
    starts_init(&s);
    rc = read_host(run, ctx, &s);
    if (!rc)
        rc = read_rows(run, ctx, &s);
    status = rc ? cmd_failed(rc) : judge_boot(run, &s);
    starts_dispose(&s);
    xlmem_ctx_free(ctx);
    return status;
}
