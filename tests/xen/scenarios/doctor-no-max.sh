# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=16G xen="dom0_mem=512M" sets=long timeout=120 suites=bookworm
# Booted without max: what that costs is found to within 5 % of what a boot with
# it has more.

. /bed/doctor.sh

# MemTotal with dom0_mem=512M,max:512M on this machine (tests/fixtures/truth/
# grid.tsv): the same boot has the same to the kilobyte.
WITH_MAX=398784

doctor || true
cat "$SAID"
measured=$((WITH_MAX - $(meminfo_kb MemTotal)))
wasted=$(found no-max evidence.0.value)
result measured_kb "$measured"
result said_kb "$wasted"
result severity "$(found no-max severity)"
assert_near "$wasted" "$measured" $((measured / 20)) "what is wasted"
