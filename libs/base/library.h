/*
 * DLLs that few runs of a service need.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_LIBRARY_H
#define WINE_BITS_BASE_LIBRARY_H

#include <windows.h>

/* A function of a DLL of the system, or NULL.  The DLL is loaded when it is needed for the first time, and then for
 * good. */
static inline void *library_function(const WCHAR *dll, const char *name)
{
    HMODULE module = GetModuleHandleW(dll);

    if (!module) module = LoadLibraryExW(dll, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    return module ? (void *)GetProcAddress(module, name) : NULL;
}

#endif
