/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the command, the guard and the library itself use beside the public
 * header.  None of it is installed, and what of it is exported has the version
 * XLMEM_PRIVATE: it is for programs of the same build (xlmem_layout_is).
 *
 * With effects: guard.h, dom0.h.  Below: backend.h.
 */
#ifndef XLMEM_PRIVATE_ALL_H
#define XLMEM_PRIVATE_ALL_H

#include "private/admit.h"
#include "private/base.h"
#include "private/ctx.h"
#include "private/finding.h"
#include "private/host.h"
#include "private/judge.h"
#include "private/need.h"
#include "private/size.h"
#include "private/vitals.h"

#endif /* XLMEM_PRIVATE_ALL_H */
