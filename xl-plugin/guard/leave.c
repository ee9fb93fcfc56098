/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domain that xl saves or migrates.
 *
 * xl writes its configuration ahead of its memory, with the target of that
 * moment, and libxl builds it again with that and 1 MiB as the most that it
 * may have (retrieve_domain_configuration_end, libxl__build_pre; 4.14 to
 * 4.20).  One that was asked to give, and has not followed yet, has more.
 * Then a migration fails, and `xl save` writes an image that `xl restore`
 * refuses, when the domain has gone ("Failed to populate physmap"; seen on
 * 4.17).
 *
 * So its target is raised before to what it has, which is nobody else's; and
 * for as long as this process lives whoever balances leaves it alone, because
 * one that grew meanwhile would have too much, too.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "private/xen.h"

/* Commands that take a configuration for that (xl_cmdtable.c).  xl knows them
 * by a beginning that no other command has (cmdtable_lookup). */
static const char *const saving[] = {"save", "migrate", "remus"};
#define NR_SAVING (sizeof(saving) / sizeof(saving[0]))

/* xl's own options have no values (main in xl.c). */
#define COMMAND_LINE_MAX 256

/* What it has beyond what it may have where it is built again. */
typedef struct excess {
    char name[GUARD_NAME_MAX];
    uint64_t has_kb, target_kb;
    uint64_t by_kb; /* its target is too low; 0: it is not */
} excess;

/* Its entry in the ledger ends with the process. */
typedef struct leaving {
    const guard_library *lib;
    xlmem_ctx *xlmem;
    xlmem_hold *hold;
} leaving;

static bool is_saving(const char *command)
{
    const size_t len = strlen(command);
    size_t i;

    for (i = 0; i < NR_SAVING; i++)
        if (len && !strncmp(command, saving[i], len))
            return true;
    return false;
}

/* Whether this process is a command that saves: its monitors do not. */
static bool saves(void)
{
    char line[COMMAND_LINE_MAX];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    const char *p, *end;

    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return false;
    line[got] = '\0';
    end = line + got;
    for (p = line + strlen(line) + 1; p < end && *p == '-';)
        p += strlen(p) + 1;
    return p < end && is_saving(p);
}

/* A target beyond its maximum libxl does not set. */
static void find_excess(void *ctx, uint32_t domid, excess *it)
{
    char *info = guard_info_json(ctx, domid);
    char *stored = info ? guard_stored_json(ctx, domid) : NULL;

    memset(it, 0, sizeof(*it));
    if (stored) {
        const uint64_t max_kb = guard_json_number(stored, "\"max_memkb\"");
        uint64_t kb = guard_json_number(info, "\"current_memkb\"");

        it->has_kb = kb;
        it->target_kb = guard_json_number(stored, "\"target_memkb\"");
        if (max_kb && kb > max_kb)
            kb = max_kb;
        if (it->target_kb && kb > it->target_kb + XLMEM_ABOVE_TARGET_KB)
            it->by_kb = kb - it->target_kb;
        guard_name_domain(ctx, domid, it->name, sizeof(it->name));
    }
    free(stored);
    free(info);
}

/* It will not do, and nothing is done about it. */
static void say_it_fails(guard_session *session, const excess *it,
                         const char *why)
{
    const unsigned long long mib = (it->has_kb + 1023) / 1024;

    guard_say(&session->report, GUARD_WARN,
              "%s holds more than its target of %" PRIu64 " MiB%s: what is "
              "saved cannot be restored as it is, nor migrated; before it: "
              "xl mem-set %s %llum; afterwards: xl restore with a "
              "configuration file that says memory = %llu or more",
              it->name, it->target_kb / 1024, why, it->name, mib, mib);
}

static void say_it_is_raised(guard_session *session, const excess *it)
{
    guard_say(
        &session->report, GUARD_WARN,
        "%s had not given yet what it was asked for: its target is "
        "raised from %" PRIu64 " MiB to the %" PRIu64 " MiB that it has, "
        "or it could not be built again",
        it->name, it->target_kb / 1024, (it->target_kb + it->by_kb) / 1024);
}

/* One at a time: xl saves one domain. */
static void keep(guard_session *session, xlmem_hold *hold)
{
    static leaving kept;

    if (kept.hold)
        kept.lib->xlmem_hold_release(kept.xlmem, kept.hold, true);
    if (kept.xlmem)
        kept.lib->xlmem_ctx_free(kept.xlmem);
    session->lib->xlmem_ctx_set_log(session->xlmem, NULL, NULL);
    kept = (leaving){session->lib, session->xlmem, hold};
    session->xlmem = NULL;
}

static void take_leave(guard_session *session, uint32_t domid,
                       const excess *it)
{
    xlmem_hold *hold = NULL;
    int rc = session->lib->xlmem_hold_leaving(session->xlmem, domid, it->by_kb,
                                              &hold);

    if (!rc && it->by_kb)
        say_it_is_raised(session, it);
    else if (it->by_kb)
        say_it_fails(session, it, ", and the guard failed to raise that");
    if (!rc)
        keep(session, hold);
}

void guard_leave(void *ctx, uint32_t domid)
{
    guard_session session;
    guard_state state;
    excess it;

    if (!guard_in_xl() || guard_passes() || !saves())
        return;
    find_excess(ctx, domid, &it);
    state = guard_open(&session, ctx);
    if (state == GUARD_READY && session.policy.mode == XLMEM_MODE_ENFORCE)
        take_leave(&session, domid, &it);
    else if (state != GUARD_PASS && it.by_kb)
        say_it_fails(&session, &it, "");
    if (state == GUARD_READY)
        guard_close(&session);
}
