/* SPDX-License-Identifier: LGPL-2.1-only */
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* No configuration file of a domain is larger. */
#define CFG_MAX_BYTES ((size_t)1 << 20)

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

static int read_cfg(const char *path, xlmem_need_request *request)
{
    char *text = malloc(CFG_MAX_BYTES + 1);
    char err[200] = "";
    size_t len = 0;
    FILE *file;
    int rc = XLMEM_ERROR_NOMEM;

    if (!text)
        goto out;
    file = fopen(path, "re");
    if (file)
        len = fread(text, 1, CFG_MAX_BYTES + 1, file);
    if (!file || ferror(file)) {
        snprintf(err, sizeof(err), "%s", strerror(errno));
        rc = XLMEM_ERROR_IO;
    } else if (len > CFG_MAX_BYTES) {
        rc = XLMEM_ERROR_RANGE;
    } else {
        rc = xlmem_need_from_cfg(text, len, request, err, sizeof(err));
    }
    if (file)
        fclose(file);
out:
    if (rc)
        cmd_message("%s: %s", path, *err ? err : xlmem_strerror(rc));
    free(text);
    return rc ? xlmem_exit_status(rc) : EXIT_DONE;
}

int request_get(const cmd_run *run, xlmem_need_request *request)
{
    const char *what = run->argv[0];
    uint64_t kb;
    int status = EXIT_DONE;

    *request = (xlmem_need_request){.type = XLMEM_DOM_PVH};
    if (!xlmem_parse_size_kb(what, &kb)) {
        XLMEM_SET(request, memory_kb, kb);
        XLMEM_SET(request, vcpus, 1);
    } else
        status = read_cfg(what, request);
    return status ? status : apply_options(run, request);
}
