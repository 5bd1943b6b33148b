/*
 * The service manager of Wine.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/scm.h"

#define START_TIMEOUT_MS 60000
#define START_CHECK_MS 50

HRESULT scm_wait_for_rpcss(void)
{
    ULONGLONG deadline = GetTickCount64() + START_TIMEOUT_MS;
    SC_HANDLE manager, rpcss;
    SERVICE_STATUS status;
    DWORD error = 0;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) return HRESULT_FROM_WIN32(GetLastError());
    if (!(rpcss = OpenServiceW(manager, L"RpcSs", SERVICE_START | SERVICE_QUERY_STATUS))) error = GetLastError();
    while (!error)
    {
        if (!QueryServiceStatus(rpcss, &status)) error = GetLastError();
        else if (status.dwCurrentState == SERVICE_RUNNING) break;
        else if (status.dwCurrentState == SERVICE_STOPPED && !StartServiceW(rpcss, 0, NULL))
        {
            error = GetLastError();
            if (error == ERROR_SERVICE_DATABASE_LOCKED || error == ERROR_SERVICE_ALREADY_RUNNING) error = 0;
        }
        if (!error && GetTickCount64() >= deadline) error = ERROR_SERVICE_REQUEST_TIMEOUT;
        if (!error) Sleep(START_CHECK_MS);
    }
    if (rpcss) CloseServiceHandle(rpcss);
    CloseServiceHandle(manager);
    return HRESULT_FROM_WIN32(error);
}
