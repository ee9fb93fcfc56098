/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the live module changes on the host: memory targets and maxima, whether
 * added memory comes online, and the ledger.
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
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/units.h"
#include "sys/folder.h"
#include "sys/ledger.h"
#include "sys/live.h"
#include "sys/moves.h"
#include "sys/root.h"

#define RUN_DIR "/run/xlmem"
#define LEDGER_DIR RUN_DIR "/ledger"
#define BALLOON "sys/devices/system/xen_memory/xen_memory0/"
#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"

#define TURNS_MAX 8

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

static void node_of(char *path, size_t len, uint64_t domid, const char *node)
{
    snprintf(path, len, "/local/domain/%" PRIu64 "/memory/%s", domid, node);
}

static uint64_t video_kb(live_ctx *live, uint64_t domid)
{
    char path[64];

    node_of(path, sizeof(path), domid, "videoram");
    return store_kb(live, path);
}

static int set_once(live_ctx *live, uint64_t domid, uint64_t kb,
                    xlmem__msg *msg)
{
    int r;

    if (kb > INT64_MAX)
        return XLMEM_ERROR_RANGE;
    r = live->fn.libxl_set_memory_target(live->xl, (uint32_t)domid,
                                         (int64_t)kb, 0, 1);
    if (!r)
        return 0;
    if (live->fn.libxl_domain_info(live->xl, NULL, (uint32_t)domid) ==
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

/*
 * A driver that does not take it is what the next decision sees.  A loop of
 * its own beside the guard's (engine/guard/wait.h), which is above this: the
 * guard waits with the decision lock given back, this is a part of setting the
 * target under it, half a second at the most, so that whoever decides next
 * reads the new target.
 */
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

    int rc;

    if (err_len)
        err[0] = '\0';
    rc = live_need_libxl(live, &msg);
    if (rc)
        return rc;
    if (!domid)
        return set_dom0(live, target_kb, &msg);
    return set_once(live, domid, target_kb + video_kb(live, domid), &msg);
}

/* ------------------------------------------------------------- maxima --- */

/* libxl raises the maximum of a domain that has a target. */
static int make_dom0_target(live_ctx *live, xlmem__msg *msg)
{
    uint64_t kb;

    if (store_kb(live, "/local/domain/0/memory/target"))
        return 0;
    if (!balloon_target(live, &kb))
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "/" BALLOON "target_kb cannot be read");
    return set_once(live, 0, kb, msg);
}

/* Since Xen 4.17 libxl_domain_setmaxmem does it (libxl_mem.c; 4.16 and before
 * leave the node as it was). */
static int raise_static_max(live_ctx *live, uint64_t domid, uint64_t kb,
                            xlmem__msg *msg)
{
    char path[64], value[32];

    node_of(path, sizeof(path), domid, "static-max");
    if (store_kb(live, path) >= kb)
        return 0;
    snprintf(value, sizeof(value), "%" PRIu64, kb);
    if (xs_write(live->xs, XBT_NULL, path, value, (unsigned)strlen(value)))
        return 0;
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE, "%s cannot be written: %s",
                       path, strerror(errno));
}

int live_set_maximum_kb(void *user, uint64_t domid, uint64_t maximum_kb,
                        char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};
    live_ctx *live = user;
    int r, rc;

    if (err_len)
        err[0] = '\0';
    rc = live_need_libxl(live, &msg);
    if (!rc && !domid)
        rc = make_dom0_target(live, &msg);
    if (rc)
        return rc;
    r = live->fn.libxl_domain_setmaxmem(live->xl, (uint32_t)domid, maximum_kb);
    if (r)
        return xlmem__fail(&msg, XLMEM_ERROR_XEN,
                           "libxl_domain_setmaxmem(%" PRIu64 ", %" PRIu64
                           " kB) failed: libxl error %d",
                           domid, maximum_kb, r);
    return raise_static_max(live, domid, maximum_kb, &msg);
}

/* Of "offline", "online", "online_kernel" and "online_movable" only the first
 * one is changed: the others are an administrator's choice that works. */
int live_online_added(void *user, char *err, size_t err_len)
{
    static const char online[] = "online";
    xlmem__msg msg = {err, err_len};
    live_ctx *live = user;
    char *text;
    size_t len;
    bool is_on;
    int fd, e = 0;

    if (xlmem__root_read(live->root, AUTO_ONLINE, &text, &len))
        return xlmem__fail(&msg, XLMEM_ERROR_UNSUPPORTED,
                           "there is no /" AUTO_ONLINE);
    is_on = !strncmp(text, online, strlen(online));
    free(text);
    if (is_on)
        return 0;
    fd = openat(live->root, AUTO_ONLINE, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, online, strlen(online)) < 0)
        e = errno;
    if (fd >= 0)
        close(fd);
    return e ? xlmem__fail(&msg, xlmem__rc_of_errno(e), "/" AUTO_ONLINE ": %s",
                           strerror(e))
             : 0;
}

void live_sleep_ms(void *user, int64_t ms)
{
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    (void)user;
    nanosleep(&pause, NULL);
}

void live_count_move(void *user, const xlmem_step *step)
{
    xlmem__moves_count(((live_ctx *)user)->root, step);
}

/* ------------------------------------------------------------- ledger --- */

/* Where to the line goes, which is there only after a failure. */
static xlmem__msg line_to(char *err, size_t err_len)
{
    if (err_len)
        err[0] = '\0';
    return (xlmem__msg){err, err_len};
}

/* Who may write to the directory above can put another one in its place. */
static int open_ledger(live_ctx *live, xlmem__msg *msg)
{
    xlmem__folder run;
    int rc = xlmem__folder_open(RUN_DIR, 0755, &run, msg);

    if (rc)
        return rc;
    xlmem__folder_close(&run);
    return live->ledger ? xlmem__ledger_follow(live->ledger, msg)
                        : xlmem__ledger_open(LEDGER_DIR, &live->ledger, msg);
}

/* Whether it is there is looked for when the lock has been had, or not: the
 * wait for it may have been long.  Each turn is a directory more that was
 * moved meanwhile, and there are so many at most. */
int live_ledger_lock(void *user, int64_t still_ms, int64_t total_ms, char *err,
                     size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);
    live_ctx *live = user;
    int turn, rc = live->ledger ? 0 : open_ledger(live, &msg);

    if (rc)
        return rc;
    if (xlmem__ledger_is_locked(live->ledger))
        return xlmem__ledger_lock(live->ledger, 0, 0, &msg);
    rc = xlmem__ledger_lock(live->ledger, still_ms, total_ms, &msg);
    for (turn = 0; turn < TURNS_MAX && !xlmem__ledger_is_there(live->ledger);
         turn++) {
        xlmem__ledger_unlock(live->ledger);
        msg = line_to(err, err_len);
        rc = open_ledger(live, &msg);
        if (rc)
            return rc;
        rc = xlmem__ledger_lock(live->ledger, still_ms, total_ms, &msg);
    }
    return rc;
}

void live_ledger_unlock(void *user)
{
    live_ctx *live = user;

    xlmem__ledger_unlock(live->ledger);
    live_rest(live);
}

int live_ledger_each(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                     size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);
    size_t foreign;

    return xlmem__ledger_each(((live_ctx *)user)->ledger, fn, arg, &foreign,
                              &msg);
}

int live_ledger_add(void *user, const char *text, void **entry_r, char *err,
                    size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);
    xlmem__ledger_entry *entry = NULL;
    int rc = xlmem__ledger_add(((live_ctx *)user)->ledger, text, &entry, &msg);

    if (!rc)
        *entry_r = entry;
    return rc;
}

int live_ledger_update(void *user, void *entry, const char *text, char *err,
                       size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    (void)user;
    return xlmem__ledger_update(entry, text, &msg);
}

int live_ledger_note(void *user, void *entry, uint64_t domid, char *err,
                     size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    (void)user;
    return xlmem__ledger_note(entry, domid, &msg);
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

int live_ledger_sweep(void *user, const char *name, char *err, size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    return xlmem__ledger_sweep(((live_ctx *)user)->ledger, name, &msg);
}
