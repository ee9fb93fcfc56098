# shellcheck shell=bash
# bed: mem=8G numa=2 xen="dom0_mem=1G,max:1G" sets=full timeout=60
# Xen sees both nodes.
assert_eq "$(xl_info nr_nodes)" 2 "number of nodes"
xl info -n >/run/nodes
assert_match '^ *0: +[45][0-9]{3}' /run/nodes
assert_match '^ *1: +[45][0-9]{3}' /run/nodes
