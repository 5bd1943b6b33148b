/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layout of the contract as one set of headers gives it: a list of numbers and a list of identifiers. */

#ifndef WINE_BITS_CONTRACT_LAYOUT_H
#define WINE_BITS_CONTRACT_LAYOUT_H

#include <windows.h>

struct layout_number
{
    const char *name;
    unsigned long long value;
};

struct layout_guid
{
    const char *name;
    const GUID *guid;
};

extern const struct layout_number our_numbers[], mingw_numbers[];
extern const struct layout_guid our_guids[], mingw_guids[];

#endif
