/*
 * What wine-bits registers in a prefix, as data.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WBSETUP_REGISTRATION_H
#define WBSETUP_REGISTRATION_H

#include <windows.h>

/* One string value below HKEY_LOCAL_MACHINE, wanted in both registry views. */
struct registry_value
{
    WCHAR key[120];
    const WCHAR *name; /* NULL: the default value of the key */
    WCHAR data[MAX_PATH];
    BOOL wines; /* Wine 8 registers it as well: it stays when wine-bits goes */
};

struct service_registration
{
    const WCHAR *name;
    const WCHAR *display_name;
    const WCHAR *description;
    const WCHAR *group; /* of svchost */
    const WCHAR *image;
    const WCHAR *account;
    const WCHAR *dll;
    const WCHAR *dependencies; /* each with its 0, and one more at the end */
    const WCHAR *wines; /* how Wine calls its service of this name, which stays when wine-bits goes; NULL: no such */
};

/* The values of all classes, proxies and interfaces, keys before their subkeys.  The caller frees the array;
 * NULL when memory is short. */
struct registry_value *registration_values(size_t *count);

extern const struct service_registration registered_services[];
extern const size_t registered_service_count;

/* DLLs of which Wine may have its own and the prefix's file must win. */
extern const WCHAR *const overridden_dlls[];
extern const size_t overridden_dll_count;

/* Where the services and the log keep their data, below the ProgramData directory. */
extern const WCHAR *const data_directories[];
extern const size_t data_directory_count;

/* HKEY_LOCAL_MACHINE, 64-bit view. */
#define SETTINGS_KEY L"Software\\wine-bits"
#define SETTINGS_VERSION L"Version"
#define SETTINGS_LOG_FILE L"LogFile"
#define SETTINGS_LOG_LEVEL L"LogLevel"
/* Overrides that were there before ours, to be put back. */
#define SETTINGS_SAVED_OVERRIDES SETTINGS_KEY L"\\SavedOverrides"
/* What a running service says about itself: one subkey per service. */
#define SETTINGS_RUNNING SETTINGS_KEY L"\\Running"

#endif
