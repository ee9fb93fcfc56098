/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * grub-mkconfig asks "test -f" before it reads /etc/default/grub, and Debian's
 * no more than "test -e" before a *.cfg (2.04 to 2.12): it reads a FIFO, too,
 * and waits there until somebody writes to it.
 */
#include "boot/source_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "boot/dropin.h"
#include "sys/root.h"

/* Linux Documentation/admin-guide/devices.txt: 1 char, 3 = /dev/null. */
#define NULL_MAJOR 1
#define NULL_MINOR 3

void boot_free_sources(boot_sources *sources)
{
    size_t i;

    for (i = 0; i < sources->nr; i++)
        free(sources->files[i].path);
    free(sources->files);
    xlmem__text_dispose(&sources->all);
}

static int name_source(boot_sources *sources, const char *path, size_t at)
{
    boot_source *grown =
        realloc(sources->files, (sources->nr + 1) * sizeof(*grown));

    if (!grown)
        return XLMEM_ERROR_NOMEM;
    sources->files = grown;
    grown[sources->nr].at = at;
    grown[sources->nr].path = strdup(path);
    if (!grown[sources->nr].path)
        return XLMEM_ERROR_NOMEM;
    sources->nr++;
    return 0;
}

/* All of it or nothing. */
static int keep_source(boot_sources *sources, const char *path,
                       xlmem__str text)
{
    const size_t at = sources->all.len;
    int rc = xlmem__text_add(&sources->all, text);

    if (!rc)
        rc = xlmem__text_add(&sources->all, (xlmem__str){"\n", 1});
    if (!rc)
        rc = name_source(sources, path, at);
    if (rc)
        sources->all.len = at;
    return rc;
}

static int add_source(const boot_tree *tree, const char *path,
                      boot_sources *sources)
{
    boot_msg msg = {.text = ""};
    xlmem__str text;
    int rc = boot_tree_read(tree, path, &text, &msg);

    if (rc)
        return rc;
    rc = keep_source(sources, path, text);
    free((char *)(uintptr_t)text.p);
    return rc;
}

/* A *.cfg that leads there is one that somebody has taken out of use. */
static bool is_null_device(const boot_tree *tree, const char *path)
{
    struct stat st;

    return !fstatat(tree->fd, path, &st, 0) && S_ISCHR(st.st_mode) &&
           st.st_rdev == makedev(NULL_MAJOR, NULL_MINOR);
}

/* With what ends it, for a person. */
static const char *why_unread(int rc)
{
    if (rc == XLMEM_ERROR_SPECIAL)
        return "it is a FIFO, a socket or a device, which GRUB's generator "
               "reads as it does a file, and may wait for without end: take "
               "it away";
    if (rc == XLMEM_ERROR_PERM)
        return "this user may not read it, and it is root who runs GRUB's "
               "generator: ask again as root";
    return boot_tree_why(rc);
}

/* @rc: why a file has no text.  One that "test" says is not there has none for
 * a shell, either; a folder: dash passes over it, and where sh is bash the
 * generator ends there, and tells. */
static int pass_unread(const boot_tree *tree, const char *path, int rc,
                       boot_sources *sources)
{
    if (rc == XLMEM_ERROR_NOMEM)
        return rc;
    if (rc == XLMEM_ERROR_NOTFOUND || rc == XLMEM_ERROR_DIRECTORY ||
        rc == XLMEM_ERROR_LOOP || *sources->stuck ||
        is_null_device(tree, path))
        return 0;
    snprintf(sources->stuck, sizeof(sources->stuck), "%s", path);
    sources->why = why_unread(rc);
    return 0;
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

static int add_folder(const boot_tree *tree, boot_sources *sources)
{
    char **names, path[BOOT_PATH_MAX];
    size_t nr, i;
    int rc = xlmem__root_list(tree->fd, BOOT_DROP_IN_DIR, &names, &nr);

    if (rc)
        return pass_unread(tree, BOOT_DROP_IN_DIR, rc, sources);
    qsort(names, nr, sizeof(names[0]), by_source_name);
    for (i = 0; i < nr && !rc; i++) {
        if (!is_source(names[i]))
            continue;
        snprintf(path, sizeof(path), BOOT_DROP_IN_DIR "/%s", names[i]);
        rc = add_source(tree, path, sources);
        if (rc)
            rc = pass_unread(tree, path, rc, sources);
        if (strcmp(names[i], BOOT_DROP_IN_NAME) < 0)
            sources->behind = sources->all.len;
    }
    xlmem__free_names(names, nr);
    return rc;
}

int boot_read_sources(const boot_tree *tree, const boot_host *host,
                      boot_sources *sources_r)
{
    static const char defaults[] = "etc/default/grub";
    int rc;

    memset(sources_r, 0, sizeof(*sources_r));
    rc = add_source(tree, defaults, sources_r);
    if (rc == XLMEM_ERROR_SPECIAL)
        rc = 0;
    else if (rc)
        rc = pass_unread(tree, defaults, rc, sources_r);
    sources_r->behind = sources_r->all.len;
    if (!rc && host->kind == BOOT_KIND_DROP_IN)
        rc = add_folder(tree, sources_r);
    if (rc)
        boot_free_sources(sources_r);
    return rc;
}

xlmem__str boot_all_sources(const boot_sources *sources)
{
    return (xlmem__str){sources->all.p ? sources->all.p : "",
                        sources->all.len};
}

xlmem__str boot_before_ours(const boot_sources *sources)
{
    return (xlmem__str){boot_all_sources(sources).p, sources->behind};
}

xlmem__str boot_source_text(const boot_sources *sources, size_t i)
{
    const size_t at = sources->files[i].at;
    const size_t next =
        i + 1 < sources->nr ? sources->files[i + 1].at : sources->all.len;

    return (xlmem__str){boot_all_sources(sources).p + at, next - at - 1};
}

xlmem__file_line boot_source_place(const boot_sources *sources, const char *p,
                                   xlmem__str word)
{
    xlmem__file_line place = {.line = 1, .word = word};
    size_t at = (size_t)(p - sources->all.p), i, begin = 0;

    for (i = 0; i < sources->nr && sources->files[i].at <= at; i++) {
        place.file = sources->files[i].path;
        begin = sources->files[i].at;
    }
    for (i = begin; i < at; i++)
        place.line += sources->all.p[i] == '\n';
    return place;
}
