/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Others' text on a page: whatever a guest, a process or a log line is called,
 * the page has the same tags and attributes as if all had been called "x", and
 * no byte on it controls anything.
 */
#include "fuzz.h"

#include "output/doctor_page.h"
#include "output/page.h"

#define PARTS 5

/* The input cut at its NULs, into as many texts as a page has owners of. */
typedef struct page_texts {
    char text[PARTS][160];
} page_texts;

static void cut_texts(page_texts *texts, const uint8_t *data, size_t size)
{
    size_t i, part = 0, len = 0;

    memset(texts, 0, sizeof(*texts));
    for (i = 0; i < size && part < PARTS; i++) {
        if (!data[i]) {
            part++;
            len = 0;
        } else if (len + 1 < sizeof(texts->text[0])) {
            texts->text[part][len++] = (char)data[i];
        }
    }
}

static void check_entities(const char *text)
{
    static const char *const known[] = {"&lt;",   "&gt;",  "&amp;",
                                        "&quot;", "&#39;", "&middot;"};
    const char *p;
    size_t i;

    for (p = text; *p; p++) {
        FUZZ_CHECK((unsigned char)*p >= 0x20 || *p == '\n');
        FUZZ_CHECK(*p != 0x7f);
        if (*p != '&')
            continue;
        for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (!strncmp(p, known[i], strlen(known[i])))
                break;
        FUZZ_CHECK(i < sizeof(known) / sizeof(known[0]));
    }
}

static void count_marks(const char *text, size_t marks[3])
{
    memset(marks, 0, 3 * sizeof(*marks));
    for (; *text; text++) {
        marks[0] += *text == '<';
        marks[1] += *text == '>';
        marks[2] += *text == '"';
    }
}

static void set_finding(xlmem_findings *found, const char *subject,
                        const char *text)
{
    xlmem_finding *finding = &found->list[0];

    memset(found, 0, sizeof(*found));
    found->nr = 1;
    finding->id = "xenstored-quota";
    finding->severity = XLMEM_SEV_WARNING;
    snprintf(finding->subject, sizeof(finding->subject), "%.100s",
             *subject ? subject : "x");
    snprintf(finding->text, sizeof(finding->text), "%s", text);
}

static char *make_page(page_texts *texts)
{
    xlmem_dom dom = {.domid = 7, .name = texts->text[0]};
    xlmem_host host;
    xlmem_vitals vitals;
    xlmem_scene scene = {.host = &host, .vitals = &vitals};
    static xlmem_findings found;
    const doctor_page page = {&scene, &found, NULL};
    char *out = NULL;
    size_t len;
    FILE *file = open_memstream(&out, &len);

    FUZZ_CHECK(file);
    xlmem_host_init(&host);
    xlmem_vitals_init(&vitals);
    XLMEM_SET(&dom, tot_kb, 4096);
    host.nr_doms = 1;
    host.doms = &dom;
    host.xen_version = texts->text[1];
    XLMEM_SET(&vitals.mem, mem_total_kb, 65536);
    vitals.procs.nr_largest = 1;
    memcpy(vitals.procs.largest[0].comm, texts->text[2], XLMEM_COMM_MAX - 1);
    set_finding(&found, texts->text[3], texts->text[4]);
    FUZZ_CHECK(!doctor_page_write(&page, file));
    FUZZ_CHECK(!fclose(file));
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t theirs[3], plain[3];
    page_texts texts;
    char *page, *body;
    int i;

    cut_texts(&texts, data, size);
    page = make_page(&texts);
    body = strstr(page, "<body>");
    FUZZ_CHECK(body);
    check_entities(body);
    count_marks(page, theirs);
    for (i = 0; i < PARTS; i++)
        snprintf(texts.text[i], sizeof(texts.text[i]), "x");
    free(page);
    page = make_page(&texts);
    count_marks(page, plain);
    for (i = 0; i < 3; i++)
        FUZZ_CHECK(theirs[i] == plain[i]);
    free(page);
    return 0;
}
