#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# doctor --fix: what it may be asked, and what it would do.  Nothing here is
# carried out.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
cases=tests/fixtures/cases
ill=$cases/kvm-host-other-fragmented

exits 2 doctor fragmented
says "an ID needs --fix"
silent
exits 2 doctor --fix -N no-such-thing
says "there is no finding 'no-such-thing'"
silent
exits 2 doctor --fix -N --only fragmented --sysroot $ill
says "--fix takes IDs itself"
exits 2 doctor --fix --sysroot $ill
says "a recorded host stays as it is"
silent

# Who may not change anything is told before anything is read.
others=(setpriv --reuid 65534 --clear-groups)
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    wrapper=("${others[@]}" "${wrapper[@]}")
fi
if [ "$(id -u)" != 0 ] || "${others[@]}" test -x "$memguard" 2>/dev/null; then
    exits 1 doctor --fix
    says "run it as root"
    silent
fi
read -ra wrapper <<<"${XLMEM_WRAPPER:-}"

exits 3 doctor --fix -N --sysroot $ill -k
grep -qx 'fix_line=Remedies: 4 would be carried out. Nothing was changed.' \
    "$scratch/out" || fail "$(head -n 3 "$scratch/out")"
for line in fixes.0.id=fragmented fixes.0.remedy=compact fixes.0.result=would \
    fixes.0.before=61 fixes.0.then=false fixes.1.remedy=compact \
    fixes.2.remedy=drop-caches fixes.2.then=true fixes_lost=0 \
    findings.0.fixable=false; do
    grep -qxF "$line" "$scratch/out" || fail "no $line"
done
grep -q '^fixes\.[0-9]*\.after=[0-9]' "$scratch/out" && fail "it was measured"

# Why not, and nothing about what is not there or only noted.
exits 3 doctor --fix -N --sysroot $cases/dom0-agent-leak low-memory swap-full
grep -q "Why: no Xen is below" "$scratch/out" || fail "no reason"
grep -q "Why: it was not found" "$scratch/out" || fail "swap-full is not told"
exits 0 doctor --fix -N --sysroot $cases/healthy-cache-full
grep -qF "Remedies: nothing to be done." "$scratch/out" || fail "healthy"
exits 0 doctor --fix -N --sysroot $cases/healthy-cache-full fragmented
grep -q "Why: it was not found" "$scratch/out" || fail "fragmented is not told"

# What completion offers is what there are remedies for.
sed -n 's/^B<xl-memguard doctor --fix \([a-z0-9-]*\)>.*/\1/p' \
    docs/man/memguard-findings.7.pod | sort -u >"$scratch/there"
sed -n '/^ *doctor)/,/;;/s/^ *words="\(.*\)"$/\1/p' \
    xl-plugin/completion/xl-memguard | tr ' ' '\n' | sort >"$scratch/offered"
[ -s "$scratch/there" ] || fail "no remedies in memguard-findings(7)"
same "what completion offers" "$scratch/there" "$scratch/offered"
exit "$failed"
