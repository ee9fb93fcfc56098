/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reservations that outlive the call that made them, each with the context it
 * was made in:
 *
 *     GOES_ON   of a create that goes on after its call has returned (ao_how).
 *               Until its domain has its memory, or has gone.
 *     AHEAD     of a domain that is destroyed to be created again.  Until that
 *               create is over, whatever came of it, or its destroy fails.  In
 *               xl, which may wait for its lock, as long as that takes; in a
 *               program with many domains until another create, when
 *               reboot_wait is over, or any call of the guard 10 s later.
 *     ASKED     of a domain whose need a toolstack has asked for, as it does
 *               before its create.  Until that create, the next question or
 *               create of the same thread, or the thread's end; or until
 *               another domain is created here when reboot_wait is over.
 *
 * All end with the process.  The mutex is held for looking at the list, never
 * while libxlmem is called, which may wait for the decision lock.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guard.h"

/* Between a destroy and its create a toolstack that does not wait for others
 * takes seconds (libvirt none, xl 2). */
#define COMES_MS 10000

typedef struct kept {
    struct kept *next;
    guard_held held;
    char uuid[37];
    const guard_library *lib;
    xlmem_ctx *xlmem;
    guard_report report; /* the context's messages go here */
    xlmem_hold *hold;    /* NULL: it comes back, and nothing could be held */
    pthread_t thread;    /* that asked */
    uint64_t since_ms;   /* CLOCK_BOOTTIME */
    bool going;          /* AHEAD: its domain is still being destroyed */
} kept;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept *all;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* set in threads that have asked */
static bool has_key;

static uint64_t holds_clock_ms(void)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void end_kept(kept *k, bool created)
{
    if (k->hold)
        k->lib->xlmem_hold_release(k->xlmem, k->hold, created);
    if (k->xlmem)
        k->lib->xlmem_ctx_free(k->xlmem);
    free(k);
}

static void put_kept(kept *k)
{
    pthread_mutex_lock(&lock);
    k->next = all;
    all = k;
    pthread_mutex_unlock(&lock);
}

/* ----------------------------------------------------------- what goes --- */

typedef struct question {
    const char *uuid; /* of the domain that is looked at; NULL: none */
    uint64_t patience_ms;
} question;

typedef bool chooser(const kept *k, const question *q);

static bool is_of(const kept *k, const char *uuid)
{
    return uuid && !strcmp(k->uuid, uuid);
}

static bool is_my_question(const kept *k)
{
    return k->held.kind == GUARD_HOLD_ASKED &&
           pthread_equal(k->thread, pthread_self());
}

/* Those that @choose chooses, taken out of the list. */
static kept *take_out(chooser *choose, const question *q)
{
    kept **at, *k, *out = NULL;

    pthread_mutex_lock(&lock);
    for (at = &all; (k = *at);) {
        if (!choose(k, q)) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        k->next = out;
        out = k;
    }
    pthread_mutex_unlock(&lock);
    return out;
}

/*
 * xl's monitor waits for one domain, so that what it creates after a destroy
 * is that one, whatever its uuid: parse_config_data makes a new one where the
 * text of `xl config-update` has none (xl_parse.c, 4.14 to 4.20).
 */
static bool is_my_domains(const kept *k)
{
    return k->held.kind == GUARD_HOLD_AHEAD && guard_in_xl() &&
           pthread_equal(k->thread, pthread_self());
}

static bool other_question(const kept *k, const question *q)
{
    return is_my_question(k) && !is_of(k, q->uuid);
}

void guard_holds_forget(const char *uuid)
{
    const question q = {.uuid = uuid};
    kept *k, *next;

    for (k = take_out(other_question, &q); k; k = next) {
        next = k->next;
        end_kept(k, false);
    }
}

/* Without a uuid all that this thread holds ahead. */
static bool is_over_ahead(const kept *k, const question *q)
{
    if (k->held.kind != GUARD_HOLD_AHEAD)
        return false;
    if (q->uuid && is_of(k, q->uuid))
        return true;
    return q->uuid ? is_my_domains(k)
                   : pthread_equal(k->thread, pthread_self());
}

void guard_holds_end_ahead(const char *uuid)
{
    const question q = {.uuid = uuid};
    const bool was_inside = guard_inside();
    kept *k = take_out(is_over_ahead, &q), *next;

    if (!k)
        return;
    guard_step_in();
    for (; k; k = next) {
        next = k->next;
        end_kept(k, false);
    }
    if (!was_inside)
        guard_step_out();
}

void guard_hold_is_gone(const char *uuid)
{
    kept *k;

    pthread_mutex_lock(&lock);
    for (k = all; k; k = k->next)
        if (k->going && is_of(k, uuid)) {
            k->going = false;
            k->since_ms = holds_clock_ms();
        }
    pthread_mutex_unlock(&lock);
}

/* @q without a uuid: it may be that of the create that is about to begin. */
static bool is_due(const kept *k, const question *q)
{
    uint64_t patience_ms = q->patience_ms;

    if (k->held.kind == GUARD_HOLD_GOES_ON)
        return true;
    if (is_of(k, q->uuid) || is_my_domains(k) || k->going)
        return false;
    if (k->held.kind == GUARD_HOLD_AHEAD && !q->uuid)
        patience_ms += COMES_MS;
    else if (!q->uuid)
        return false;
    return holds_clock_ms() - k->since_ms > patience_ms;
}

static bool is_over(kept *k, bool *created)
{
    bool done = false;

    *created = false;
    if (k->held.kind != GUARD_HOLD_GOES_ON)
        return true;
    return !k->lib->xlmem_hold_done(k->xlmem, k->hold, &done, created) && done;
}

void guard_holds_settle(const xlmem_policy *policy, const char *uuid)
{
    const question q = {uuid, policy->reboot_wait_ms};
    kept *k, *next;
    bool created;

    for (k = take_out(is_due, &q); k; k = next) {
        next = k->next;
        if (is_over(k, &created))
            end_kept(k, created);
        else
            put_kept(k);
    }
}

static void thread_ends(void *nothing)
{
    const bool was_inside = guard_inside();

    (void)nothing;
    guard_step_in();
    guard_holds_forget(NULL);
    if (!was_inside)
        guard_step_out();
}

static void make_key(void)
{
    has_key = !pthread_key_create(&key, thread_ends);
}

/* ------------------------------------------------------- what is there --- */

/* The caller's logger may be gone by the time that there is something to be
 * said. */
static void adopt_hold(kept *k, guard_session *session)
{
    k->lib = session->lib;
    k->xlmem = session->xlmem;
    k->report.failing = true;
    if (k->xlmem)
        k->lib->xlmem_ctx_set_log(k->xlmem, guard_log, &k->report);
    session->xlmem = NULL;
}

void guard_hold_keep(guard_session *session, xlmem_hold *hold,
                     const guard_domain *domain, guard_hold_kind kind)
{
    kept *k = calloc(1, sizeof(*k));

    if (!k) {
        if (hold)
            session->lib->xlmem_hold_release(session->xlmem, hold,
                                             kind == GUARD_HOLD_GOES_ON);
        guard_say(&session->report, GUARD_WARN,
                  "out of memory: what is held for %s is not noted",
                  domain->domu.name);
        return;
    }
    k->held = (guard_held){
        .kind = kind,
        .enforced = session->policy.mode == XLMEM_MODE_ENFORCE,
        .need_kb = domain->need_kb,
        .dom0_need_kb = domain->dom0_need_kb,
    };
    k->hold = hold;
    k->since_ms = holds_clock_ms();
    k->going = kind == GUARD_HOLD_AHEAD;
    k->thread = pthread_self();
    memcpy(k->uuid, domain->domu.uuid, sizeof(k->uuid));
    if (hold)
        adopt_hold(k, session);
    if (kind == GUARD_HOLD_ASKED) {
        pthread_once(&once, make_key);
        if (has_key)
            pthread_setspecific(key, k);
    }
    put_kept(k);
}

static bool is_wanted_hold(const kept *k, const char *uuid)
{
    return is_of(k, uuid) &&
           (k->held.kind == GUARD_HOLD_AHEAD || is_my_question(k));
}

/* The link to it.  The newest: what was asked for has taken over what was held
 * ahead. */
static kept **find_wanted(const char *uuid)
{
    kept **at;

    for (at = &all; *at; at = &(*at)->next)
        if (is_wanted_hold(*at, uuid))
            return at;
    for (at = &all; *at && !is_my_domains(*at); at = &(*at)->next)
        ;
    return at;
}

bool guard_hold_awaits(const char *uuid)
{
    bool yes;

    pthread_mutex_lock(&lock);
    yes = *find_wanted(uuid) != NULL;
    pthread_mutex_unlock(&lock);
    return yes;
}

static kept *unlink_wanted(const char *uuid)
{
    kept **at, *k;

    pthread_mutex_lock(&lock);
    at = find_wanted(uuid);
    k = *at;
    if (k)
        *at = k->next;
    pthread_mutex_unlock(&lock);
    return k;
}

bool guard_hold_take(guard_session *session, const char *uuid,
                     guard_held *held_r, xlmem_hold **hold_r)
{
    kept *k = unlink_wanted(uuid);

    if (!k)
        return false;
    *held_r = k->held;
    *hold_r = k->hold;
    if (k->hold) {
        session->lib->xlmem_ctx_free(session->xlmem);
        session->xlmem = k->xlmem;
        session->lib->xlmem_ctx_set_log(k->xlmem, guard_log, &session->report);
    }
    free(k);
    return true;
}
