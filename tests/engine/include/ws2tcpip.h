/*
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
