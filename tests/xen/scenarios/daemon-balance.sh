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

# targets_kb: of all whom the daemon may move.
targets_kb()
{
    echo $(($(target a) + $(target b) + $(target c) + $(balloon_kb target_kb)))
}

# counted WHAT DIRECTION: of the daemon's moves, by the metrics.
counted()
{
    xl-memguard metrics --no-domains | sed -n \
        "s/^xlmem_plan_$1_total{author=\"daemon\",direction=\"$2\"} //p"
}

# moves_counted, moves_told: how many shrank and grew, by how many bytes, as the
# metrics have it, and as the daemon's log does.
moves_counted()
{
    echo "$(counted moves shrink) $(counted moves grow)" \
        "$(counted moved_bytes shrink) $(counted moved_bytes grow)"
}

moves_told()
{
    sed -n 's/.*: target \(.*\) kB, was \(.*\)$/\1 \2/p' "$DAEMON_LOG" |
        awk '{ kb = $1 - $2 }
            kb < 0 { shrank++; less -= kb }
            kb > 0 { grew++; more += kb }
            END { printf "%.0f %.0f %.0f %.0f\n", shrank, grew, less * 1024,
                more * 1024 }'
}

# all_counted BEFORE_KB: each move is in both, and what they come to is what
# xenstore's targets and dom0's balloon have changed by, to the kB.  False where
# one is made between the looks.
all_counted()
{
    local moves

    read -ra moves <<<"$(moves_counted)"
    [ "${moves[*]}" = "$(moves_told)" ] &&
        [ $(((moves[3] - moves[2]) / 1024)) = $(($(targets_kb) - $1)) ]
}

guard_on enforce 'balance = "on"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT
balloons 160 900 a b c
# What was free in Xen would be given to all, and nothing had to move.
scarce 40
sizes "at first"
targets=$(targets_kb)
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

wait_for 60 all_counted "$targets"
result moves "$(moves_counted)"

# A create while it is at work.
assert paused_pv more 200
sizes "one more"
assert_ge "$(dom_mib more)" 199 "the new one"
destroy more
assert kill -0 "$DAEMON"
assert daemon_end TERM
destroy_all
guard_off
