/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any file, edited as memguard.conf, as memguard.mode and as boot files:
 * without an edit it is as it was, what is put is read again, and all before
 * and behind it is kept.
 */
#include "fuzz.h"

#include "codec/capture/texts.h"
#include "codec/conf.h"
#include "private/guard.h"

static void check_unedited(xlmem__str text)
{
    const xlmem__edit edit = xlmem__edit_of(text);
    char *buf;
    size_t len;

    FUZZ_CHECK(!xlmem__edit_render(&edit, &buf, &len));
    FUZZ_CHECK(len == text.len && !memcmp(buf, text.p, len));
    free(buf);
}

static xlmem_policy policy_of(const char *buf, size_t len)
{
    xlmem_policy_report report;
    xlmem_policy policy;
    xlmem__conf conf;

    xlmem__conf_start(&conf, NULL, &report);
    xlmem__conf_text(&conf, "conf", buf, len);
    xlmem__conf_end(&conf, &policy);
    return policy;
}

static void check_conf(xlmem__str text)
{
    const size_t key = xlmem__conf_find((xlmem__str){"wait", 4});
    xlmem__edit edit = xlmem__edit_of(text);
    char line[XLMEM__CONF_LINE_MAX], *buf;
    xlmem_policy before = policy_of(text.p, text.len), after;
    size_t len;

    FUZZ_CHECK(!xlmem__conf_put(&edit, key, (xlmem__str){"4711", 4}, line));
    FUZZ_CHECK(!xlmem__edit_render(&edit, &buf, &len));
    after = policy_of(buf, len);
    FUZZ_CHECK(after.wait_ms == 4711000);
    FUZZ_CHECK(after.mode == before.mode);
    FUZZ_CHECK(after.reboot_wait_ms == before.reboot_wait_ms);
    FUZZ_CHECK(after.dom0_floor_kb == before.dom0_floor_kb);
    free(buf);
}

static void check_mode(xlmem__str text)
{
    xlmem_policy_report report;
    xlmem_policy policy;
    xlmem__conf conf;
    char *buf;
    size_t len;

    FUZZ_CHECK(!xlmem_mode_edit(text.p, text.len, XLMEM_MODE_OFF, &buf, &len));
    xlmem__conf_start(&conf, NULL, &report);
    xlmem__mode_text(&conf, "mode", buf, len);
    xlmem__conf_end(&conf, &policy);
    FUZZ_CHECK(!report.nr && policy.mode == XLMEM_MODE_OFF);
    free(buf);
}

/* A span of the text, with all of it kept around what is put there. */
static void check_span(xlmem__str text, xlmem__str span)
{
    static const char put[] = "'dom0_mem=1G'";
    xlmem__edit edit = xlmem__edit_of(text);
    size_t head = (size_t)(span.p - text.p), tail, len;
    char *buf;

    FUZZ_CHECK(span.p >= text.p && head + span.len <= text.len);
    tail = text.len - head - span.len;
    FUZZ_CHECK(
        !xlmem__edit_replace(&edit, span, (xlmem__str){put, strlen(put)}));
    FUZZ_CHECK(!xlmem__edit_render(&edit, &buf, &len));
    FUZZ_CHECK(len == head + strlen(put) + tail);
    FUZZ_CHECK(!memcmp(buf, text.p, head));
    FUZZ_CHECK(!memcmp(buf + head, put, strlen(put)));
    FUZZ_CHECK(!memcmp(buf + len - tail, span.p + span.len, tail));
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_text(data, size);
    const xlmem__str text = {copy, size};
    const bool is_text = !memchr(copy, '\0', size);
    xlmem__where where = {.line = 0};
    xlmem__grub_values values;
    xlmem__str span;

    check_unedited(text);
    if (is_text && size < XLMEM__CONF_MAX_BYTES / 2)
        check_conf(text);
    check_mode(text);
    if (!xlmem__grub_values_of(text, &values, &where)) {
        if (values.always.p)
            check_span(text, values.always.written);
        xlmem__grub_values_dispose(&values);
    }
    if (xlmem__find_efi_options(text, &span))
        check_span(text, span);
    free(copy);
    return 0;
}
