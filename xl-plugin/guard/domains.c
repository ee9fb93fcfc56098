/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The domains that this process has created, or has seen go down to reboot.
 * The reboot of a domU happens in the process that created it: destroy, two
 * seconds' sleep (xl), create with the same uuid.  A domain that ran here a
 * moment ago is not refused.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guard.h"

/* How long a moment is: well above xl's two seconds and the lock it waits
 * for, well below what an administrator takes to think again. */
#define MOMENT_S 30

typedef struct entry {
    struct entry *next;
    guard_domain domain;
    bool left;
    time_t left_s; /* CLOCK_BOOTTIME */
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static entry *entries;

static time_t now_s(void)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

/* Domain ids are used again: of two that run, the older one has gone. */
static void drop_stale(uint32_t domid)
{
    const time_t now = now_s();
    entry **at = &entries;

    while (*at) {
        entry *e = *at;

        if (e->left ? now - e->left_s > MOMENT_S : e->domain.domid == domid) {
            *at = e->next;
            free(e);
        } else {
            at = &e->next;
        }
    }
}

/* One without a uuid could not be told from others when it comes back. */
static entry *make_entry(const guard_domain *domain, bool left)
{
    entry *e = NULL;

    if (strcmp(domain->uuid, GUARD_NO_UUID))
        e = calloc(1, sizeof(*e));
    if (!e)
        return NULL;
    e->domain = *domain;
    e->left = left;
    e->left_s = now_s();
    return e;
}

static void enter(const guard_domain *domain, bool left)
{
    entry *e = make_entry(domain, left);

    pthread_mutex_lock(&lock);
    drop_stale(domain->domid);
    if (e) {
        e->next = entries;
        entries = e;
    }
    pthread_mutex_unlock(&lock);
}

void guard_domain_started(const guard_domain *domain)
{
    enter(domain, false);
}

void guard_domain_left(const guard_domain *domain)
{
    enter(domain, true);
}

bool guard_domain_leaves(uint32_t domid, guard_domain *domain_r)
{
    bool found = false;
    entry *e;

    pthread_mutex_lock(&lock);
    for (e = entries; e && !found; e = e->next) {
        found = !e->left && e->domain.domid == domid;
        if (found) {
            e->left = true;
            e->left_s = now_s();
            *domain_r = e->domain;
        }
    }
    pthread_mutex_unlock(&lock);
    return found;
}

bool guard_domain_returns(const char *uuid)
{
    bool found = false;
    entry *e;

    pthread_mutex_lock(&lock);
    for (e = entries; e && !found; e = e->next) {
        found = e->left && now_s() - e->left_s <= MOMENT_S &&
                !strcmp(e->domain.uuid, uuid);
        if (found)
            e->left_s = now_s() - MOMENT_S - 1;
    }
    pthread_mutex_unlock(&lock);
    return found;
}
