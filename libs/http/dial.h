/*
 * Getting a connection for a request.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_DIAL_H
#define WINE_BITS_HTTP_DIAL_H

#include "http/exchange_state.h"

/*
 * Takes or makes a connection for the request in hand, by the proxies that are to be used.  fresh: not a kept one.
 * *answered: a proxy answered instead of making a tunnel; the answer is in place, with from_proxy set.
 */
uint32_t http_exchange_dial(struct http_exchange *exchange, bool fresh, bool *answered);

#endif
