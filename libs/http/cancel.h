/*
 * The switch with which another thread ends whatever an exchange waits for.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only the switch is shared between threads, never a socket: a cancel can therefore not hit a handle that was
 * closed and given out again.
 */

#ifndef WINE_BITS_HTTP_CANCEL_H
#define WINE_BITS_HTTP_CANCEL_H

#include <stdbool.h>
#include <stdint.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

struct http_cancel
{
    HANDLE event;            /* manual reset, set once */
    volatile LONG requested; /* the same, to be looked at without a system call */
};

/* false: no memory. */
static inline bool http_cancel_init(struct http_cancel *cancel)
{
    cancel->requested = 0;
    cancel->event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return cancel->event != NULL;
}

static inline void http_cancel_cleanup(struct http_cancel *cancel)
{
    if (cancel->event) CloseHandle(cancel->event);
    cancel->event = NULL;
}

/* From any thread. */
static inline void http_cancel_request(struct http_cancel *cancel)
{
    InterlockedExchange(&cancel->requested, 1);
    SetEvent(cancel->event);
}

static inline bool http_cancel_requested(const struct http_cancel *cancel)
{
    return cancel->requested != 0;
}

/* What a blocking call obeys.  Times in ms, 0 = none. */
struct http_wait
{
    const struct http_cancel *cancel;
    uint32_t connect_timeout;
    uint32_t send_timeout;
    uint32_t receive_timeout;
    /* Asked when a send stands still and there is something to read: true gives the send up.  NULL: nobody cares. */
    bool (*heard)(void *context);
    void *heard_context;
};

/* The same wait within a limit of ms since start, for all that a peer sends byte by byte; ERROR_WINHTTP_TIMEOUT: it has
 * passed. */
static inline uint32_t http_wait_limit(const struct http_wait *wait, ULONGLONG start, uint32_t limit,
                                       struct http_wait *limited)
{
    ULONGLONG elapsed = GetTickCount64() - start;

    *limited = *wait;
    if (elapsed >= limit) return ERROR_WINHTTP_TIMEOUT;
    if (!wait->receive_timeout || wait->receive_timeout > limit - elapsed)
        limited->receive_timeout = (uint32_t)(limit - elapsed);
    return 0;
}

#endif
