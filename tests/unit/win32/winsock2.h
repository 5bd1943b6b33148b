/*
 * See windows.h beside this.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
