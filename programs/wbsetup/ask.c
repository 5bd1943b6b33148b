/*
 * Which DLLs are in use: asked of the running services, as any program would.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>
#include <ole2.h>

#include "base/scm.h"
#include "bitsapi.h"
#include "registration.h"
#include "wbsetup.h"

#define BUILTIN_MARK "Wine builtin DLL"
#define BUILTIN_MARK_OFFSET 0x40

/* What runs a service. */
struct service_answer
{
    HRESULT hr; /* of activating its class */
    DWORD process;
    WCHAR module[MAX_PATH]; /* empty: not ours */
    WCHAR version[64];
};

static DWORD read_published(const WCHAR *service, struct service_answer *answer)
{
    DWORD size, process = 0, error;
    WCHAR path[128];
    HKEY key;

    swprintf(path, ARRAYSIZE(path), SETTINGS_RUNNING L"\\%ls", service);
    if ((error = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key))) return error;
    size = sizeof(process);
    error = RegGetValueW(key, NULL, L"ProcessId", RRF_RT_REG_DWORD, NULL, &process, &size);
    /* What another process published is history. */
    if (!error && process != answer->process) error = ERROR_FILE_NOT_FOUND;
    size = sizeof(answer->module);
    if (!error) error = RegGetValueW(key, NULL, L"Module", RRF_RT_REG_SZ, NULL, answer->module, &size);
    size = sizeof(answer->version);
    if (!error) error = RegGetValueW(key, NULL, L"Version", RRF_RT_REG_SZ, NULL, answer->version, &size);
    RegCloseKey(key);
    if (error) answer->module[0] = 0;
    return error;
}

/* Activate the class, which starts the service; the caller releases *object. */
static void ask_service(const WCHAR *service, REFCLSID clsid, REFIID iid, struct service_answer *answer, void **object)
{
    memset(answer, 0, sizeof(*answer));
    *object = NULL;
    scm_wait_for_rpcss(); /* where this fails, the next call says so */
    answer->hr = CoCreateInstance(clsid, NULL, CLSCTX_LOCAL_SERVER, iid, object);
    answer->process = service_process(service);
    if (SUCCEEDED(answer->hr)) read_published(service, answer);
}

static enum result print_answer(const WCHAR *label, const struct service_answer *answer, const WCHAR *builtin)
{
    enum result result = RESULT_PROBLEM;

    print(L"  %-22ls ", label);
    if (answer->hr == REGDB_E_CLASSNOTREG) print(L"not there");
    else if (FAILED(answer->hr)) print(L"does not answer, error 0x%08lx", answer->hr);
    else if (!answer->module[0]) print(L"%ls", builtin);
    else
    {
        print(L"%ls, wine-bits %ls", answer->module, answer->version);
        result = wcscmp(answer->version, L"" WINE_BITS_VERSION) ? RESULT_PROBLEM : RESULT_OK;
        if (result) print(L" (this is %hs: install again)", WINE_BITS_VERSION);
    }
    if (SUCCEEDED(answer->hr)) print(L", process %04lx", answer->process);
    return result;
}

/* A call through the proxies, which also loads them. */
static void print_job_count(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs;
    ULONG count;
    HRESULT hr;

    if (SUCCEEDED(hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs)))
    {
        hr = IEnumBackgroundCopyJobs_GetCount(jobs, &count);
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    if (FAILED(hr)) print(L"; listing its jobs fails with 0x%08lx", hr);
    else print(L"; %lu %ls", count, count == 1 ? L"job" : L"jobs");
}

/* --- the proxies of this process -------------------------------------------------------- */

static BOOL is_builtin(HMODULE module)
{
    return !memcmp((const char *)module + BUILTIN_MARK_OFFSET, BUILTIN_MARK, sizeof(BUILTIN_MARK) - 1);
}

/* A text of the version resource; empty when there is none. */
static void version_text(const WCHAR *path, const WCHAR *name, WCHAR *text, size_t size)
{
    WCHAR block[64], *found;
    DWORD handle, bytes;
    UINT length;
    void *info;

    text[0] = 0;
    if (!(bytes = GetFileVersionInfoSizeW(path, &handle)) || !(info = malloc(bytes))) return;
    swprintf(block, ARRAYSIZE(block), L"\\StringFileInfo\\040904B0\\%ls", name);
    if (GetFileVersionInfoW(path, 0, bytes, info) && VerQueryValueW(info, block, (void **)&found, &length))
        lstrcpynW(text, found, size);
    free(info);
}

/* The proxy DLL that COM has loaded for the interfaces in use. */
static enum result print_proxies(void)
{
    HMODULE module = GetModuleHandleW(L"qmgrprxy.dll");
    WCHAR path[MAX_PATH], product[64], version[64];
    enum result result = RESULT_PROBLEM;

    print(L"  proxies, %u-bit        ", (unsigned int)(8 * sizeof(void *)));
    if (!module) print(L"none\n");
    else if (is_builtin(module)) print(L"Wine's builtin qmgrprxy.dll\n");
    else
    {
        GetModuleFileNameW(module, path, ARRAYSIZE(path));
        version_text(path, L"ProductName", product, ARRAYSIZE(product));
        version_text(path, L"ProductVersion", version, ARRAYSIZE(version));
        print(L"%ls, %ls %ls\n", path, product[0] ? product : L"of unknown origin", version);
        if (!wcscmp(product, L"wine-bits") && !wcscmp(version, L"" WINE_BITS_VERSION)) result = RESULT_OK;
    }
    return result;
}

enum result ask_services(void)
{
    enum result result, worst = RESULT_OK;
    struct service_answer answer;
    IBackgroundCopyManager *bits;
    IDOManager *optimization;

    print(L"In use, as the services answer:\n");
    ask_service(L"BITS", &CLSID_BackgroundCopyManager, &IID_IBackgroundCopyManager, &answer, (void **)&bits);
    if ((result = print_answer(L"BITS", &answer, L"Wine's builtin"))) worst = result;
    if (bits) print_job_count(bits);
    print(L"\n");

    ask_service(L"DoSvc", &CLSID_DeliveryOptimization, &IID_IDOManager, &answer, (void **)&optimization);
    if ((result = print_answer(L"Delivery Optimization", &answer, L"another implementation"))) worst = result;
    print(L"\n");

    if ((result = print_proxies())) worst = result;
    if (optimization) IDOManager_Release(optimization);
    if (bits) IBackgroundCopyManager_Release(bits);
    return worst;
}

enum result ask_proxies(void)
{
    struct service_answer answer;
    IBackgroundCopyManager *bits;
    enum result result;

    ask_service(L"BITS", &CLSID_BackgroundCopyManager, &IID_IBackgroundCopyManager, &answer, (void **)&bits);
    result = print_proxies();
    if (FAILED(answer.hr))
    {
        print(L"  32-bit programs get error 0x%08lx from BITS\n", answer.hr);
        result = RESULT_PROBLEM;
    }
    if (bits) IBackgroundCopyManager_Release(bits);
    return result;
}
