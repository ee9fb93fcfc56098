# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G" sets=full timeout=400
# What does not move stands in nobody's way: a domain that stays dying because
# two of its pages are mapped, and one whose builder was killed.  Who can give
# is asked within seconds, and a refusal names them.  And dom0, booted without
# max:, has no maximum before a plan and none after it was given back.

ERR=/run/err

# create NAME MIB [LINES...]: a paused PVH domU.
create()
{
    xl create -q -p "$(config "$1" 'type = "pvh"' "memory = $2" 'vcpus = 1' \
        "kernel = \"$GUESTS/tiny-pvh\"" "${@:3}")" 2>"$ERR"
}

# Of dom0, which is listed first.
max_pages()
{
    xl dmesg -c >/dev/null
    xl debug-keys q
    sleep 1
    xl dmesg | grep -o 'max_pages=[0-9]*' | head -n 1 | cut -d= -f2
}

dom0_has_its_target()
{
    create small 32 && destroy small
    [ "$(balloon_kb target_kb)" = "$before" ]
}

guard_on enforce 'dom0_floor = "600M"'
before_max=$(max_pages)
result max_pages "$before_max"
assert_eq "$before_max" 4294967295 "dom0's maximum"
before=$(balloon_kb target_kb)

# make_zombie NR: a domain of which NR pages stay; its id is in $id.
make_zombie()
{
    assert create zombie 64
    id=$(domid zombie)
    map-pages "$id" 0x100 "$1" >/run/mapped 2>&1 &
    mapper=$!
    wait_for 10 grep -q ok /run/mapped
    xl destroy zombie
    wait_for 10 eval "xl list | grep -q '(null)'"
    xl list
}

end_zombie()
{
    kill "$mapper"
    wait "$mapper" || true
    wait_for 20 eval "! xl list | grep -q '(null)'"
}

# --- a zombie of two pages -------------------------------------------------
make_zombie 2
free=$(host_free_mib)
result free_mib "$free"

# It fits: nobody waits for the zombie.
start=$(seconds)
assert create small 32
result small_seconds $(($(seconds) - start))
destroy small

# Only with what dom0 gives.
start=$(seconds)
assert create large $((free - 72 + 100))
result large_seconds $(($(seconds) - start))
assert_le "$(balloon_kb target_kb)" $((before - 100 * 1024)) "dom0's target"
destroy large
wait_for 60 dom0_has_its_target
result max_pages_after "$(max_pages)"
assert_eq "$(max_pages)" "$before_max" "dom0's maximum, given back"

end_zombie

# Of 32 MiB: what would do with those is refused, and told why.
make_zombie 8192
refute create last $(($(status largest.1.after_plan_kb) / 1024))
cat "$ERR"
assert_match "dying.*domain $id " "$ERR"
assert_eq "$(balloon_kb target_kb)" "$before" "dom0's target"
end_zombie

# --- a builder that was killed ----------------------------------------------
# While it reads its kernel: the domain is there, and has no memory yet.
mkfifo /run/kernel
/usr/lib/xlmem/real/xl create -q -p "$(config half 'type = "pvh"' \
    'memory = 1500' 'vcpus = 1' 'kernel = "/run/kernel"')" 2>/dev/null &
builder=$!
wait_for 20 eval "xl list | grep -q '^half'"
kill -9 $builder
wait $builder || true
id=$(domid half)
xl list
# At one look it is named; a create looks for longer, and does without it.
assert_status 3 xl memguard check -k "$(config other 'type = "pvh"' \
    'memory = 128' 'vcpus = 1' "kernel = \"$GUESTS/tiny-pvh\"")" >/run/check
cat /run/check
assert_match "looks half-built.*xl destroy $id" /run/check
start=$(seconds)
assert create beside 128
result beside_seconds $(($(seconds) - start))
assert_eq "$(balloon_kb target_kb)" "$before" "dom0's target"
destroy beside
destroy half
rm /run/kernel
guard_off
