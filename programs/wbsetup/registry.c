/*
 * Writing, removing and checking what registration.c lists in the registry.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "registration.h"
#include "wbsetup.h"

#define OVERRIDES_KEY L"Software\\Wine\\DllOverrides"
#define OVERRIDE L"native,builtin"

/* More are counted, not printed. */
#define REPORTED_MAX 3

/* Keys that the two views share are simply written twice. */
static const REGSAM views[] = {KEY_WOW64_64KEY, KEY_WOW64_32KEY};

static size_t view_count(void)
{
    return has_two_views() ? ARRAYSIZE(views) : 1;
}

static DWORD set_string(HKEY key, const WCHAR *name, const WCHAR *data)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)data, (lstrlenW(data) + 1) * sizeof(*data));
}

static DWORD get_string(HKEY root, const WCHAR *key, const WCHAR *name, REGSAM view, WCHAR *data, size_t size)
{
    DWORD bytes = size * sizeof(*data), error;
    HKEY handle;

    data[0] = 0;
    if ((error = RegOpenKeyExW(root, key, 0, KEY_QUERY_VALUE | view, &handle))) return error;
    error = RegGetValueW(handle, NULL, name, RRF_RT_REG_SZ, NULL, data, &bytes);
    RegCloseKey(handle);
    return error;
}

/* --- classes, proxies, interfaces ------------------------------------------------ */

static DWORD write_value(const struct registry_value *value, REGSAM view)
{
    DWORD error;
    HKEY key;

    error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, value->key, 0, NULL, 0, KEY_SET_VALUE | view, NULL, &key, NULL);
    if (!error)
    {
        error = set_string(key, value->name, value->data);
        RegCloseKey(key);
    }
    if (error) complain(error, L"cannot write the registry key HKLM\\%ls", value->key);
    return error;
}

/* Remove the value, and its key when nothing else is in it. */
static DWORD remove_value(const struct registry_value *value, REGSAM view)
{
    DWORD subkeys, values, error;
    HKEY key;

    error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, value->key, 0, KEY_QUERY_VALUE | KEY_SET_VALUE | view, &key);
    if (error == ERROR_FILE_NOT_FOUND) return 0;
    if (!error)
    {
        error = RegDeleteValueW(key, value->name);
        if (error == ERROR_FILE_NOT_FOUND) error = 0;
        if (!error)
            error = RegQueryInfoKeyW(key, NULL, NULL, NULL, &subkeys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
        RegCloseKey(key);
        if (!error && !subkeys && !values) error = RegDeleteKeyExW(HKEY_LOCAL_MACHINE, value->key, view, 0);
    }
    if (error) complain(error, L"cannot remove the registry key HKLM\\%ls", value->key);
    return error;
}

static BOOL is_value_right(const struct registry_value *value, REGSAM view)
{
    WCHAR data[MAX_PATH];

    return !get_string(HKEY_LOCAL_MACHINE, value->key, value->name, view, data, ARRAYSIZE(data)) &&
           !lstrcmpiW(data, value->data);
}

static unsigned int check_values(void)
{
    struct registry_value *values;
    unsigned int wrong = 0;
    size_t count, i, v;

    if (!(values = registration_values(&count)))
    {
        complain(ERROR_OUTOFMEMORY, L"cannot check the registry");
        return 1;
    }
    for (v = 0; v < view_count(); v++)
    {
        for (i = 0; i < count; i++)
        {
            if (is_value_right(&values[i], views[v])) continue;
            if (wrong++ < REPORTED_MAX)
                print(L"               missing or changed: HKLM\\%ls %ls (%ls-bit view)\n", values[i].key,
                      values[i].name ? values[i].name : L"(default)", views[v] == KEY_WOW64_64KEY ? L"64" : L"32");
        }
    }
    print(L"Registration:  %u of %u values ", (unsigned int)(count * view_count()) - wrong,
          (unsigned int)(count * view_count()));
    print(wrong ? L"as they should be: install again\n" : L"as they should be\n");
    free(values);
    return wrong;
}

void registry_list(void)
{
    struct registry_value *values;
    size_t count, i;

    if (!(values = registration_values(&count))) return;
    for (i = 0; i < count; i++)
        print(L"HKLM\\%ls\t%ls\t%ls\n", values[i].key, values[i].name ? values[i].name : L"", values[i].data);
    free(values);
}

/* --- overrides ----------------------------------------------------------------------- */

/* Keep what the user had set, once. */
static DWORD save_override(const WCHAR *dll, const WCHAR *previous)
{
    DWORD error;
    HKEY key;

    error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_SAVED_OVERRIDES, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY,
                            NULL, &key, NULL);
    if (error) return error;
    error = set_string(key, dll, previous);
    RegCloseKey(key);
    return error;
}

static DWORD install_override(HKEY key, const WCHAR *dll)
{
    WCHAR previous[64];
    DWORD error;

    error = get_string(HKEY_CURRENT_USER, OVERRIDES_KEY, dll, 0, previous, ARRAYSIZE(previous));
    if (!error && !wcscmp(previous, OVERRIDE)) return 0;
    if (!error && (error = save_override(dll, previous))) return error;
    return set_string(key, dll, OVERRIDE);
}

static DWORD uninstall_override(HKEY key, const WCHAR *dll)
{
    WCHAR previous[64], data[64];
    DWORD error;

    if (!get_string(HKEY_LOCAL_MACHINE, SETTINGS_SAVED_OVERRIDES, dll, KEY_WOW64_64KEY, previous, ARRAYSIZE(previous)))
        return set_string(key, dll, previous);
    /* Another value is not ours. */
    if (get_string(HKEY_CURRENT_USER, OVERRIDES_KEY, dll, 0, data, ARRAYSIZE(data)) || wcscmp(data, OVERRIDE)) return 0;
    error = RegDeleteValueW(key, dll);
    return error == ERROR_FILE_NOT_FOUND ? 0 : error;
}

static DWORD each_override(DWORD (*apply)(HKEY key, const WCHAR *dll))
{
    DWORD error;
    size_t i;
    HKEY key;

    error = RegCreateKeyExW(HKEY_CURRENT_USER, OVERRIDES_KEY, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);
    if (!error)
    {
        for (i = 0; i < overridden_dll_count && !error; i++) error = apply(key, overridden_dlls[i]);
        RegCloseKey(key);
    }
    if (error) complain(error, L"cannot write the registry key HKCU\\%ls", OVERRIDES_KEY);
    return error;
}

static unsigned int check_overrides(void)
{
    unsigned int wrong = 0;
    WCHAR data[64];
    size_t i;

    print(L"Overrides:    ");
    for (i = 0; i < overridden_dll_count; i++)
    {
        get_string(HKEY_CURRENT_USER, OVERRIDES_KEY, overridden_dlls[i], 0, data, ARRAYSIZE(data));
        print(L" %ls=%ls", overridden_dlls[i], data[0] ? data : L"(none)");
        if (wcscmp(data, OVERRIDE)) wrong++;
    }
    print(wrong ? L": should be " OVERRIDE L", install again\n" : L"\n");
    return wrong;
}

/* --- all of it ---------------------------------------------------------------------------- */

DWORD registry_install(void)
{
    struct registry_value *values;
    size_t count, i, v;
    DWORD error = 0;

    if (!(values = registration_values(&count))) return complain(ERROR_OUTOFMEMORY, L"cannot write the registry");
    for (v = 0; v < view_count() && !error; v++)
        for (i = 0; i < count && !error; i++) error = write_value(&values[i], views[v]);
    free(values);
    return error ? error : each_override(install_override);
}

DWORD registry_uninstall(void)
{
    struct registry_value *values;
    DWORD error, first_error;
    size_t count, i, v;

    if (!(values = registration_values(&count))) return complain(ERROR_OUTOFMEMORY, L"cannot write the registry");
    first_error = each_override(uninstall_override);
    for (v = 0; v < view_count(); v++)
    {
        /* Backwards: subkeys before their keys. */
        for (i = count; i-- > 0;)
        {
            if (values[i].wines) continue;
            error = remove_value(&values[i], views[v]);
            if (!first_error) first_error = error;
        }
    }
    free(values);
    return first_error;
}

unsigned int registry_check(void)
{
    return check_overrides() + check_values();
}

/* --- our own settings ------------------------------------------------------------------------ */

void settings_version(WCHAR *version, size_t size)
{
    get_string(HKEY_LOCAL_MACHINE, SETTINGS_KEY, SETTINGS_VERSION, KEY_WOW64_64KEY, version, size);
}

DWORD settings_install(void)
{
    WCHAR version[64];
    DWORD error;
    HKEY key;

    /* Without a version it is what a leftover service published: a volatile key, in which nothing would last.
     */
    settings_version(version, ARRAYSIZE(version));
    if (!version[0] && (error = settings_uninstall())) return error;

    error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_KEY, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key,
                            NULL);
    if (!error)
    {
        error = set_string(key, SETTINGS_VERSION, L"" WINE_BITS_VERSION);
        RegCloseKey(key);
    }
    if (error) complain(error, L"cannot write the registry key HKLM\\%ls", SETTINGS_KEY);
    return error;
}

DWORD settings_uninstall(void)
{
    DWORD error;
    HKEY parent;

    error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"Software", 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, &parent);
    if (!error)
    {
        error = RegDeleteTreeW(parent, L"wine-bits");
        RegCloseKey(parent);
    }
    if (error == ERROR_FILE_NOT_FOUND) error = 0;
    if (error) complain(error, L"cannot remove the registry key HKLM\\%ls", SETTINGS_KEY);
    return error;
}
