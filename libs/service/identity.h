/*
 * Who calls.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine gives a COM method neither a call context nor impersonation, but says which process the call comes from.
 */

#ifndef WINE_BITS_SERVICE_IDENTITY_H
#define WINE_BITS_SERVICE_IDENTITY_H

#include "transfer/transfer.h"

/* The process that makes the present COM call, or this one outside of a call. */
DWORD identity_caller_process(void);

/* Its owner and rights; free with caller_cleanup.  E_ACCESSDENIED where they cannot be found out. */
HRESULT identity_of_caller(struct caller *caller);
void caller_cleanup(struct caller *caller);

/* Whether caller may change what an owner with these properties has made (B-760 to B-765). */
BOOL caller_may_modify(const struct caller *caller, const WCHAR *owner_sid, DWORD owner_integrity, BOOL owner_elevated);

#endif
