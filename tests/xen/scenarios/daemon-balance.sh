# shellcheck shell=bash
# bed: mem=3G xen="dom0_mem=1G,max:1G" linux sets=full share=daemon timeout=480
# Three guests that balloon: demand rises in one and falls in another, and
# memory follows; a create meanwhile has its own.

# sizes WHAT: of all three, for the log.
sizes()
{
    note "$1: $(dom_mib a) $(dom_mib b) $(dom_mib c) MiB," \
        "Xen has $(host_free_mib) MiB, dom0 $(dom_mib Domain-0) MiB"
}

guard_on enforce 'balance = "on"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
balloons 160 900 a b c
# What was free in Xen would be given to all, and nothing had to move.
scarce 40
sizes "at first"
daemon_start
agent b want 260000
wait_for 60 mib_at_least b 400
sizes "b wants"
assert_ge "$(host_free_mib)" 64 "Xen's free memory"

# a wants, b does not any more: within 5 s, and what the balloons take.
agent b free
before=$(seconds)
agent a want 260000
wait_for 60 mib_at_least a 400
result moved_s $(($(seconds) - before))
sizes "a wants"
for name in a b c; do
    assert_ge "$(dom_mib $name)" 160 "$name, whose floor is 160 MiB"
    assert_le "$(dom_mib $name)" 901 "$name, whose ceiling is 900 MiB"
done
assert_ge "$(host_free_mib)" 64 "Xen's free memory"

# A create while it is at work.
assert paused_pv more 200
sizes "one more"
assert_ge "$(dom_mib more)" 199 "the new one"
destroy more
assert kill -0 "$DAEMON"
assert daemon_end TERM
destroy_all
guard_off
