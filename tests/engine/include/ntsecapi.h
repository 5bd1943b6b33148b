/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef SIM_NTSECAPI_H
#define SIM_NTSECAPI_H

#include <windows.h>

BOOLEAN RtlGenRandom(void *buffer, ULONG size);

#endif
