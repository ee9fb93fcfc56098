/* SPDX-License-Identifier: LGPL-2.1-only */
/* A running domU as something that is to be created. */
#ifndef XLMEM_STARTS_H
#define XLMEM_STARTS_H

#include "private/all.h"

/* What would be asked for if it were built anew as it is. */
void xlmem__request_of_dom(const xlmem_host *host, const xlmem_dom *dom,
                           xlmem_need_request *request_r);

/* dom0, or a domU that is at its end. */
bool xlmem__dom_stays(const xlmem_dom *dom);

#endif /* XLMEM_STARTS_H */
