/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any boot file: an edit has our word where it counts, once, changes no other
 * word that counts, and is what a second one leaves alone; taken out again,
 * none is left.  The other readers of the editor come through.
 */
#include "fuzz.h"

#include "boot/dropin.h"
#include "boot/efi.h"
#include "boot/entries.h"
#include "boot/intent.h"
#include "boot/record.h"
#include "codec/capture/texts.h"

#define WORD "dom0_mem=2G,max:2G"

/* All words that count but dom0_mem=, a blank between them; how many ours. */
static char *other_words(xlmem__str text, size_t *ours_r, size_t *all_r)
{
    xlmem__grub_values values;
    xlmem__where where;
    xlmem__str both, word;
    char *joined, *words;
    size_t at = 0;
    bool ended = false;

    *ours_r = *all_r = 0;
    FUZZ_CHECK(!xlmem__grub_values_of(text, &values, &where));
    joined = calloc(values.always.len + values.default_.len + 2, 1);
    words = calloc(values.always.len + values.default_.len + 3, 1);
    FUZZ_CHECK(joined && words);
    if (values.always.p)
        strcat(joined, values.always.p);
    strcat(joined, " ");
    if (values.default_.p)
        strcat(joined, values.default_.p);
    both = (xlmem__str){joined, strlen(joined)};
    while (xlmem__next_boot_word(both, XLMEM__GRUB_BLANKS, &at, &word)) {
        ended = ended || xlmem__str_is(word, "--");
        if (!ended && xlmem__is_dom0_mem(word)) {
            ++*all_r;
            *ours_r += xlmem__str_is(word, WORD);
            continue;
        }
        strcat(words, " ");
        strncat(words, word.p, word.len);
    }
    free(joined);
    xlmem__grub_values_dispose(&values);
    return words;
}

/* What is not a value of Xen's variables is there as before, and behind it a
 * line at most. */
static void check_rest(xlmem__str text, xlmem__str edited)
{
    xlmem__grub_values was, is;
    xlmem__where where;
    const char *p = text.p, *q = edited.p;
    size_t i, len;

    FUZZ_CHECK(!xlmem__grub_values_of(text, &was, &where));
    FUZZ_CHECK(!xlmem__grub_values_of(edited, &is, &where));
    FUZZ_CHECK(is.nr == was.nr || is.nr == was.nr + 1);
    for (i = 0; i < was.nr; i++) {
        len = (size_t)(was.assigned[i].written.p - p);
        FUZZ_CHECK(len == (size_t)(is.assigned[i].written.p - q) &&
                   !memcmp(p, q, len));
        p += len + was.assigned[i].written.len;
        q += len + is.assigned[i].written.len;
    }
    len = (size_t)(text.p + text.len - p);
    FUZZ_CHECK(len <= (size_t)(edited.p + edited.len - q) &&
               !memcmp(p, q, len));
    xlmem__grub_values_dispose(&was);
    xlmem__grub_values_dispose(&is);
}

static void check_words(xlmem__str text, xlmem__str edited, size_t want)
{
    size_t ours, all;
    char *before = other_words(text, &ours, &all);
    char *after = other_words(edited, &ours, &all);

    FUZZ_CHECK(!strcmp(before, after));
    FUZZ_CHECK(ours == want && all == want);
    check_rest(text, edited);
    free(before);
    free(after);
}

static void check_inline(xlmem__str text)
{
    boot_edit edit, again;
    xlmem__str edited;

    if (boot_edit_inline(text, WORD, &edit)) {
        FUZZ_CHECK(!edit.text && edit.where.text[0]);
        return;
    }
    edited = (xlmem__str){edit.text, edit.len};
    check_words(text, edited, 1);
    FUZZ_CHECK(!boot_edit_inline(edited, WORD, &again));
    FUZZ_CHECK(again.len == edit.len &&
               !memcmp(again.text, edit.text, edit.len));
    boot_edit_dispose(&again);
    if (!boot_edit_inline(edited, "", &again)) {
        check_words(text, (xlmem__str){again.text, again.len}, 0);
        boot_edit_dispose(&again);
    }
    boot_edit_dispose(&edit);
}

static void check_efi(xlmem__str text)
{
    boot_edit edit, again;
    xlmem__str chain;

    (void)boot_efi_boots(text, boot_efi_default(text), &chain);
    if (boot_edit_efi(text, WORD, &edit))
        return;
    FUZZ_CHECK(
        !boot_edit_efi((xlmem__str){edit.text, edit.len}, WORD, &again));
    FUZZ_CHECK(again.len == edit.len &&
               !memcmp(again.text, edit.text, edit.len));
    boot_edit_dispose(&again);
    boot_edit_dispose(&edit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_text(data, size), *drop;
    const xlmem__str text = {copy, size};
    boot_entries entries;
    boot_intent intent;
    boot_record record;
    xlmem__str word;

    check_inline(text);
    check_efi(text);
    FUZZ_CHECK(!boot_entries_of(text, &entries));
    boot_judge_entries(&entries, WORD, NULL);
    boot_find_entry(&entries, "0");
    boot_entries_dispose(&entries);
    if (boot_intent_parse(text, &intent)) {
        drop = boot_intent_text(&intent);
        FUZZ_CHECK(
            boot_intent_parse((xlmem__str){drop, strlen(drop)}, &intent));
        free(drop);
    }
    (void)boot_record_parse(text, &record);
    drop = boot_drop_in_text(WORD, copy);
    FUZZ_CHECK(boot_drop_in_word((xlmem__str){drop, strlen(drop)}, &word));
    FUZZ_CHECK(xlmem__str_is(word, WORD));
    free(drop);
    free(copy);
    return 0;
}
