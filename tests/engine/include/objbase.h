/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef SIM_OBJBASE_H
#define SIM_OBJBASE_H

#include <windows.h>

HRESULT CoCreateGuid(GUID *guid);

#endif
