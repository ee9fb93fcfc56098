#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# How the live module reads xenstore, against the real server.
set -eu
exec "${XLMEM_SRCDIR:?}/tests/xenstore/with-xenstored" \
    "${XLMEM_BUILDDIR:?}/tests/xenstore/test_live_store"
