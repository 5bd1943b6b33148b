/*
 * What the parts of the BITS service know of each other.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_QMGR_QMGR_H
#define WINE_BITS_QMGR_QMGR_H

#include "face/face.h"

/* BITS' numbers, features and further interfaces. */
extern const struct dialect bits_dialect;

/* The DLL itself, whose message table has the texts. */
HMODULE qmgr_module(void);

/* Interfaces that only BITS has; of struct face_job and struct face_manager. */
extern const IBackgroundCopyJobHttpOptions3Vtbl http_options_vtbl;
extern const IBitsTokenOptionsVtbl token_options_vtbl;
extern const IBitsPeerCacheAdministrationVtbl peer_cache_vtbl;

#endif
