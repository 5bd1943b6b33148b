/*
 * Who makes a COM call: found out by the service, checked and stored by the queue.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_CALLER_H
#define WINE_BITS_BASE_CALLER_H

#include <windows.h>

struct caller
{
    WCHAR *sid; /* string form; belongs to the structure */
    DWORD process;
    DWORD integrity; /* RID of the mandatory label */
    BOOL elevated;
    BOOL privileged; /* administrator or service account */
};

#endif
