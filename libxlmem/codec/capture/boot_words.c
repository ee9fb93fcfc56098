/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/boot_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/facts.h"
#include "model/dom0mem.h"

#define NAME "dom0_mem"

static bool is_among(char c, const char *set)
{
    return c && strchr(set, c);
}

bool xlmem__is_dom0_mem(xlmem__str word)
{
    xlmem__skip(&word, "no-");
    return xlmem__skip(&word, NAME) && (!word.len || *word.p == '=');
}

bool xlmem__boot_word_is_valid(const char *word)
{
    xlmem__str value = {word, strlen(word)};
    xlmem__dom0mem spec;

    if (value.len >= XLMEM__BOOT_WORD_MAX || !xlmem__skip(&value, NAME "="))
        return false;
    memset(&spec, 0, sizeof(spec));
    xlmem__dom0mem_take(value, false, &spec);
    return value.len && !spec.rejected &&
           strspn(value.p, "0123456789abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ,:+-%") == value.len;
}

bool xlmem__next_boot_word(xlmem__str text, const char *blanks, size_t *at,
                           xlmem__str *word_r)
{
    while (*at < text.len && is_among(text.p[*at], blanks))
        ++*at;
    *word_r = (xlmem__str){text.p + *at, 0};
    while (*at < text.len && !is_among(text.p[*at], blanks)) {
        ++*at;
        word_r->len++;
    }
    return word_r->len != 0;
}

/* ------------------------------------------------------------- plans --- */

static bool add_change(xlmem__boot_part *part, size_t at, size_t len,
                       const char *put)
{
    xlmem__boot_change *change;

    if (part->nr == XLMEM__BOOT_CHANGES_MAX)
        return false;
    change = &part->changes[part->nr++];
    change->at = at;
    change->len = len;
    snprintf(change->put, sizeof(change->put), "%s", put);
    return true;
}

/* The word goes, and one of the blanks around it. */
static bool remove_word(xlmem__boot_part *part, const char *blanks, size_t at,
                        size_t len)
{
    const xlmem__boot_change *last =
        part->nr ? &part->changes[part->nr - 1] : NULL;

    if (at + len < part->text.len && is_among(part->text.p[at + len], blanks))
        len++;
    else if (at && (!last || last->at + last->len < at)) {
        at--;
        len++;
    }
    return add_change(part, at, len, "");
}

static bool take_old_word(xlmem__boot_part *part, const char *blanks,
                          xlmem__str word, const char *put)
{
    size_t at = (size_t)(word.p - part->text.p);

    if (part->nr_old == XLMEM__BOOT_CHANGES_MAX)
        return false;
    part->old[part->nr_old++] = word;
    if (!*put)
        return remove_word(part, blanks, at, word.len);
    return xlmem__str_is(word, put) || add_change(part, at, word.len, put);
}

/* Up to "--", which the joined line has between blanks in any case: GRUB puts
 * words around it. */
static bool plan_part(xlmem__boot_part *part, const char *blanks,
                      const char *word, bool *placed)
{
    xlmem__str each;
    size_t at = 0;

    part->nr = part->nr_old = 0;
    part->ended = false;
    part->end = part->text.len;
    while (xlmem__next_boot_word(part->text, blanks, &at, &each)) {
        if (xlmem__str_is(each, "--")) {
            part->end = (size_t)(each.p - part->text.p);
            part->ended = true;
            return true;
        }
        if (!xlmem__is_dom0_mem(each))
            continue;
        if (!take_old_word(part, blanks, each, *placed ? "" : word))
            return false;
        *placed = true;
    }
    return true;
}

/* Behind all that is Xen's, with a blank where there is none. */
static bool insert_word(xlmem__boot_part *part, const char *blanks,
                        const char *word)
{
    const size_t at = part->end;
    char put[XLMEM__BOOT_WORD_MAX + 2];

    snprintf(put, sizeof(put), "%s%s%s",
             at && !is_among(part->text.p[at - 1], blanks) ? " " : "", word,
             at < part->text.len ? " " : "");
    return add_change(part, at, 0, put);
}

bool xlmem__plan_boot_line(xlmem__boot_part *parts, size_t nr,
                           const char *blanks, const char *word)
{
    bool placed = false;
    size_t i, last = 0;

    for (i = 0; i < nr; i++) {
        parts[i].nr = parts[i].nr_old = 0;
        last = i;
        if (!plan_part(&parts[i], blanks, word, &placed))
            return false;
        if (parts[i].ended)
            break;
    }
    for (i++; i < nr; i++)
        parts[i].nr = parts[i].nr_old = 0;
    return placed || !*word || insert_word(&parts[last], blanks, word);
}

char *xlmem__render_boot_part(const xlmem__boot_part *part)
{
    char *text =
        malloc(part->text.len + part->nr * (XLMEM__BOOT_WORD_MAX + 2) + 1);
    size_t i, at = 0, len = 0;

    for (i = 0; text && i < part->nr; i++) {
        const xlmem__boot_change *change = &part->changes[i];

        memcpy(text + len, part->text.p + at, change->at - at);
        len += change->at - at;
        memcpy(text + len, change->put, strlen(change->put));
        len += strlen(change->put);
        at = change->at + change->len;
    }
    if (text) {
        memcpy(text + len, part->text.p + at, part->text.len - at);
        text[len + part->text.len - at] = '\0';
    }
    return text;
}
