# shellcheck shell=bash
# What an administrator would type first on a Xen host.
try()
{
    printf '\n$ xl-memguard %s\n' "$*"
    xl-memguard "$@" || [ $? = 3 ]
}

tiny_pv web 256
tiny_pvh mail 512
try lint
try size --domus 2
try map
try status
