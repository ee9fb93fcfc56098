/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/guard/whose.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/guard/guard.h"
#include "model/checked.h"
#include "model/plan.h"
#include "model/units.h"
#include "private/monitor.h"

void xlmem__dom_path(uint64_t domid, const char *node,
                     char path_r[XLMEM__DOM_PATH_MAX])
{
    snprintf(path_r, XLMEM__DOM_PATH_MAX, "/local/domain/%" PRIu64 "/%s",
             domid, node);
}

xlmem__signed_target xlmem__signed_parse(xlmem__str value)
{
    xlmem__signed_target target = {.known = false};
    const char *space = memchr(value.p, ' ', value.len);
    xlmem__str to = value, from = {"", 0};

    if (!space)
        return target;
    to.len = (size_t)(space - value.p);
    from.p = space + 1;
    from.len = value.len - to.len - 1;
    target.known = !xlmem__number_all(to, 10, &target.to_kb) &&
                   !xlmem__number_all(from, 10, &target.from_kb);
    return target;
}

void xlmem__signed_render(const xlmem__signed_target *target,
                          char value_r[XLMEM__SIGNED_MAX])
{
    snprintf(value_r, XLMEM__SIGNED_MAX, "%" PRIu64 " %" PRIu64, target->to_kb,
             target->from_kb);
}

/* A balloon's target may be seen a page off (engine/guard/targets.c). */
static bool is_within_a_page(uint64_t a, uint64_t b)
{
    return xlmem__sub0(a, b) <= XLMEM__PAGE_KB &&
           xlmem__sub0(b, a) <= XLMEM__PAGE_KB;
}

bool xlmem__is_signed(const xlmem__signed_target *target, uint64_t kb)
{
    return !target->known || is_within_a_page(kb, target->to_kb) ||
           is_within_a_page(kb, target->from_kb);
}

/* ------------------------------------------------------------- effects --- */

static bool can_sign(const xlmem_backend *backend)
{
    return backend->node_read && backend->node_write;
}

static int write_node(xlmem_ctx *ctx, uint64_t domid, const char *node,
                      const char *value)
{
    char path[XLMEM__DOM_PATH_MAX];

    xlmem__dom_path(domid, node, path);
    return ctx->backend->node_write(ctx->backend_user, path, value);
}

int xlmem__signed_write(xlmem_ctx *ctx, uint64_t domid,
                        const xlmem__signed_target *target)
{
    char value[XLMEM__SIGNED_MAX];

    xlmem__signed_render(target, value);
    return write_node(ctx, domid, XLMEM__NODE_TARGET_SET, value);
}

int xlmem__pin_write(xlmem_ctx *ctx, uint64_t domid, uint64_t kb)
{
    char value[24];

    snprintf(value, sizeof(value), "%" PRIu64, kb);
    return write_node(ctx, domid, XLMEM__NODE_PIN, value);
}

static int read_own_node(xlmem_ctx *ctx, uint64_t domid, const char *node,
                         char value[XLMEM__SIGNED_MAX], size_t *len_r)
{
    char path[XLMEM__DOM_PATH_MAX];

    xlmem__dom_path(domid, node, path);
    return ctx->backend->node_read(ctx->backend_user, path, value,
                                   XLMEM__SIGNED_MAX, len_r);
}

static int read_signed(xlmem_ctx *ctx, uint64_t domid,
                       xlmem__signed_target *target_r)
{
    char value[XLMEM__SIGNED_MAX];
    size_t len = 0;
    int rc = read_own_node(ctx, domid, XLMEM__NODE_TARGET_SET, value, &len);

    if (!rc)
        *target_r = xlmem__signed_parse((xlmem__str){value, len});
    return rc;
}

/* XLMEM_ERROR_NOTFOUND: nowhere; XLMEM_ERROR_PARSE: it is no size. */
static int read_pin_kb(xlmem_ctx *ctx, uint64_t domid, uint64_t *kb_r)
{
    char value[XLMEM__SIGNED_MAX];
    size_t len = 0;
    int rc = read_own_node(ctx, domid, XLMEM__NODE_PIN, value, &len);

    if (!rc && xlmem__number_all((xlmem__str){value, len}, 10, kb_r))
        rc = XLMEM_ERROR_PARSE;
    return rc;
}

static bool read_pin(xlmem_ctx *ctx, uint64_t domid, xlmem__whose *whose)
{
    const int rc = read_pin_kb(ctx, domid, &whose->pin_kb);

    whose->is_pinned = !rc;
    return !rc || rc == XLMEM_ERROR_NOTFOUND;
}

xlmem__whose xlmem__whose_is(xlmem_ctx *ctx, uint64_t domid, uint64_t kb)
{
    xlmem__signed_target had = {.known = false};
    xlmem__whose whose = {.is_ours = false};
    int rc;

    if (!can_sign(ctx->backend) || !read_pin(ctx, domid, &whose) ||
        whose.is_pinned)
        return whose;
    rc = read_signed(ctx, domid, &had);
    whose.is_ours =
        rc == XLMEM_ERROR_NOTFOUND || (!rc && xlmem__is_signed(&had, kb));
    return whose;
}

/* What is signed and where it is pinned; UINT64_MAX: nowhere.
 * XLMEM_ERROR_NOTFOUND: nobody signs. */
static int read_both(xlmem_ctx *ctx, uint64_t domid,
                     xlmem__signed_target *signed_r, uint64_t *pin_kb_r)
{
    uint64_t pin_kb;
    int rc = read_signed(ctx, domid, signed_r);

    *pin_kb_r = UINT64_MAX;
    if (rc)
        return rc;
    rc = read_pin_kb(ctx, domid, &pin_kb);
    if (!rc)
        *pin_kb_r = pin_kb;
    return rc == XLMEM_ERROR_NOTFOUND || rc == XLMEM_ERROR_PARSE ? 0 : rc;
}

/* None is owed that was taken from more than *most_kb_r. */
static int bound_by_pin(xlmem_ctx *ctx, uint64_t domid, uint64_t kb,
                        uint64_t *most_kb_r)
{
    xlmem__signed_target had = {.known = false};
    int rc;

    *most_kb_r = UINT64_MAX;
    if (!can_sign(ctx->backend))
        return 0;
    rc = read_both(ctx, domid, &had, most_kb_r);
    if (!rc && !xlmem__is_signed(&had, kb))
        *most_kb_r = kb;
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

int xlmem__target_sign(xlmem_ctx *ctx, const xlmem_step *step, bool *signed_r)
{
    const xlmem__signed_target ours = {true, step->to_kb, step->from_kb};
    xlmem__signed_target had = {.known = false};
    uint64_t pin_kb;
    int rc;

    *signed_r = false;
    if (!can_sign(ctx->backend))
        return 0;
    rc = read_both(ctx, step->domid, &had, &pin_kb);
    if (rc == XLMEM_ERROR_NOTFOUND)
        return 0;
    /* Nobody of us leaves one that is pinned above its pin. */
    if (!rc &&
        (!xlmem__is_signed(&had, step->from_kb) || step->from_kb > pin_kb))
        rc = xlmem__pin_write(ctx, step->domid, step->from_kb);
    if (!rc)
        rc = xlmem__signed_write(ctx, step->domid, &ours);
    *signed_r = !rc;
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

void xlmem__target_confirm(xlmem_ctx *ctx, const xlmem_step *step)
{
    const xlmem__signed_target there = {true, step->to_kb, step->to_kb};

    if (step->domid)
        xlmem__signed_write(ctx, step->domid, &there);
}

static int remove_node(xlmem_ctx *ctx, uint64_t domid, const char *node)
{
    char path[XLMEM__DOM_PATH_MAX];

    xlmem__dom_path(domid, node, path);
    return ctx->backend->node_remove(ctx->backend_user, path);
}

void xlmem__whose_sign(xlmem_ctx *ctx, const xlmem__whose *whose,
                       const xlmem_step *step)
{
    const xlmem__signed_target ours = {true, step->to_kb, step->from_kb};
    xlmem__signed_target had;

    if (whose->is_ours && !read_signed(ctx, step->domid, &had))
        xlmem__signed_write(ctx, step->domid, &ours);
}

void xlmem__whose_restore(xlmem_ctx *ctx, const xlmem__whose *whose,
                          uint64_t domid)
{
    if (whose->is_pinned)
        xlmem__pin_write(ctx, domid, whose->pin_kb);
    else if (whose->is_ours && ctx->backend->node_remove)
        remove_node(ctx, domid, XLMEM__NODE_PIN);
}

/* The signature first: who finds a target that is not signed and no pin adopts
 * it, whereas one that is not the signed one would be pinned again. */
static int remove_whose(xlmem_ctx *ctx, uint64_t domid)
{
    int rc = remove_node(ctx, domid, XLMEM__NODE_TARGET_SET);

    return rc ? rc : remove_node(ctx, domid, XLMEM__NODE_PIN);
}

/* Whoever sets targets has read the signature before he writes one or a pin,
 * under the decision lock: between the two nothing is to be taken away. */
int xlmem_unpin(xlmem_ctx *ctx, uint64_t domid)
{
    int rc = XLMEM_ERROR_UNSUPPORTED;

    if (ctx->backend && ctx->backend->node_remove) {
        rc = xlmem__guard_lock(ctx);
        if (!rc) {
            rc = remove_whose(ctx, domid);
            xlmem__guard_unlock(ctx);
        }
    }
    if (rc)
        xlmem__log(ctx, XLMEM__ERR,
                   "domain %" PRIu64 " cannot be released: %s", domid,
                   xlmem_strerror(rc));
    return rc;
}

/* ----------------------------------------------- which steps led there --- */

static void add_steps(const xlmem_plan *plan, xlmem__chain *chain)
{
    size_t i;

    for (i = 0; i < plan->nr_steps; i++) {
        const xlmem_step *step = &plan->steps[i];

        if (step->domid != chain->domid || !xlmem__step_is_witness(step))
            continue;
        chain->is_full = chain->is_full || chain->nr == XLMEM__CHAIN_MAX;
        if (!chain->is_full)
            chain->steps[chain->nr++] = step;
    }
}

static void link_step(xlmem__chain *chain, size_t at)
{
    const xlmem_step *step = chain->steps[at];

    chain->steps[at] = chain->steps[chain->nr_linked];
    chain->steps[chain->nr_linked++] = step;
}

/* Those that end at @kb. */
static void link_to(xlmem__chain *chain, uint64_t kb)
{
    size_t i;

    for (i = chain->nr_linked; i < chain->nr; i++)
        if (is_within_a_page(chain->steps[i]->to_kb, kb))
            link_step(chain, i);
}

void xlmem__chain_of(const xlmem__entries *entries, uint64_t domid,
                     uint64_t now_kb, xlmem__chain *chain_r)
{
    size_t i;

    *chain_r = (xlmem__chain){.domid = domid, .most_kb = UINT64_MAX};
    for (i = 0; i < entries->nr; i++)
        add_steps(&entries->list[i].entry.plan, chain_r);
    link_to(chain_r, now_kb);
    for (i = 0; i < chain_r->nr_linked; i++)
        link_to(chain_r, chain_r->steps[i]->from_kb);
}

int xlmem__chain_bound(xlmem_ctx *ctx, const xlmem__entries *entries,
                       uint64_t domid, uint64_t now_kb, xlmem__chain *chain_r)
{
    xlmem__chain_of(entries, domid, now_kb, chain_r);
    return bound_by_pin(ctx, domid, now_kb, &chain_r->most_kb);
}

uint64_t xlmem__dom0_told_kb(const xlmem__entries *entries,
                             const xlmem_host *host, uint64_t shown_kb)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);
    xlmem__chain chain;
    size_t i;

    if (!dom0 || !XLMEM_KNOWS(dom0, target_kb))
        return shown_kb;
    xlmem__chain_of(entries, 0, dom0->target_kb, &chain);
    for (i = 0; i < chain.nr_linked; i++)
        if (is_within_a_page(chain.steps[i]->from_kb, shown_kb))
            return dom0->target_kb;
    return shown_kb;
}

bool xlmem__chain_has(const xlmem__chain *chain, const xlmem_step *step)
{
    size_t i;

    if (chain->is_full)
        return true;
    for (i = 0; i < chain->nr_linked; i++)
        if (chain->steps[i]->from_kb == step->from_kb &&
            chain->steps[i]->to_kb == step->to_kb)
            return true;
    return false;
}

bool xlmem__chain_has_paid(const xlmem__chain *chain, const xlmem_step *step)
{
    size_t i;

    if (step->domid != chain->domid || !xlmem__step_is_owed(step))
        return false;
    for (i = 0; i < chain->nr_linked; i++)
        if (is_within_a_page(chain->steps[i]->from_kb, step->from_kb))
            return true;
    return chain->is_full;
}
