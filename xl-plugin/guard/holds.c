/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reservations that outlive the call that made them, each with the context it
 * was made in: of a create that goes on after its call has returned (ao_how),
 * and for a domain that was destroyed to be created again.  They end with the
 * process at the latest, and otherwise with the next call of the guard in it.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guard.h"

typedef struct kept {
    struct kept *next;
    const guard_library *lib;
    xlmem_ctx *xlmem;
    guard_report report; /* the context's messages go here */
    xlmem_hold *hold;
    char uuid[37];
    bool ahead;
    uint64_t since_ms;
} kept;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept *all;

static uint64_t now_ms(void)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void guard_hold_keep(guard_session *session, xlmem_hold *hold,
                     const char *uuid, bool ahead)
{
    kept *k = calloc(1, sizeof(*k));

    if (!k) {
        session->lib->xlmem_release(session->xlmem, hold, !ahead);
        return;
    }
    k->lib = session->lib;
    k->xlmem = session->xlmem;
    k->hold = hold;
    k->ahead = ahead;
    k->since_ms = now_ms();
    memcpy(k->uuid, uuid, sizeof(k->uuid));
    /* The caller's logger may be gone by then. */
    k->report.failing = true;
    k->lib->xlmem_ctx_set_log(k->xlmem, guard_log, &k->report);
    session->xlmem = NULL;
    pthread_mutex_lock(&lock);
    k->next = all;
    all = k;
    pthread_mutex_unlock(&lock);
}

xlmem_hold *guard_hold_take(guard_session *session, const char *uuid)
{
    xlmem_hold *hold = NULL;
    kept **at, *k;

    pthread_mutex_lock(&lock);
    for (at = &all; (k = *at); at = &k->next)
        if (k->ahead && !strcmp(k->uuid, uuid)) {
            *at = k->next;
            break;
        }
    pthread_mutex_unlock(&lock);
    if (!k)
        return NULL;
    session->lib->xlmem_ctx_free(session->xlmem);
    session->xlmem = k->xlmem;
    session->lib->xlmem_ctx_set_log(k->xlmem, guard_log, &session->report);
    hold = k->hold;
    free(k);
    return hold;
}

static bool is_over(kept *k, const xlmem_policy *policy, bool *created)
{
    bool done = false;

    *created = false;
    if (k->ahead)
        return now_ms() - k->since_ms > policy->reboot_wait_ms;
    return !k->lib->xlmem_hold_done(k->xlmem, k->hold, &done, created) && done;
}

void guard_holds_settle(const xlmem_policy *policy)
{
    kept **at, *k;
    bool created;

    pthread_mutex_lock(&lock);
    for (at = &all; (k = *at);) {
        if (!is_over(k, policy, &created)) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        k->lib->xlmem_release(k->xlmem, k->hold, created);
        k->lib->xlmem_ctx_free(k->xlmem);
        free(k);
    }
    pthread_mutex_unlock(&lock);
}
