/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard lint: Xen's command line, as given, booted or configured. */
#include <stdlib.h>
#include <string.h>

#include "boot/sources.h"
#include "input/session.h"
#include "output/finding.h"

#define LINES_MAX 3

typedef struct linted {
    const char *of;    /* "given", "booted", "configured", "or configured" */
    const char *label; /* the same for people */
    const char *file;  /* where it stands; NULL: in none */
    const char *line;
    xlmem_lint_report report;
} linted;

/* A line and its file, for people. */
static void put_linted(out *o, const linted *l)
{
    if (!l->label)
        return;
    out_text(o, NULL, l->label, l->line);
    if (l->file)
        out_text(o, NULL, "which stands in", l->file);
}

static void put_all_linted(out *o, const linted *lines, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        put_linted(o, &lines[i]);
    out_list(o, "lines", NULL);
    for (i = 0; i < nr; i++) {
        out_row(o);
        out_text(o, "of", NULL, lines[i].of);
        out_text(o, "line", NULL, lines[i].line);
        out_text(o, "file", NULL, lines[i].file);
        out_bool(o, "ok", NULL, lines[i].report.ok);
        out_row_end(o);
    }
    out_end(o);
}

static void count_severities(const xlmem_finding *list, size_t nr_list,
                             size_t nr[])
{
    size_t i;

    for (i = 0; i < nr_list; i++)
        nr[list[i].severity]++;
}

/* "2 errors, 1 warning, 1 note", in this order; "" for none. */
static const char *counted(char *buf, size_t len, const size_t nr[])
{
    static const xlmem_severity order[] = {XLMEM_SEV_ERROR, XLMEM_SEV_WARNING,
                                           XLMEM_SEV_NOTE};
    size_t i, used = 0;

    buf[0] = '\0';
    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (nr[order[i]])
            used += (size_t)snprintf(buf + used, len - used, "%s%zu %s%s",
                                     used ? ", " : "", nr[order[i]],
                                     xlmem_severity_name(order[i]),
                                     nr[order[i]] == 1 ? "" : "s");
    return buf;
}

/* Nothing is left to do but to boot. */
static bool is_mended(const linted *lines, size_t nr)
{
    return nr == 2 && lines[1].report.ok && !lines[0].report.ok &&
           !strcmp(lines[1].of, "configured");
}

/* The first line: is there anything to do? */
static void say_verdict(out *o, const linted *lines, size_t nr,
                        const xlmem_findings *files)
{
    size_t i, found[XLMEM_SEV_CRITICAL + 1] = {0};
    char text[96];

    for (i = 0; i < nr; i++)
        count_severities(lines[i].report.items, lines[i].report.nr, found);
    count_severities(files->list, files->nr, found);
    counted(text, sizeof(text), found);
    if (!*text)
        out_say(o, "Nothing to complain about.");
    else if (is_mended(lines, nr))
        out_say(o, "Right from the next boot on; until then: %s.", text);
    else if (found[XLMEM_SEV_ERROR] || found[XLMEM_SEV_WARNING])
        out_say(o, "To be changed: %s.", text);
    else
        out_say(o, "It may stay: %s.", text);
}

static void put_items(out *o, const linted *lines, size_t nr,
                      const xlmem_findings *files)
{
    const bool of = nr > 1 || files->nr;
    size_t i, n, nr_lost = files->nr_lost;

    out_list(o, "items", "");
    for (i = 0; i < nr; i++) {
        const xlmem_lint_report *report = &lines[i].report;

        for (n = 0; n < report->nr; n++)
            finding_put_row(o, &report->items[n], &finding_of_line,
                            lines[i].of, of ? "line" : NULL);
        nr_lost += report->nr_lost;
    }
    for (n = 0; n < files->nr; n++)
        finding_put_row(o, &files->list[n], &finding_of_line, "files", "line");
    out_end(o);
    finding_put_lost(o, "items", nr_lost);
}

/* Which of two boot files counts. */
static void put_loader(out *o, const xlmem_host *host)
{
    if (!host || !host->xen_other_file)
        return;
    if (!host->xen_config_file)
        out_say(o,
                "It boots by xen.efi, whose line stands in xen.cfg beside it "
                "on the EFI system partition, which is not recorded; %s is "
                "not used.",
                host->xen_other_file);
    else if (!XLMEM_KNOWS(host, efi_boot))
        out_say(o,
                "Whether it boots by %s or by %s is not known: xl dmesg of "
                "the running host tells (Bootloader:).",
                host->xen_config_file, host->xen_other_file);
    else
        out_say(o, "It boots by %s; %s is not used.", host->xen_config_file,
                host->xen_other_file);
}

/*
 * What stands in the host's files and not in the line that they make.  Of this
 * host, or of a capture that is a directory; of others it is not known.
 * 0 or XLMEM_ERROR_NOMEM.
 */
static int look_into_files(const cmd_run *run, xlmem_findings *files)
{
    /* Captures have no grub-mkconfig: the files are read as Debian's does. */
    const boot_kind debian = BOOT_KIND_DROP_IN;
    const boot_kind *kind = session_is_live(run) ? NULL : &debian;
    const char *root =
        session_is_live(run) ? "/" : run->global[GLOBAL_SYSROOT];
    boot_host host;
    boot_tree tree;
    boot_msg msg = {.text = ""};
    int rc;

    if (!root || run->argc)
        return 0;
    rc = boot_tree_open(root, &tree, &msg);
    if (!rc) {
        rc = boot_find_host(&tree, kind, &host, &msg);
        if (!rc)
            rc = boot_lint_sources(&tree, &host, NULL, files);
        boot_tree_close(&tree);
    }
    return rc == XLMEM_ERROR_NOMEM ? rc : 0;
}

static bool files_are_right(const xlmem_findings *files)
{
    return !files->nr || files->list[0].severity == XLMEM_SEV_NOTE;
}

static int report_lint(const cmd_run *run, const xlmem_host *host,
                       const linted *lines, size_t nr,
                       const xlmem_findings *files)
{
    out *o = session_out(run);
    bool ok = files_are_right(files);
    size_t i;

    if (!o)
        return EXIT_FAILED;
    for (i = 0; i < nr; i++)
        ok = ok && lines[i].report.ok;
    out_bool(o, "ok", NULL, ok);
    say_verdict(o, lines, nr, files);
    put_all_linted(o, lines, nr);
    put_loader(o, host);
    put_items(o, lines, nr, files);
    return session_close_out(o, ok ? EXIT_DONE : EXIT_FINDINGS);
}

static int lint_lines(const cmd_run *run, const xlmem_host *host,
                      linted *lines, size_t nr)
{
    xlmem_findings *files;
    size_t i;
    int status;

    for (i = 0; i < nr; i++) {
        int rc = xlmem_lint(host, lines[i].line, &lines[i].report);

        if (rc) {
            cmd_message("%s", xlmem_strerror(rc));
            return cmd_failed(rc);
        }
    }
    files = calloc(1, sizeof(*files));
    if (!files) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    if (look_into_files(run, files)) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        status = EXIT_FAILED;
    } else {
        status = report_lint(run, host, lines, nr, files);
    }
    free(files);
    return status;
}

static int lint_host(const cmd_run *run, const xlmem_host *host, linted *lines)
{
    size_t nr = 0;

    if (host->xen_cmdline) {
        lines[nr].of = "booted";
        lines[nr].label = "Xen was booted with";
        lines[nr++].line = host->xen_cmdline;
    }
    if (host->xen_config_line &&
        (!nr || strcmp(host->xen_config_line, lines[0].line))) {
        lines[nr].of = "configured";
        lines[nr].label = "The next boot is configured with";
        lines[nr].file = host->xen_config_file;
        lines[nr++].line = host->xen_config_line;
    }
    if (host->xen_other_line && !XLMEM_KNOWS(host, efi_boot)) {
        lines[nr].of = "or configured";
        lines[nr].label = "Or with";
        lines[nr].file = host->xen_other_file;
        lines[nr++].line = host->xen_other_line;
    }
    if (!nr && host->xen_other_file) {
        cmd_message("this host boots by xen.efi: its line stands in xen.cfg "
                    "beside it on the EFI system partition, which is not "
                    "recorded; %s is not used",
                    host->xen_other_file);
        return EXIT_FAILED;
    }
    if (!nr) {
        cmd_message("it is not known which command line Xen was booted with; "
                    "give one: xl-memguard lint 'dom0_mem=2G,max:2G'");
        return EXIT_FAILED;
    }
    return lint_lines(run, host, lines, nr);
}

/* A given line needs no host; where one was named, it is judged for that. */
static int lint_given(const cmd_run *run, linted *lines)
{
    xlmem_host host;
    bool with_host = !session_is_live(run);
    int status = EXIT_FAILED;
    char *line = session_line(run, &status);

    if (!line)
        return status;
    xlmem_host_init(&host);
    lines[0].of = "given";
    lines[0].line = line;
    if (!with_host || !session_snapshot_any(run, XLMEM_WANT_TYPES, &host))
        status = lint_lines(run, with_host ? &host : NULL, lines, 1);
    xlmem_host_dispose(&host);
    free(line);
    return status;
}

int cmd_lint(const cmd_run *run)
{
    linted *lines = calloc(LINES_MAX, sizeof(*lines));
    int status = EXIT_FAILED, rc;
    xlmem_host host;

    if (!lines) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    if (run->argc) {
        status = lint_given(run, lines);
        goto out;
    }
    xlmem_host_init(&host);
    rc = session_snapshot_any(run, XLMEM_WANT_TYPES, &host);
    if (rc)
        status = cmd_failed(rc);
    else
        status = lint_host(run, &host, lines);
    xlmem_host_dispose(&host);
out:
    free(lines);
    return status;
}
