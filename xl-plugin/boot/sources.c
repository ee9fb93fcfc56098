/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files before ours say, as grub-mkconfig reads them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/change.h"
#include "boot/dropin.h"
#include "codec/capture/texts.h"
#include "sys/root.h"
#include "sys/text.h"

static int add_source(const boot_tree *tree, const char *path,
                      xlmem__text *all)
{
    xlmem__str text;
    boot_msg msg;
    int rc = boot_tree_read(tree, path, &text, &msg);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    rc = xlmem__text_add(all, text);
    if (!rc)
        rc = xlmem__text_add(all, (xlmem__str){"\n", 1});
    free((char *)(uintptr_t)text.p);
    return rc;
}

static int by_source_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_source(const char *name)
{
    size_t len = strlen(name);

    return len > 4 && name[0] != '.' && !strcmp(name + len - 4, ".cfg") &&
           strcmp(name, BOOT_DROP_IN_NAME);
}

static int add_folder(const boot_tree *tree, xlmem__text *all)
{
    char **names, path[BOOT_PATH_MAX];
    size_t nr, i;
    int rc = xlmem__root_list(tree->fd, BOOT_DROP_IN_DIR, &names, &nr);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    qsort(names, nr, sizeof(names[0]), by_source_name);
    for (i = 0; i < nr && !rc; i++) {
        if (!is_source(names[i]))
            continue;
        snprintf(path, sizeof(path), BOOT_DROP_IN_DIR "/%s", names[i]);
        rc = add_source(tree, path, all);
    }
    xlmem__free_names(names, nr);
    return rc;
}

static char *words_of(xlmem__str text)
{
    xlmem__grub_values values;
    xlmem__where where;
    xlmem__boot_part parts[2];
    char *words = NULL;

    if (xlmem__grub_values_of(text, &values, &where))
        return NULL;
    parts[0].text = (xlmem__str){values.always.p ? values.always.p : "",
                                 values.always.len};
    parts[1].text = (xlmem__str){values.default_.p ? values.default_.p : "",
                                 values.default_.len};
    if (xlmem__plan_boot_line(parts, 2, XLMEM__GRUB_BLANKS, ""))
        words = boot_join_words(parts, 2);
    xlmem__grub_values_dispose(&values);
    return words;
}

char *boot_find_words(const boot_tree *tree, const boot_host *host)
{
    xlmem__text all = {.p = NULL};
    char *words = NULL;
    int rc = add_source(tree, "etc/default/grub", &all);

    if (!rc && host->kind == BOOT_KIND_DROP_IN)
        rc = add_folder(tree, &all);
    if (!rc)
        words = words_of((xlmem__str){all.p ? all.p : "", all.len});
    xlmem__text_dispose(&all);
    return words;
}
