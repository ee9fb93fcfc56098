/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"

static bool take_record_text(const xlmem__json *root, const char *key,
                             char *to, size_t room)
{
    const xlmem__json *node = xlmem__json_get(root, key);

    *to = '\0';
    if (!node || node->type == XLMEM__JSON_NULL)
        return node != NULL;
    return node->type == XLMEM__JSON_STRING && node->text.len < room &&
           snprintf(to, room, "%.*s", (int)node->text.len, node->text.p) >= 0;
}

bool boot_record_parse(xlmem__str text, boot_record *record_r)
{
    const xlmem__json *matches;
    xlmem__where where = {.line = 0};
    xlmem__json_doc doc;
    boot_record record = {.answer = ""};
    bool ok;

    if (xlmem__json_parse(text.p, text.len, &doc, &where))
        return false;
    matches = xlmem__json_get(doc.root, "matches_intent");
    ok = matches && matches->type == XLMEM__JSON_BOOL &&
         take_record_text(doc.root, "answer", record.answer,
                          sizeof(record.answer)) &&
         *record.answer &&
         take_record_text(doc.root, "reason", record.reason,
                          sizeof(record.reason));
    if (ok) {
        record.matches = matches->yes;
        *record_r = record;
    }
    xlmem__json_dispose(&doc);
    return ok;
}

bool boot_record_read(const boot_tree *tree, boot_record *record_r)
{
    xlmem__str text;
    boot_msg msg = {.text = ""};
    bool ok;

    if (boot_tree_read(tree, BOOT_RECORD, &text, &msg))
        return false;
    ok = boot_record_parse(text, record_r);
    free((char *)(uintptr_t)text.p);
    return ok;
}
