/*
 * Clients that die, hang, or have odd callback objects.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "badinput.h"

#define FILE_SIZE 50000
#define NOTIFY_DEFAULT (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR)

/* --- the client that dies ------------------------------------------------------------------ */

/* It is started as "doomed EVENT JOB [late]": takes the job over, tells by the event that it is where it is
 * going to be killed, and waits for that. With "late" that is with pointers in its hand, otherwise inside a
 * callback. */

static HRESULT stay_inside(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                           IBackgroundCopyFile *file)
{
    SetEvent(callback->context);
    Sleep(INFINITE);
    return S_OK;
}

static IBackgroundCopyJob *find_job(const char *text)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job = NULL;
    WCHAR wide[64];
    GUID id;

    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, ARRAYSIZE(wide));
    if (manager && CLSIDFromString(wide, &id) == S_OK) ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    /* The manager is not released either. */
    return job;
}

static void hold_pointers(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *list;
    IBackgroundCopyFile *file;
    IBackgroundCopyJob3 *job3;
    unsigned int i;

    for (i = 0; i < 10; i++)
    {
        if (IBackgroundCopyJob_EnumFiles(job, &list) == S_OK) IEnumBackgroundCopyFiles_Next(list, 1, &file, NULL);
        IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3);
    }
}

void run_doomed_client(int argc, char **argv)
{
    struct callback *callback = callback_create(2);
    IBackgroundCopyJob *job = argc > 1 ? find_job(argv[1]) : NULL;
    HANDLE event = argc > 0 ? OpenEventA(EVENT_MODIFY_STATE, FALSE, argv[0]) : NULL;

    if (!job || !event) ExitProcess(1);
    callback->context = event;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, NOTIFY_DEFAULT), S_OK);
    if (argc > 2)
    {
        hold_pointers(job);
        SetEvent(event);
    }
    else
    {
        callback->hook[CALLBACK_TRANSFERRED] = stay_inside;
        callback->hook[CALLBACK_ERROR] = stay_inside;
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    }
    Sleep(INFINITE);
}

/* Start such a client for a job and wait until it is where it shall be. */
static HANDLE start_doomed(IBackgroundCopyJob *job, const char *how)
{
    static LONG number;
    HANDLE event, process;
    char name[64];
    WCHAR id_text[40];
    GUID id;

    snprintf(name, sizeof(name), "wine-bits-doomed-%lu-%ld", GetCurrentProcessId(), InterlockedIncrement(&number));
    event = CreateEventA(NULL, TRUE, FALSE, name);
    IBackgroundCopyJob_GetId(job, &id);
    StringFromGUID2(&id, id_text, ARRAYSIZE(id_text));
    process = winetest_spawn("doomed %s %ls %s", name, id_text, how);
    if (process) ok(client_wait(event, SOON_MS), "the client does not get there");
    CloseHandle(event);
    return process;
}

static void kill_client(HANDLE process)
{
    if (!process) return;
    TerminateProcess(process, 1);
    WaitForSingleObject(process, SOON_MS);
    CloseHandle(process);
}

/* --- a job that survives its client ---------------------------------------------------------- */

static IBackgroundCopyJob *prepare_job(IBackgroundCopyManager *manager, struct server *server, const WCHAR *path,
                                       WCHAR *local)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[128];

    if (!job) return NULL;
    ok_hr(IBackgroundCopyJob_AddFile(job, server_url(server, path, url, ARRAYSIZE(url)), client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    return job;
}

/* B-661, B-670: the dead client's object is dropped, the next one is told. */
static void check_next_client(IBackgroundCopyJob *job, enum callback_kind kind)
{
    struct callback *callback = callback_create(1);

    if (!callback) return;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, NOTIFY_DEFAULT), S_OK);
    ok(callback_wait(callback, kind, 1, SOON_MS), "the next client is not told");
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    callback_destroy(callback);
}

static void check_killed_inside(IBackgroundCopyManager *manager, struct server *server, BOOL good)
{
    BG_JOB_STATE state = good ? BG_JOB_STATE_TRANSFERRED : BG_JOB_STATE_ERROR;
    WCHAR local[MAX_PATH];
    IBackgroundCopyJob *job = prepare_job(manager, server, good ? L"/good" : L"/missing", local);

    winetest_push_context(good ? "killed in JobTransferred" : "killed in JobError");
    if (job)
    {
        kill_client(start_doomed(job, ""));
        ok_int(client_state(job), state);
        check_next_client(job, good ? CALLBACK_TRANSFERRED : CALLBACK_ERROR);
        if (good)
        {
            ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
            ok(pattern_check_file(local, FILE_SIZE, 0), "the file is damaged");
        }
    }
    client_drop_job(job);
    check_services();
    winetest_pop_context();
}

/* B-017: what a dead client held keeps nothing from going on. */
static void check_killed_holding(IBackgroundCopyManager *manager, struct server *server)
{
    WCHAR local[MAX_PATH];
    IBackgroundCopyJob *job = prepare_job(manager, server, L"/good", local);

    winetest_push_context("killed with pointers");
    if (job)
    {
        kill_client(start_doomed(job, "late"));
        ok_int(client_state(job), BG_JOB_STATE_SUSPENDED);
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        if (client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        {
            check_next_client(job, CALLBACK_TRANSFERRED);
            ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        }
    }
    client_drop_job(job);
    check_services();
    winetest_pop_context();
}

void test_dying_clients(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    struct server *server = server_create();

    if (manager && server)
    {
        server_route(server, "/good", &(struct route){.size = FILE_SIZE});
        check_killed_inside(manager, server, TRUE);
        check_killed_inside(manager, server, FALSE);
        check_killed_holding(manager, server);
    }
    if (manager) IBackgroundCopyManager_Release(manager);
    server_destroy(server);
}

/* --- a client that does not come back from a callback -------------------------------------------- */

/* B-664: it blocks its own job, nobody else's. */
void test_hung_client(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    struct callback *callback = callback_create(1);
    struct server *server = server_create();
    IBackgroundCopyJob *hung = NULL, *other = NULL;
    WCHAR local[MAX_PATH];
    HANDLE process;

    if (manager && server)
    {
        server_route(server, "/good", &(struct route){.size = FILE_SIZE});
        hung = prepare_job(manager, server, L"/good", local);
        other = prepare_job(manager, server, L"/good", local);
    }
    if (hung && other)
    {
        process = start_doomed(hung, "");
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(other, callback_unknown(callback)), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(other), S_OK);
        ok(callback_wait(callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "the other client is not told");
        ok_hr(IBackgroundCopyJob_Complete(other), S_OK);
        /* Its job obeys, too. */
        ok_hr(IBackgroundCopyJob_Complete(hung), S_OK);
        ok_int(client_state(hung), BG_JOB_STATE_ACKNOWLEDGED);
        kill_client(process);
    }
    client_drop_job(hung);
    client_drop_job(other);
    callback_destroy(callback);
    if (manager) IBackgroundCopyManager_Release(manager);
    server_destroy(server);
}

/* --- callback objects with odd answers ------------------------------------------------------------- */

static HRESULT release_too_much(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                IBackgroundCopyFile *file)
{
    /* Allowed by no rule, but the service's objects must outlive it: only the proxies here go. */
    IBackgroundCopyJob_AddRef(job);
    IBackgroundCopyJob_Release(job);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    return 0x12345678;
}

void test_strange_callbacks(void)
{
    /* errors of the client that look like errors of the way to it, and a success that is none of the usual */
    static const HRESULT results[] = {
        HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE),
        RPC_E_DISCONNECTED,
        HRESULT_FROM_WIN32(RPC_S_CALL_FAILED),
        CO_E_OBJNOTCONNECTED,
        E_OUTOFMEMORY,
        S_FALSE,
        0x7fffffff,
        0xffffffff,
    };
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    struct server *server = server_create();
    struct callback *callback;
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH];
    unsigned int i;

    for (i = 0; manager && server && i <= ARRAYSIZE(results); i++)
    {
        winetest_push_context("result %u", i);
        if ((job = prepare_job(manager, server, L"/missing", local)) && (callback = callback_create(2)))
        {
            if (i < ARRAYSIZE(results)) callback->result[CALLBACK_ERROR] = results[i];
            else callback->hook[CALLBACK_ERROR] = release_too_much;
            ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
            ok(callback_wait(callback, CALLBACK_ERROR, 1, SOON_MS), "no JobError");
            ok_int(client_state(job), BG_JOB_STATE_ERROR); /* B-669 */
            client_drop_job(job);
            callback_destroy(callback);
        }
        winetest_pop_context();
    }
    if (manager) IBackgroundCopyManager_Release(manager);
    server_destroy(server);
}
