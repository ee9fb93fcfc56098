/* SPDX-License-Identifier: LGPL-2.1-only */
#include <string.h>

#include "model/units.h"
#include "sys/store_wire.h"

/* Of "/local/domain/7/memory/target" 7; UINT64_MAX of what is no domain's. */
static uint64_t domid_of(xlmem__str path)
{
    static const char domains[] = "/local/domain/";
    const size_t skip = sizeof(domains) - 1;
    const char *end;
    uint64_t domid;

    if (path.len <= skip || memcmp(path.p, domains, skip))
        return UINT64_MAX;
    path.p += skip;
    path.len -= skip;
    end = memchr(path.p, '/', path.len);
    if (end)
        path.len = (size_t)(end - path.p);
    return xlmem__number_all(path, 10, &domid) ? UINT64_MAX : domid;
}

static bool is(xlmem__str path, const char *name)
{
    return path.len == strlen(name) && !memcmp(path.p, name, path.len);
}

/* "path NUL token NUL"; no path has a NUL in it. */
bool xlmem__store_event(const xlmem__store_answer *message,
                        xlmem_event *event_r)
{
    const char *end = memchr(message->body, '\0', message->head.len);
    const xlmem__str path = {message->body,
                             end ? (size_t)(end - message->body) : 0};

    if (message->head.type != XS_WATCH_EVENT || !path.len)
        return false;
    event_r->kind = is(path, XLMEM__STORE_INTRODUCED) ? XLMEM_EVENT_INTRODUCED
                    : is(path, XLMEM__STORE_RELEASED) ? XLMEM_EVENT_RELEASED
                                                      : XLMEM_EVENT_NODE;
    event_r->domid = domid_of(path);
    event_r->untrusted_path[0] = '\0';
    if (path.len < sizeof(event_r->untrusted_path)) {
        memcpy(event_r->untrusted_path, path.p, path.len);
        event_r->untrusted_path[path.len] = '\0';
    }
    return true;
}
