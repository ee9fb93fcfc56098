/* SPDX-License-Identifier: LGPL-2.1-only */
#include "input/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "input/dryrun.h"
#include "input/given.h"
#include "input/session.h"

/* No configuration file of a domain is larger. */
#define CFG_MAX_BYTES ((size_t)1 << 20)

/* A configuration as text, and where to say what is wrong with it. */
typedef struct request_text {
    const char *p;
    size_t len;
    char *err;
    size_t err_len;
} request_text;

static int get_type(const cmd_run *run, xlmem_dom_type *type_r)
{
    const char *text = run->value[DOMU_TYPE];

    if (!text)
        return EXIT_DONE;
    if (!strcmp(text, "pv"))
        *type_r = XLMEM_DOM_PV;
    else if (!strcmp(text, "pvh"))
        *type_r = XLMEM_DOM_PVH;
    else if (!strcmp(text, "hvm"))
        *type_r = XLMEM_DOM_HVM;
    else
        return cmd_usage(run->spec, "--type: '%s' is not pv, pvh or hvm",
                         text);
    return EXIT_DONE;
}

/* A number of up to four digits, above 0. */
static int get_vcpus(const cmd_run *run, uint64_t *vcpus_r)
{
    const char *text = run->value[DOMU_VCPUS];
    const size_t digits = strspn(text, "0123456789");
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < digits && i < 5; i++)
        n = 10 * n + (uint64_t)(text[i] - '0');
    if (!n || digits > 4 || text[digits])
        return cmd_usage(run->spec, "--vcpus: '%s' is not a number of vCPUs",
                         text);
    *vcpus_r = n;
    return EXIT_DONE;
}

/* What the options say, over what a file said. */
static int apply_options(const cmd_run *run, xlmem_need_request *request)
{
    uint64_t value;
    int status = get_type(run, &request->type);

    if (!status && run->value[DOMU_VCPUS]) {
        status = get_vcpus(run, &value);
        if (!status)
            XLMEM_SET(request, vcpus, value);
    }
    if (!status && run->value[DOMU_MAXMEM]) {
        status =
            cmd_get_size(run, "--maxmem", run->value[DOMU_MAXMEM], &value);
        if (!status)
            XLMEM_SET(request, maxmem_kb, value);
    }
    return status;
}

static int read_domu_file(const char *path, char **text_r, size_t *len_r,
                          char *err, size_t err_len)
{
    const int rc = given_read(path, CFG_MAX_BYTES, text_r, len_r);

    if (rc == XLMEM_ERROR_RANGE)
        snprintf(err, err_len, "larger than %zu KiB", CFG_MAX_BYTES >> 10);
    else if (rc)
        snprintf(err, err_len, "%s", given_why(rc));
    return rc;
}

static void say_nothing(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

/*
 * The release of the recorded host's Xen, whose xl reads files in its own way.
 * Asked once a run: a capture may be an archive, and files many.  What is
 * wrong with the capture is said when the command itself reads it.
 */
static const xlmem_host *recorded_release(const cmd_run *run)
{
    static xlmem_host release;
    static bool asked;
    xlmem_host host;
    xlmem_ctx *ctx;

    if (asked)
        return &release;
    asked = true;
    xlmem_host_init(&release);
    xlmem_host_init(&host);
    if (session_open(run, &ctx))
        return &release;
    xlmem_ctx_set_log(ctx, say_nothing, NULL);
    if (!xlmem_snapshot_of(ctx, 0, &host) && XLMEM_KNOWS(&host, xen_major) &&
        XLMEM_KNOWS(&host, xen_minor)) {
        XLMEM_SET(&release, xen_major, host.xen_major);
        XLMEM_SET(&release, xen_minor, host.xen_minor);
        release.arm = host.arm;
    }
    xlmem_ctx_free(ctx);
    xlmem_host_dispose(&host);
    return &release;
}

/* By xl where there is one, by the library's own reader otherwise.  The list
 * that is ours says nothing to libxl: it is not in its JSON. */
static int read_text(const cmd_run *run, const char *path,
                     const request_text *text, xlmem_domu *domu)
{
    const char *xl = session_is_live(run) ? dryrun_xl() : NULL;
    int rc = xl ? dryrun_read(xl, path, domu, text->err, text->err_len)
                : XLMEM_ERROR_UNSUPPORTED;

    if (!rc)
        rc = xlmem_domu_opt_in_cfg(domu, text->p, text->len, text->err,
                                   text->err_len);
    if (rc != XLMEM_ERROR_UNSUPPORTED)
        return rc;
    if (run->global[GLOBAL_VERBOSE])
        cmd_message("%s: %s; read by this command's own rules", path,
                    xl ? "xl printed no JSON" : "not asked of xl");
    text->err[0] = '\0';
    return xlmem_domu_from_cfg_on(
        session_is_live(run) ? NULL : recorded_release(run), text->p,
        text->len, domu, text->err, text->err_len);
}

int request_read(const cmd_run *run, const char *path, xlmem_domu *domu,
                 char *err, size_t err_len)
{
    request_text text = {.err = err, .err_len = err_len};
    char *buf = NULL;
    int rc;

    err[0] = '\0';
    rc = read_domu_file(path, &buf, &text.len, err, err_len);
    if (!rc) {
        text.p = buf;
        rc = read_text(run, path, &text, domu);
    }
    free(buf);
    /* What a file does not tell is charged as measured elsewhere. */
    if (!rc && session_is_live(run))
        (void)xlmem_domu_read_files(domu);
    if (rc && !err[0])
        snprintf(err, err_len, "%s", xlmem_strerror(rc));
    return rc;
}

void request_say_ignored(const char *path, const xlmem_domu *domu)
{
    if (domu->ignored[0])
        cmd_message("%s: xl passes over %s, which it cannot read as a number "
                    "or a list",
                    path, domu->ignored);
}

/* Without Xen xl could only say so as well, and not how to do without. */
static int probe(const cmd_run *run)
{
    xlmem_ctx *ctx;
    int rc = session_is_live(run) ? session_open(run, &ctx) : 0;

    if (!rc && session_is_live(run))
        xlmem_ctx_free(ctx);
    return rc ? cmd_failed(rc) : EXIT_DONE;
}

/* Hardly the name of a file: memory= of xl.cfg has no suffix, and others
 * write 4GB or 4GiB.  Returns how it is written here, or NULL. */
static const char *meant_size(const char *text, char *buf, size_t len)
{
    const size_t nr = strspn(text, "0123456789");
    const char *unit = text + nr;

    if (!nr ||
        (*unit && (!strchr("KMGTkmgt", *unit) ||
                   (strcasecmp(unit + 1, "B") && strcasecmp(unit + 1, "iB")))))
        return NULL;
    snprintf(buf, len, "%.*s%c", (int)nr, text, *unit ? *unit : 'M');
    return buf;
}

static bool is_directory(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int read_cfg(const cmd_run *run, xlmem_domu *domu)
{
    char err[REQUEST_ERR_MAX], size[32];
    int rc, status = probe(run);

    if (status)
        return status;
    rc = request_read(run, run->argv[0], domu, err, sizeof(err));
    if (!rc) {
        request_say_ignored(run->argv[0], domu);
        return EXIT_DONE;
    }
    cmd_message("%s: %s", run->argv[0], err);
    if (is_directory(run->argv[0]) && run->spec->handler == cmd_check)
        cmd_message("for all domains whose files are in it: xl memguard check "
                    "--all %s",
                    run->argv[0]);
    if (meant_size(run->argv[0], size, sizeof(size)))
        cmd_message("a size has a suffix, K, M, G or T: %s", size);
    return cmd_failed(rc);
}

int request_get(const cmd_run *run, xlmem_domu *domu)
{
    const char *what = run->argv[0];
    uint64_t kb;
    int status = EXIT_DONE;

    *domu = (xlmem_domu){.request = {.type = XLMEM_DOM_PVH}};
    if (!xlmem_parse_size_kb(what, &kb))
        XLMEM_SET(&domu->request, memory_kb, kb);
    else
        status = read_cfg(run, domu);
    return status ? status : apply_options(run, &domu->request);
}
