/*
 * The switch of the log file.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "registration.h"
#include "wbsetup.h"

enum
{
    LOG_LEVEL_WARNINGS = 1,
    LOG_LEVEL_TRACES = 2
};

static DWORD open_settings(DWORD access, HKEY *key)
{
    DWORD error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, 0, access | KEY_WOW64_64KEY, key);

    if (error == ERROR_FILE_NOT_FOUND) say(L"wine-bits is not installed in this prefix\n");
    else if (error) complain(error, L"cannot open the registry key HKLM\\%ls", SETTINGS_KEY);
    return error;
}

static DWORD default_path(WCHAR path[MAX_PATH])
{
    DWORD error;

    if ((error = program_data(path))) return error;
    if (lstrlenW(path) > MAX_PATH - 32) return complain(ERROR_FILENAME_EXCED_RANGE, L"cannot place a log in %ls", path);
    lstrcatW(path, L"\\wine-bits");
    if (!CreateDirectoryW(path, NULL) && (error = GetLastError()) != ERROR_ALREADY_EXISTS)
        return complain(error, L"cannot make the directory %ls", path);
    lstrcatW(path, L"\\wine-bits.log");
    return 0;
}

static DWORD current_path(WCHAR path[MAX_PATH], DWORD *level)
{
    DWORD size = MAX_PATH * sizeof(*path), level_size = sizeof(*level), error;
    HKEY key;

    *level = 0;
    error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
    if (error) return error;
    error = RegGetValueW(key, NULL, SETTINGS_LOG_FILE, RRF_RT_REG_SZ, NULL, path, &size);
    if (!error && !path[0]) error = ERROR_FILE_NOT_FOUND;
    RegGetValueW(key, NULL, SETTINGS_LOG_LEVEL, RRF_RT_REG_DWORD, NULL, level, &level_size);
    RegCloseKey(key);
    return error;
}

static DWORD print_path(const WCHAR *path)
{
    WCHAR *name;

    if (!(name = unix_path(path))) return complain(ERROR_OUTOFMEMORY, L"cannot print the path of the log");
    print(L"%ls\n", name);
    free(name);
    return 0;
}

DWORD log_on(BOOL verbose)
{
    DWORD level = verbose ? LOG_LEVEL_TRACES : LOG_LEVEL_WARNINGS, old_level, error;
    WCHAR path[MAX_PATH];
    HKEY key;

    if ((error = open_settings(KEY_SET_VALUE, &key))) return error;
    /* A path that somebody has set stays. */
    if (current_path(path, &old_level)) error = default_path(path);
    if (!error)
    {
        error = RegSetValueExW(key, SETTINGS_LOG_LEVEL, 0, REG_DWORD, (BYTE *)&level, sizeof(level));
        if (!error)
            error = RegSetValueExW(key, SETTINGS_LOG_FILE, 0, REG_SZ, (BYTE *)path,
                                   (lstrlenW(path) + 1) * sizeof(*path));
        if (error) complain(error, L"cannot write the registry key HKLM\\%ls", SETTINGS_KEY);
    }
    RegCloseKey(key);
    if (error) return error;
    error = services_notify();
    print_path(path);
    return error;
}

DWORD log_off(void)
{
    DWORD error;
    HKEY key;

    if ((error = open_settings(KEY_SET_VALUE, &key))) return error;
    error = RegDeleteValueW(key, SETTINGS_LOG_FILE);
    if (!error || error == ERROR_FILE_NOT_FOUND) error = RegDeleteValueW(key, SETTINGS_LOG_LEVEL);
    if (error == ERROR_FILE_NOT_FOUND) error = 0;
    RegCloseKey(key);
    if (error) return complain(error, L"cannot write the registry key HKLM\\%ls", SETTINGS_KEY);
    return services_notify();
}

DWORD log_path(void)
{
    WCHAR path[MAX_PATH];
    DWORD level;

    if (!current_path(path, &level)) return print_path(path);
    say(L"the log is off; switch it on with: wine-bits-setup log on\n");
    return ERROR_FILE_NOT_FOUND;
}

void log_print(void)
{
    WCHAR path[MAX_PATH], *name;
    DWORD level;

    if (current_path(path, &level))
    {
        print(L"Log:           off\n");
        return;
    }
    if (!(name = unix_path(path))) return;
    print(L"Log:           %ls, %ls\n",
          level >= LOG_LEVEL_TRACES     ? L"with traces"
          : level == LOG_LEVEL_WARNINGS ? L"events and warnings"
                                        : L"events",
          name);
    free(name);
}
