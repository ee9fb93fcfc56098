# shellcheck shell=bash
# bed: grub=dom0_mem=900M,max:900M suites=bookworm
# bed: xen="note='two words' dom0_mem=min:1G bed=406M\<4G ivrs_ioapic[5]=00:14.0 -- bed.behind=1"
# Booted by GRUB, from what 20_linux_xen makes of the files to which the size
# was applied before: GRUB's own reading of the line is what is judged.
xl-memguard grub verify -k >"$BED_OUT/verify" || :
cat "$BED_OUT/verify"
assert_eq "$(sed -n 's/^answer=//p' "$BED_OUT/verify")" as-intended "verify"
assert_eq "$(dom_mib Domain-0)" 900 "dom0's memory"
xl-memguard predict -k dom0_mem=900M,max:900M >"$BED_OUT/predicted"
assert_near "$(meminfo_kb MemTotal)" \
    "$(sed -n 's/^memtotal_kb=//p' "$BED_OUT/predicted")" 2048 "MemTotal"

# Xen's line, of which it keeps what is before "--", is the menu's.
xl info | sed -n 's/^xen_commandline *: placeholder //p' >"$BED_OUT/line"
cat "$BED_OUT/line"
assert grep -qF ' "note=two words" dom0_mem=900M,max:900M bed=406M<4G ivrs_ioapic[5]=00:14.0' \
    "$BED_OUT/line"
xl-memguard grub show -j >"$BED_OUT/show"
assert grep -qF "\"args\": \"$(sed 's/"/\\"/g' "$BED_OUT/line") -- bed.behind=1\"" \
    "$BED_OUT/show"
assert_match ' bed.behind=1' /proc/cmdline

# A size that does not boot leaves recovery as the way out.
sed -n '/recovery-/,/^\t*}/p' /boot/grub/grub.cfg >"$BED_OUT/recovery"
assert_match 'multiboot2' "$BED_OUT/recovery"
refute grep dom0_mem "$BED_OUT/recovery"
