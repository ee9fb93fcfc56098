/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the live module changes on the host: memory targets and the ledger.
 *
 * Targets go through libxl, which keeps xenstore's nodes, Xen's ceiling and
 * populate-on-demand together.  Three things it does not see to (Xen 4.14 to
 * 4.20):
 *
 *  - An absolute target is meant with the video RAM, and the node is written
 *    without it.
 *  - dom0's nodes do not exist before its target is set for the first time;
 *    libxl makes them, from what dom0 has then.
 *  - dom0's balloon sleeps when it is given the target that it has already
 *    and did not reach; it wakes for one that differs by a page.
 *
 * And dom0's balloon driver hears of its target a moment later, by a watch.
 * Until it has, whoever reads its target decides by the old one.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "model/units.h"
#include "sys/ledger.h"
#include "sys/live.h"
#include "sys/root.h"

#define RUN_DIR "/run/xlmem"
#define LEDGER_DIR RUN_DIR "/ledger"
#define BALLOON "sys/devices/system/xen_memory/xen_memory0/"

/* dom0's balloon hears of a target by a watch. */
#define HEARD_TIMEOUT_MS 500
#define HEARD_LOOK_MS 2

/* ------------------------------------------------------------ targets --- */

/* A number of kB in xenstore; 0 when there is none. */
static uint64_t store_kb(live_ctx *live, const char *path)
{
    unsigned int len;
    char *value = xs_read(live->xs, XBT_NULL, path, &len);
    uint64_t kb = 0;

    if (value && xlmem__number_all((xlmem__str){value, len}, 10, &kb))
        kb = 0;
    free(value);
    return kb;
}

static uint64_t video_kb(live_ctx *live, uint64_t domid)
{
    char path[64];

    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/memory/videoram",
             domid);
    return store_kb(live, path);
}

static int set_once(live_ctx *live, uint64_t domid, uint64_t kb,
                    xlmem__msg *msg)
{
    int r;

    if (kb > INT64_MAX)
        return XLMEM_ERROR_RANGE;
    r = libxl_set_memory_target(live->xl, (uint32_t)domid, (int64_t)kb, 0, 1);
    if (!r)
        return 0;
    if (libxl_domain_info(live->xl, NULL, (uint32_t)domid) ==
        ERROR_DOMAIN_NOTFOUND)
        return xlmem__fail(msg, XLMEM_ERROR_NOTFOUND,
                           "there is no domain %" PRIu64, domid);
    return xlmem__fail(msg, XLMEM_ERROR_XEN,
                       "libxl_set_memory_target(%" PRIu64 ", %" PRIu64
                       " kB) failed: libxl error %d",
                       domid, kb, r);
}

/* What dom0's balloon is asked for; false without that driver. */
static bool balloon_target(live_ctx *live, uint64_t *kb_r)
{
    char *text;
    size_t len;
    bool ok;

    if (xlmem__root_read(live->root, BALLOON "target_kb", &text, &len))
        return false;
    if (len && text[len - 1] == '\n')
        len--;
    ok = !xlmem__number_all((xlmem__str){text, len}, 10, kb_r);
    free(text);
    return ok;
}

/* A driver that does not take it is what the next decision sees. */
static void wait_until_heard(live_ctx *live, uint64_t target_kb)
{
    uint64_t has_kb;
    int ms;

    for (ms = 0; ms < HEARD_TIMEOUT_MS; ms += HEARD_LOOK_MS) {
        if (!balloon_target(live, &has_kb) || has_kb == target_kb)
            return;
        live_sleep_ms(live, HEARD_LOOK_MS);
    }
}

static int set_dom0(live_ctx *live, uint64_t target_kb, xlmem__msg *msg)
{
    uint64_t had_kb;
    int rc = 0;

    if (balloon_target(live, &had_kb) && had_kb == target_kb &&
        target_kb > XLMEM__PAGE_KB)
        rc = set_once(live, 0, target_kb - XLMEM__PAGE_KB, msg);
    if (!rc)
        rc = set_once(live, 0, target_kb, msg);
    if (!rc)
        wait_until_heard(live, target_kb);
    return rc;
}

int live_set_target_kb(void *user, uint64_t domid, uint64_t target_kb,
                       char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};
    live_ctx *live = user;

    if (err_len)
        err[0] = '\0';
    if (!domid)
        return set_dom0(live, target_kb, &msg);
    return set_once(live, domid, target_kb + video_kb(live, domid), &msg);
}

void live_sleep_ms(void *user, int64_t ms)
{
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    (void)user;
    nanosleep(&pause, NULL);
}

/* ------------------------------------------------------------- ledger --- */

static int open_ledger(live_ctx *live)
{
    if (live->ledger)
        return 0;
    if (mkdir(RUN_DIR, 0700) && errno != EEXIST)
        return xlmem__rc_of_errno(errno);
    return xlmem__ledger_open(LEDGER_DIR, &live->ledger);
}

int live_ledger_lock(void *user, int64_t timeout_ms)
{
    live_ctx *live = user;
    int rc = open_ledger(live);

    return rc ? rc : xlmem__ledger_lock(live->ledger, timeout_ms);
}

void live_ledger_unlock(void *user)
{
    xlmem__ledger_unlock(((live_ctx *)user)->ledger);
}

int live_ledger_each(void *user, xlmem_ledger_fn *fn, void *arg,
                     size_t *foreign_r)
{
    return xlmem__ledger_each(((live_ctx *)user)->ledger, fn, arg, foreign_r);
}

int live_ledger_add(void *user, const char *text, void **entry_r)
{
    xlmem__hold *hold = NULL;
    int rc = xlmem__ledger_add(((live_ctx *)user)->ledger, text, &hold);

    if (!rc)
        *entry_r = hold;
    return rc;
}

int live_ledger_update(void *user, void *entry, const char *text)
{
    (void)user;
    return xlmem__ledger_update(entry, text);
}

void live_ledger_drop(void *user, void *entry)
{
    (void)user;
    xlmem__ledger_drop(entry);
}

void live_ledger_leave(void *user, void *entry)
{
    (void)user;
    xlmem__ledger_leave(entry);
}

int live_ledger_sweep(void *user, const char *name)
{
    return xlmem__ledger_sweep(((live_ctx *)user)->ledger, name);
}
