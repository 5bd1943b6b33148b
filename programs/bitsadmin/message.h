/*
 * What codes mean, in words.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef BITSADMIN_MESSAGE_H
#define BITSADMIN_MESSAGE_H

#include <windows.h>

#include "bitsapi.h"

/* The message for a code in the user's language, without line ends around it, for free(). NULL if there is none.
 * manager may be NULL; then only the system is asked. */
WCHAR *message_of_code(IBackgroundCopyManager *manager, HRESULT hr);

#endif
