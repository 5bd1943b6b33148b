/*
 * /UTIL: version, repair, event channel.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "commands.h"
#include "output.h"
#include "session.h"

/* --- /VERSION --------------------------------------------------------------------------------- */

/* Each version of BITS has a class of its own, so the newest class that is there tells the version. */
static const struct version
{
    const CLSID *class_id;
    const WCHAR *text;
} versions[] = {
    {&CLSID_BackgroundCopyManager10_3, L"10.3"}, {&CLSID_BackgroundCopyManager10_2, L"10.2"},
    {&CLSID_BackgroundCopyManager10_1, L"10.1"}, {&CLSID_BackgroundCopyManager10_0, L"10.0"},
    {&CLSID_BackgroundCopyManager5_0, L"5.0"},   {&CLSID_BackgroundCopyManager4_0, L"4.0"},
    {&CLSID_BackgroundCopyManager3_0, L"3.0"},   {&CLSID_BackgroundCopyManager2_5, L"2.5"},
    {&CLSID_BackgroundCopyManager2_0, L"2.0"},   {&CLSID_BackgroundCopyManager1_5, L"1.5"},
};

static const WCHAR *find_version(void)
{
    IUnknown *manager;
    size_t i;

    for (i = 0; i < ARRAYSIZE(versions); i++)
    {
        HRESULT hr = CoCreateInstance(versions[i].class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown,
                                      (void **)&manager);

        if (FAILED(hr)) continue;
        IUnknown_Release(manager);
        return versions[i].text;
    }
    return L"1.0";
}

static void print_file_version(const WCHAR *name)
{
    WCHAR path[MAX_PATH + 32];
    VS_FIXEDFILEINFO *info;
    UINT length = GetSystemDirectoryW(path, MAX_PATH);
    DWORD size, ignored;
    void *block = NULL;

    swprintf(path + length, ARRAYSIZE(path) - length, L"\\%ls", name);
    if ((size = GetFileVersionInfoSizeW(path, &ignored))) block = allocate(size);
    if (block && GetFileVersionInfoW(path, 0, size, block) && VerQueryValueW(block, L"\\", (void **)&info, &length))
        print(L"%ls version %u.%u.%u.%u\n", path, HIWORD(info->dwFileVersionMS), LOWORD(info->dwFileVersionMS),
              HIWORD(info->dwFileVersionLS), LOWORD(info->dwFileVersionLS));
    else print(L"%ls version UNKNOWN\n", path);
    free(block);
}

/* The manager is there, so the service can start; how it is set up is said all the same. */
static void print_service(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, L"BITS", SERVICE_QUERY_CONFIG) : NULL;
    const WCHAR *start = L"cannot be looked at";
    QUERY_SERVICE_CONFIGW *config;
    DWORD size = 0;

    if (service && !QueryServiceConfigW(service, NULL, 0, &size) && size)
    {
        config = allocate(size);
        if (QueryServiceConfigW(service, config, size, &size))
            start = config->dwStartType == SERVICE_DISABLED ? L"is disabled" : L"can start";
        free(config);
    }
    print(L"Service BITS %ls\n", start);
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
}

COMMAND(cmd_version)
{
    if (!session_open(session)) return RESULT_FAILED;
    give(session, L"get version", S_OK, L"%ls", find_version());
    if (!(call->options & OPTION_VERBOSE)) return RESULT_DONE;
    if (call->raw) print(L"\n");
    print_file_version(L"qmgr.dll");
    print_file_version(L"qmgrprxy.dll");
    print_service();
    return RESULT_DONE;
}

/* --- what only old or other systems can do ---------------------------------------------------- */

COMMAND(cmd_repair_service)
{
    return refuse(L"Repairing the service is not supported by this version of BITS. Nothing was changed.");
}

COMMAND(cmd_enable_analytic_channel)
{
    return refuse(L"This version of BITS has no analytic event channel. Nothing was changed.");
}
