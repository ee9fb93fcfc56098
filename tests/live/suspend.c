/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Suspends a guest that cannot do it by itself, from dom0: `xl save` then
 * finds it as a guest that has answered.
 *
 * usage: xlmem-suspend DOMID
 */
#include <stdlib.h>

#include <xenctrl.h>
#include <xen/sched.h>

int main(int argc, char **argv)
{
    xc_interface *xch;
    int r;

    if (argc != 2)
        return 2;
    xch = xc_interface_open(NULL, NULL, 0);
    if (!xch)
        return 1;
    r = xc_domain_shutdown(xch, (uint32_t)strtoul(argv[1], NULL, 10),
                           SHUTDOWN_suspend);
    xc_interface_close(xch);
    return r ? 1 : 0;
}
