/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layout of our own header. */

#include <stddef.h>
#include <windows.h>
#include <ole2.h>

#include "bitsapi.h"
#include "layout.h"

#define LIST(name) our_##name
#define GUID_SYMBOL(name) name
#include "layout_body.h"
