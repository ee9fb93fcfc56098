/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which domain a hold is for.  Its uuid does not tell: a file that was copied
 * gives many domains the same one.  So the guard stands in front of
 * xc_domain_create too, through which libxl makes every domain in the thread
 * that called it (libxl__domain_make in libxl_create.c, 4.14 to 4.20): the
 * first one that is made within a create is its domain; stubdomains follow.
 *
 * libxl destroys what it made when it finds that the number was in use a
 * moment ago, and makes another: then the next one is it.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>

#include "guard.h"

#define EXPORT __attribute__((visibility("default")))

typedef int xc_create_fn(void *, uint32_t *, void *);
typedef int xc_destroy_fn(void *, uint32_t);

EXPORT xc_create_fn xc_domain_create;
EXPORT xc_destroy_fn xc_domain_destroy;

/* The create that this thread is in; creates nest, because libxl runs the
 * callbacks of other operations in any call. */
static __thread guard_create *current;

/* A create succeeded in this process and its domain was not made here. */
static atomic_bool passed_by;

static bool is_guards(const void *function)
{
    Dl_info theirs, ours;

    return dladdr(function, &theirs) && dladdr(&passed_by, &ours) &&
           theirs.dli_fbase == ours.dli_fbase;
}

/* Somebody else may stand in front of us, or have loaded libxl so that it
 * finds its own libraries first. */
bool guard_binds(void)
{
    const void *first = dlsym(RTLD_DEFAULT, "xc_domain_create");

    return first && is_guards(first) && guard_next("xc_domain_create") &&
           !atomic_load(&passed_by);
}

void guard_bind_enter(guard_create *create)
{
    create->outer = current;
    current = create;
}

void guard_bind_leave(guard_create *create, bool created)
{
    current = create->outer;
    if (created && create->hold && !create->made)
        atomic_store(&passed_by, true);
}

/* What cannot be written counts in full until the create ends. */
static void made(uint32_t domid)
{
    guard_create *create = current;
    guard_session *session;

    if (!create || create->made)
        return;
    create->made = true;
    create->domid = domid;
    if (!create->hold)
        return;
    session = &create->session;
    guard_step_in();
    if (session->lib->xlmem_hold_bind(session->xlmem, create->hold, domid))
        guard_say(&session->report, GUARD_WARN,
                  "the reservation of %s does not know its domain: %s",
                  create->domain.domu.name, session->report.failure);
    guard_step_out();
}

int xc_domain_create(void *xch, uint32_t *domid, void *config)
{
    xc_create_fn *real;
    int e, r;

    *(void **)&real = guard_next("xc_domain_create");
    if (!real) {
        errno = ENOSYS;
        return -1;
    }
    r = real(xch, domid, config);
    e = errno;
    if (!r)
        made(*domid);
    errno = e;
    return r;
}

int xc_domain_destroy(void *xch, uint32_t domid)
{
    xc_destroy_fn *real;

    *(void **)&real = guard_next("xc_domain_destroy");
    if (!real) {
        errno = ENOSYS;
        return -1;
    }
    if (current && current->made && current->domid == domid)
        current->made = false;
    return real(xch, domid);
}
