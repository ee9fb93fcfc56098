# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=4G sets=long share=disaster timeout=480
# What guard-disaster.sh is without the guard: the eighth create takes what
# dom0 lives on, and fails.

guard_off
disaster 'd0 d1 d2' 480 480 480 480 480 480 480 480
