/*
 * What the parts of the BITS service know of each other.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_QMGR_QMGR_H
#define WINE_BITS_QMGR_QMGR_H

#include "com/com.h"

/* BITS' numbers, features and further interfaces. */
extern const struct com_profile bits_profile;

/* Interfaces that only BITS has; of struct com_job and struct com_manager. */
extern const IBackgroundCopyJobHttpOptions3Vtbl http_options_vtbl;
extern const IBitsTokenOptionsVtbl token_options_vtbl;
extern const IWineBitsJobWaitVtbl job_wait_vtbl;
extern const IBitsPeerCacheAdministrationVtbl peer_cache_vtbl;
extern const IBackgroundCopyQMgrVtbl bits1_manager_vtbl;

/* A callback that passes on to object, which has only BITS 1.0's IBackgroundCopyCallback1: E_NOINTERFACE. */
HRESULT bits1_callback_create(struct com_service *service, IUnknown *object, IBackgroundCopyCallback **out);

#endif
