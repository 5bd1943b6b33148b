/*
 * What proxy scripts have said lately.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Detection asks the network and a script is fetched and run: far more work than a small transfer.  So what came of it
 * holds for a while, for all requests of the process to the same server.
 */

#ifndef WINE_BITS_HTTP_PROXYMEMORY_H
#define WINE_BITS_HTTP_PROXYMEMORY_H

#include <stdbool.h>
#include <windows.h>

struct http_proxy_answer
{
    bool found;           /* false: there is no script */
    WCHAR *list, *bypass; /* NULL list: direct.  Allocated */
};

/* Releases the strings. */
void http_proxy_answer_cleanup(struct http_proxy_answer *answer);

/* What was remembered for that script (NULL: detection) and server; false: nothing.  *answer is cleaned up by the
 * caller. */
bool http_proxy_memory_get(const WCHAR *script, const WCHAR *origin, struct http_proxy_answer *answer);

/* Remembers a copy of answer.  That nothing was detected holds for every server. */
void http_proxy_memory_put(const WCHAR *script, const WCHAR *origin, const struct http_proxy_answer *answer);

#endif
