/*
 * The client that the torture test runs several of: creates, changes, resumes, completes and cancels jobs, and
 * logs each call before and after it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A record is with the system before the next call begins: it survives the end of this process.
 */

#include "torture/torture.h"
#include "wine/test.h"

#define SLOTS 6
#define RECONNECT_MS 60000

struct slot
{
    BOOL used;
    GUID id;
    DWORD serial;
    DWORD files;
    IBackgroundCopyJob *job;
};

static struct torture_arguments arguments;
static uint32_t state;
static HANDLE log_file;
static IBackgroundCopyManager *manager;
static struct slot slots[SLOTS];
static DWORD next_serial, next_text;

/* --- the log --------------------------------------------------------------------------- */

static void write_record(enum torture_phase phase, enum torture_operation operation, DWORD serial, DWORD value,
                         HRESULT hr, const GUID *id)
{
    struct torture_record record = {operation, phase, serial, value, hr};
    DWORD written;

    if (id) record.id = *id;
    ok(WriteFile(log_file, &record, sizeof(record), &written, NULL) && written == sizeof(record),
       "the log cannot be written: error %lu", GetLastError());
}

/* --- the connection ------------------------------------------------------------------------ */

static void disconnect(void)
{
    unsigned int i;

    for (i = 0; i < SLOTS; i++)
    {
        if (slots[i].job) IBackgroundCopyJob_Release(slots[i].job);
        slots[i].job = NULL;
    }
    if (manager) IBackgroundCopyManager_Release(manager);
    manager = NULL;
}

/* A manager, and every job from it that still exists. */
static HRESULT try_connect(void)
{
    HRESULT hr;
    unsigned int i;

    disconnect();
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                          (void **)&manager);
    for (i = 0; i < SLOTS && SUCCEEDED(hr); i++)
    {
        if (!slots[i].used) continue;
        hr = IBackgroundCopyManager_GetJob(manager, &slots[i].id, &slots[i].job);
        if (hr == BG_E_NOT_FOUND) /* whether it may be gone is for the driver to say */
        {
            slots[i].used = FALSE;
            hr = S_OK;
        }
    }
    return hr;
}

static BOOL connect_service(void)
{
    ULONGLONG deadline = GetTickCount64() + RECONNECT_MS;
    HRESULT hr;

    while (FAILED(hr = try_connect()) && GetTickCount64() < deadline) Sleep(20);
    return ok(hr == S_OK, "client %u cannot reach the service any more: %#lx", arguments.number, hr);
}

/* --- operations ------------------------------------------------------------------------------- */

static HRESULT create_job(struct slot *slot)
{
    WCHAR name[64];

    _snwprintf(name, ARRAYSIZE(name), TORTURE_JOB_NAME L"%u.%lu", arguments.number, slot->serial);
    return IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &slot->id, &slot->job);
}

static HRESULT add_file(struct slot *slot, DWORD value)
{
    WCHAR local[MAX_PATH], remote[128];

    _snwprintf(remote, ARRAYSIZE(remote), L"http://127.0.0.1:%u%hs", arguments.port, torture_kinds[value % 256].path);
    torture_local(local, arguments.directory, arguments.number, slot->serial, value / 256);
    return IBackgroundCopyJob_AddFile(slot->job, remote, local);
}

static HRESULT call(struct slot *slot, enum torture_operation operation, DWORD value)
{
    WCHAR text[32];

    switch (operation)
    {
    case TORTURE_CREATE: return create_job(slot);
    case TORTURE_ADD_FILE: return add_file(slot, value);
    case TORTURE_RESUME: return IBackgroundCopyJob_Resume(slot->job);
    case TORTURE_SUSPEND: return IBackgroundCopyJob_Suspend(slot->job);
    case TORTURE_CANCEL: return IBackgroundCopyJob_Cancel(slot->job);
    case TORTURE_COMPLETE: return IBackgroundCopyJob_Complete(slot->job);
    case TORTURE_DESCRIPTION:
        _snwprintf(text, ARRAYSIZE(text), L"%lu", value);
        return IBackgroundCopyJob_SetDescription(slot->job, text);
    case TORTURE_PRIORITY: return IBackgroundCopyJob_SetPriority(slot->job, value);
    case TORTURE_RETRY_DELAY: return IBackgroundCopyJob_SetMinimumRetryDelay(slot->job, value);
    case TORTURE_NOTIFY_FLAGS: return IBackgroundCopyJob_SetNotifyFlags(slot->job, value);
    default: return E_UNEXPECTED;
    }
}

static BOOL may_be_refused(enum torture_operation operation, HRESULT hr)
{
    if (hr == BG_E_EMPTY) return operation == TORTURE_RESUME;
    /* Complete before anything was transferred */
    return hr == BG_E_INVALID_STATE && operation == TORTURE_COMPLETE;
}

/* One call with its records; after a lost one the connection is made anew. */
static HRESULT do_operation(struct slot *slot, enum torture_operation operation, DWORD value)
{
    HRESULT hr;

    write_record(TORTURE_INTENT, operation, slot->serial, value, S_OK, NULL);
    hr = call(slot, operation, value);
    write_record(TORTURE_RESULT, operation, slot->serial, value, hr, &slot->id);
    if (SUCCEEDED(hr) || may_be_refused(operation, hr)) return hr;
    ok(torture_is_lost(hr), "client %u, job %lu: operation %u returned %#lx", arguments.number, slot->serial, operation,
       hr);
    connect_service();
    return hr;
}

static void add_some_file(struct slot *slot)
{
    if (slot->files >= TORTURE_FILES) return;
    do_operation(slot, TORTURE_ADD_FILE, slot->files++ * 256 + torture_random(&state, TORTURE_KINDS));
}

static void start_job(struct slot *slot)
{
    HRESULT hr;

    memset(slot, 0, sizeof(*slot));
    slot->serial = next_serial++;
    hr = do_operation(slot, TORTURE_CREATE, 0);
    if (FAILED(hr)) return; /* if it exists nevertheless, only its name is known */
    slot->used = TRUE;
    if (torture_random(&state, 8)) add_some_file(slot);
}

static void end_job(struct slot *slot, enum torture_operation operation)
{
    if (FAILED(do_operation(slot, operation, 0))) return;
    IBackgroundCopyJob_Release(slot->job);
    slot->job = NULL;
    slot->used = FALSE;
}

/* Complete what is transferred, and now and then what is not. */
static void complete_job(struct slot *slot)
{
    BG_JOB_STATE now;
    HRESULT hr = IBackgroundCopyJob_GetState(slot->job, &now);

    if (FAILED(hr))
    {
        ok(torture_is_lost(hr), "GetState returned %#lx", hr);
        connect_service();
    }
    else if (now == BG_JOB_STATE_TRANSFERRED || !torture_random(&state, 8)) end_job(slot, TORTURE_COMPLETE);
}

static void change_job(struct slot *slot)
{
    switch (torture_random(&state, 20))
    {
    case 0:
    case 1:
    case 2: do_operation(slot, TORTURE_DESCRIPTION, next_text++); break;
    case 3: do_operation(slot, TORTURE_PRIORITY, torture_random(&state, 4)); break;
    case 4: do_operation(slot, TORTURE_RETRY_DELAY, 5 + torture_random(&state, 1000)); break;
    case 5: do_operation(slot, TORTURE_NOTIFY_FLAGS, torture_random(&state, 8)); break;
    case 6:
    case 7:
    case 8: add_some_file(slot); break;
    case 9:
    case 10:
    case 11:
    case 12:
    case 13: do_operation(slot, TORTURE_RESUME, 0); break;
    case 14:
    case 15: do_operation(slot, TORTURE_SUSPEND, 0); break;
    case 16: end_job(slot, TORTURE_CANCEL); break;
    default: complete_job(slot); break;
    }
}

static void step(void)
{
    struct slot *slot = &slots[torture_random(&state, SLOTS)];

    if (slot->used) change_job(slot);
    else start_job(slot);
}

void torture_client(void)
{
    HANDLE go, paused, stop, waits[2];
    WCHAR path[MAX_PATH];

    torture_get_arguments(&arguments);
    state = torture_seed(arguments.seed, arguments.number);
    go = torture_event(arguments.driver, L"go", 0);
    stop = torture_event(arguments.driver, L"stop", 0);
    paused = torture_event(arguments.driver, L"paused", arguments.number);
    _snwprintf(path, ARRAYSIZE(path), L"%sc%u.log", arguments.directory, arguments.number);
    log_file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ, NULL, OPEN_ALWAYS, 0, NULL);
    if (!ok(go && stop && paused && log_file != INVALID_HANDLE_VALUE, "client %u: error %lu", arguments.number,
            GetLastError()) ||
        !client_start(COINIT_MULTITHREADED))
        return;

    waits[0] = stop;
    waits[1] = go;
    if (connect_service())
    {
        for (;;)
        {
            if (WaitForSingleObject(go, 0)) SetEvent(paused);
            if (WaitForMultipleObjects(2, waits, FALSE, INFINITE) == WAIT_OBJECT_0) break;
            step();
        }
    }
    disconnect();
    CloseHandle(log_file);
    client_stop();
}
