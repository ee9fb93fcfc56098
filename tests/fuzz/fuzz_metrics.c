/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domain has any name: in both forms its sample stays one line, of valid
 * UTF-8 in which nothing is invisible, whose label ends where it should.  And
 * the file of what was seen of balloons may be any text: what is read of it is
 * in order, and written as it was read.
 *
 * The input: a name, NUL, such a file.
 */
#include "fuzz.h"

#include "metrics/balloons.h"
#include "metrics/exposition.h"
#include "private/printable.h"

/* What follows a label's value, which begins at @text; NULL: it does not
 * end. */
static const char *skip_label(const char *text)
{
    for (; *text && *text != '"'; text++) {
        if (*text != '\\')
            continue;
        text++;
        FUZZ_CHECK(*text == '\\' || *text == '"' || *text == 'n');
    }
    return *text ? text + 1 : NULL;
}

static void check_sample(const char *name, exposition_format format)
{
    static const metric_family family = {
        "x_bytes", METRIC_GAUGE, "bytes", {"domain", "kind"}, "What."};
    char *text = NULL;
    const char *at;
    size_t len, i, used, nr = 0;
    unsigned code = 0;
    FILE *file = open_memstream(&text, &len);
    exposition e;

    FUZZ_CHECK(file);
    exposition_begin(&e, file, format);
    exposition_family(&e, &family);
    put_kb(&e, 4, LABELS(name, "current"));
    exposition_end(&e);
    FUZZ_CHECK(!fclose(file));
    for (i = 0; i < len; i += used) {
        used = xlmem_utf8_char(text + i, &code);
        FUZZ_CHECK(used && (code == '\n' || !xlmem_is_invisible(code)));
        nr += code == '\n';
    }
    FUZZ_CHECK(nr == (format == EXPOSITION_PROMETHEUS ? 3 : 5));
    at = strstr(text, "\nx_bytes{domain=\"");
    FUZZ_CHECK(at);
    at = skip_label(at + strlen("\nx_bytes{domain=\""));
    FUZZ_CHECK(at && !strncmp(at, ",kind=\"current\"} 4096\n", 22));
    free(text);
}

static void check_sights(const uint8_t *data, size_t size)
{
    balloon_sights sights;
    char *text = NULL;
    size_t len, i;
    FILE *file;

    if (!size)
        return;
    file = fmemopen((void *)(uintptr_t)data, size, "r");
    FUZZ_CHECK(file);
    balloons_read(file, &sights);
    fclose(file);
    for (i = 1; i < sights.nr; i++)
        FUZZ_CHECK(sights.list[i - 1].domid < sights.list[i].domid);
    file = open_memstream(&text, &len);
    FUZZ_CHECK(file);
    balloons_write(&sights, file);
    FUZZ_CHECK(!fclose(file));
    FUZZ_CHECK(len <= size);
    free(sights.list);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *name = fuzz_text(data, size);
    const size_t len = strlen(name);

    check_sample(name, EXPOSITION_PROMETHEUS);
    check_sample(name, EXPOSITION_OPENMETRICS);
    if (len < size)
        check_sights(data + len + 1, size - len - 1);
    free(name);
    return 0;
}
