/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layout of the headers that MinGW has: written by others, and what Windows programs are built with. */

#include <stddef.h>
#include <windows.h>
#include <ole2.h>

#include "layout.h"

/* from here on an identifier is defined under another name, so that it does not meet ours in the linker */
#undef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    static const GUID mingw_##name __attribute__((unused)) = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}

/* winspool.h, as our header does */
#undef EnumJobs
#undef GetJob

#include <bits.h>
#include <bits1_5.h>
#include <bits2_0.h>
#include <bits2_5.h>
#include <bits3_0.h>
#include <bits5_0.h>
#include <qmgr.h>
#include <bitscfg.h>

#define LIST(name) mingw_##name
#define GUID_SYMBOL(name) mingw_##name
#include "layout_body.h"
