/*
 * The end of a service that has a fault in its own code.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>

#include "base/crash.h"
#include "base/debug.h"

DEBUG_CHANNEL(bitsservice);

#define KEY L"Software\\wine-bits\\Crashes"

static DWORD job_slot = TLS_OUT_OF_INDEXES;
static const BYTE *module_base;
static size_t module_size;
static HKEY counters; /* of the session; NULL: there are none */
static void (*end_service)(DWORD exception);

static void format_id(const GUID *id, WCHAR *name)
{
    swprintf(name, 40, L"{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", id->Data1, id->Data2, id->Data3,
             id->Data4[0], id->Data4[1], id->Data4[2], id->Data4[3], id->Data4[4], id->Data4[5], id->Data4[6],
             id->Data4[7]);
}

static BOOL is_fault(DWORD code)
{
    switch (code)
    {
    case EXCEPTION_ACCESS_VIOLATION:
    case EXCEPTION_IN_PAGE_ERROR:
    case EXCEPTION_ILLEGAL_INSTRUCTION:
    case EXCEPTION_PRIV_INSTRUCTION:
    case EXCEPTION_INT_DIVIDE_BY_ZERO:
    case EXCEPTION_STACK_OVERFLOW: return TRUE;
    default: return FALSE;
    }
}

/* 0: not in this module, whose first bytes are no code. */
static size_t offset_in_module(const void *address)
{
    size_t offset = (const BYTE *)address - module_base;

    return (const BYTE *)address >= module_base && offset < module_size ? offset : 0;
}

/* From its headers in memory. */
static void find_module(HMODULE module)
{
    const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)module;
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)((const BYTE *)module + dos->e_lfanew);

    module_base = (const BYTE *)module;
    module_size = headers->OptionalHeader.SizeOfImage;
}

static void count_job(const GUID *id)
{
    DWORD count = crash_count(id) + 1;
    WCHAR name[40];

    format_id(id, name);
    if (counters) RegSetValueExW(counters, name, 0, REG_DWORD, (const BYTE *)&count, sizeof(count));
}

static LONG CALLBACK handle_exception(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
    static LONG ending;
    WCHAR module[MAX_PATH] = L"?";
    const GUID *job;
    size_t offset;

    if (!is_fault(record->ExceptionCode) || !(offset = offset_in_module(record->ExceptionAddress)))
        return EXCEPTION_CONTINUE_SEARCH;
    /* Another thread is at it, or this one has faulted once more. */
    if (InterlockedExchange(&ending, TRUE)) TerminateProcess(GetCurrentProcess(), record->ExceptionCode);
    job = TlsGetValue(job_slot);
    GetModuleFileNameW((HMODULE)module_base, module, ARRAYSIZE(module));
    log_event("fault %#lx in %s at +%#lx, job %s: the service ends", record->ExceptionCode, debug_wstr(module),
              (unsigned long)offset, job ? debug_guid(job) : "none");
    ERR("fault %#lx at +%#lx, job %s: the service ends\n", record->ExceptionCode, (unsigned long)offset,
        job ? debug_guid(job) : "none");
    if (job) count_job(job);
    if (end_service) end_service(record->ExceptionCode);
    TerminateProcess(GetCurrentProcess(), record->ExceptionCode);
    return EXCEPTION_CONTINUE_SEARCH;
}

void crash_guard(const WCHAR *service, void (*ending)(DWORD exception))
{
    HMODULE module;
    WCHAR path[64];

    end_service = ending;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const WCHAR *)crash_guard, &module))
        return;
    find_module(module);
    job_slot = TlsAlloc();
    swprintf(path, ARRAYSIZE(path), L"%s\\%s", KEY, service);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, REG_OPTION_VOLATILE,
                        KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &counters, NULL))
        counters = NULL;
    if (!AddVectoredExceptionHandler(TRUE, handle_exception)) WARN("faults end no process\n");
}

void crash_set_job(const GUID *id)
{
    if (job_slot != TLS_OUT_OF_INDEXES) TlsSetValue(job_slot, (void *)id);
}

unsigned int crash_count(const GUID *id)
{
    DWORD count, size = sizeof(count);
    WCHAR name[40];

    format_id(id, name);
    if (!counters || RegQueryValueExW(counters, name, NULL, NULL, (BYTE *)&count, &size) || size != sizeof(count))
        return 0;
    return count;
}

void crash_forget(const GUID *id)
{
    WCHAR name[40];

    format_id(id, name);
    if (counters) RegDeleteValueW(counters, name);
}
