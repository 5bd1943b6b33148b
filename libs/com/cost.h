/*
 * What the network costs, as the system's list of networks says.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_COST_H
#define WINE_BITS_COM_COST_H

#include <stdint.h>

/* For queue_config.cost: a bit of B-585, 0 where nobody knows. */
uint32_t com_network_cost(void *context);

#endif
