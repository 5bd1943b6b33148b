/*
 * What the job behind a download says of it: its status, and properties as they were set.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_DOSVC_STATE_H
#define WINE_BITS_DOSVC_STATE_H

#include "domsg.h"
#include "dosvc.h"

/* The status as clients see it. */
void download_get_status(const struct com_service *service, struct job *job, DO_DOWNLOAD_STATUS *status);

/* Whether hr is a condition that passes by itself, in the client's eyes (D-026). */
BOOL download_is_transient(HRESULT hr);

/* A text property, for free(); NULL: not set.  E_OUTOFMEMORY. */
HRESULT download_get_text(struct job *job, DODownloadProperty id, WCHAR **text);

/* A number or BOOL; preset where it is not set. */
ULONG download_get_number(struct job *job, DODownloadProperty id, ULONG preset);

#endif
