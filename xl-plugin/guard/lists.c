/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The lists `memguard` of the files that this process has read, until their
 * domains are created.  libxlutil hands a file's settings out by name, and
 * libxl is given only what it knows; so the list is taken aside where the file
 * is read, and found again by the domain's name.  What is in it is judged when
 * the domain is created: a file may be read for other reasons.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"

#define KEY "memguard"

/* Who reads files and creates nothing keeps no more lists than this. */
#define LISTS_MAX 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static guard_list *lists; /* the newest first */

/* libxlutil's configuration that this thread has made last. */
static __thread const void *last;
static __thread char last_source[GUARD_SOURCE_MAX];

void guard_config_made(const void *cfg, const char *source)
{
    last = cfg;
    snprintf(last_source, sizeof(last_source), "%s", source ? source : "");
}

/* What libxlutil has in its list, copied. */
static void copy(guard_list *to, const void *list, int nr,
                 const char *(*item)(const void *, int))
{
    size_t used = 0;
    int i;

    if (nr > GUARD_LIST_ENTRIES) {
        to->wrong = "too many entries";
        return;
    }
    for (i = 0; i < nr; i++) {
        const char *text = item(list, i);
        size_t len = text ? strlen(text) + 1 : 0;

        if (!text)
            to->wrong = "a list in the list";
        else if (len > sizeof(to->text) - used)
            to->wrong = "too long";
        if (to->wrong)
            return;
        to->entries[to->nr++] = memcpy(to->text + used, text, len);
        used += len;
    }
}

/* A new list of a file's; NULL: it has none, or there is no memory. */
static guard_list *read_list(const void *cfg)
{
    int (*get)(const void *, const char *, void **, int *, int) = NULL;
    const char *(*item)(const void *, int) = NULL;
    guard_list *list;
    void *entries;
    int e, nr;

    *(void **)&get = guard_next("xlu_cfg_get_list");
    *(void **)&item = guard_next("xlu_cfg_get_listitem");
    if (!get || !item)
        return NULL;
    e = get(cfg, KEY, &entries, &nr, 1);
    if (e && e != EINVAL)
        return NULL;
    list = calloc(1, sizeof(*list));
    if (list && e)
        list->wrong = "not a list";
    else if (list)
        copy(list, entries, nr, item);
    return list;
}

static guard_list *unlink_list(const char *name)
{
    guard_list **at, *list;

    for (at = &lists; (list = *at); at = &list->next)
        if (!strcmp(list->name, name)) {
            *at = list->next;
            break;
        }
    return list;
}

static void drop_oldest(void)
{
    guard_list **at;
    size_t n = 0;

    for (at = &lists; *at && n < LISTS_MAX; at = &(*at)->next)
        n++;
    free(*at);
    *at = NULL;
}

void guard_config_read(const void *cfg)
{
    int (*get)(const void *, const char *, const char **, int) = NULL;
    const char *name;
    char cut[GUARD_NAME_MAX];
    guard_list *list;

    *(void **)&get = guard_next("xlu_cfg_get_string");
    if (!get || get(cfg, "name", &name, 1))
        return;
    snprintf(cut, sizeof(cut), "%s", name);
    list = read_list(cfg);
    if (list) {
        memcpy(list->name, cut, sizeof(cut));
        if (cfg == last)
            memcpy(list->source, last_source, sizeof(last_source));
    }
    /* The file that was read last counts, also when it has none. */
    free(guard_list_take(cut));
    guard_list_keep(list);
}

guard_list *guard_list_take(const char *name)
{
    guard_list *list;

    pthread_mutex_lock(&lock);
    list = unlink_list(name);
    pthread_mutex_unlock(&lock);
    return list;
}

void guard_list_keep(guard_list *list)
{
    if (!list)
        return;
    pthread_mutex_lock(&lock);
    list->next = lists;
    lists = list;
    drop_oldest();
    pthread_mutex_unlock(&lock);
}
