/*
 * The clock of timers.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_CLOCK_H
#define WINE_BITS_BASE_CLOCK_H

#include <windows.h>

/* Added to all times, so that those before the start of the system have a number, too. */
#define CLOCK_START_MS (1ull << 40)

/* Milliseconds, counted from a moment before the system started: what becomes of the wall clock does not touch it
 * (B-556). */
static inline ULONGLONG now_ms(void)
{
    return GetTickCount64() + CLOCK_START_MS;
}

#endif
