/*
 * Identities of objects, blankets on them, class objects, calls that are cancelled.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "office.h"
#include "wine/test.h"

static const GUID *classes[] = {&CLSID_BackgroundCopyManager, &CLSID_DeliveryOptimization};

/* Default, static and dynamic cloaking. */
void office_blankets(void *proxy)
{
    static const DWORD capabilities[] = {EOAC_NONE, EOAC_STATIC_CLOAKING, EOAC_DYNAMIC_CLOAKING, EOAC_DEFAULT};
    DWORD level, found;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(capabilities); i++)
    {
        ok_hr(CoSetProxyBlanket(proxy, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                                RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, capabilities[i]),
              S_OK);
        ok_hr(CoQueryProxyBlanket(proxy, NULL, NULL, NULL, NULL, &level, NULL, &found), S_OK);
        ok_int(level, RPC_C_IMP_LEVEL_IMPERSONATE);
        if (capabilities[i] != EOAC_DEFAULT)
            ok_int(found & (EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING), capabilities[i]);
    }
}

static IUnknown *identity_of(void *object)
{
    IUnknown *identity = NULL;

    ok_hr(IUnknown_QueryInterface((IUnknown *)object, &IID_IUnknown, (void **)&identity), S_OK);
    return identity;
}

static BOOL same_object(void *first, void *second)
{
    IUnknown *one = identity_of(first), *other = identity_of(second);
    BOOL same = one == other;

    IUnknown_Release(one);
    IUnknown_Release(other);
    return same;
}

/* A manager that is nothing but IUnknown at first, as clients have it that write CoCreateInstance and cast later. */
static void check_bare_identity(const CLSID *class_id)
{
    IBackgroundCopyManager *manager;
    IClientSecurity *security;
    IUnknown *bare, *again;

    if (!ok_hr(CoCreateInstance(class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&bare), S_OK)) return;
    office_blankets(bare);
    ok_hr(IUnknown_QueryInterface(bare, &IID_IClientSecurity, (void **)&security), S_OK);
    ok_hr(IClientSecurity_QueryInterface(security, &IID_IUnknown, (void **)&again), S_OK);
    ok(again == bare, "IClientSecurity leads to another object");
    IUnknown_Release(again);
    IClientSecurity_Release(security);
    if (ok_hr(IUnknown_QueryInterface(bare, &IID_IBackgroundCopyManager, (void **)&manager), S_OK))
    {
        ok(same_object(bare, manager), "the manager is another object");
        office_blankets(bare);
        office_blankets(manager);
        IBackgroundCopyManager_Release(manager);
    }
    IUnknown_Release(bare);
}

/* The same object seen from another apartment has an identity of its own there, with a blanket of its own. */
static void check_marshalled_identity(IBackgroundCopyManager *manager)
{
    IStream *stream = NULL;
    IUnknown *again = NULL;

    if (!ok_hr(CoMarshalInterThreadInterfaceInStream(&IID_IUnknown, (IUnknown *)manager, &stream), S_OK)) return;
    ok_hr(CoGetInterfaceAndReleaseStream(stream, &IID_IUnknown, (void **)&again), S_OK);
    if (!again) return;
    ok(same_object(again, manager), "the manager is another object");
    office_blankets(again);
    IUnknown_Release(again);
}

void check_identities(struct server *server)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob5 *five;
    IBackgroundCopyJob *job;
    IUnknown *identity;
    BG_JOB_STATE state;
    unsigned int i;

    (void)server;
    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        winetest_push_context("class %u", i);
        check_bare_identity(classes[i]);
        if ((manager = client_manager(classes[i])) && (job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)))
        {
            check_marshalled_identity(manager);
            office_blankets(job);
            identity = identity_of(job);
            office_blankets(identity);
            ok_hr(IUnknown_QueryInterface(identity, &IID_IBackgroundCopyJob5, (void **)&five), S_OK);
            office_blankets(five);
            IUnknown_Release(identity);
            IBackgroundCopyJob_Release(job);
            /* the last pointer still carries calls */
            ok_hr(IBackgroundCopyJob5_GetState(five, &state), S_OK);
            ok_hr(IBackgroundCopyJob5_Cancel(five), S_OK);
            IBackgroundCopyJob5_Release(five);
        }
        if (manager) IBackgroundCopyManager_Release(manager);
        winetest_pop_context();
    }
}

/* --- one job, one object ------------------------------------------------------------------------- */

static HRESULT compare(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                       IBackgroundCopyFile *file)
{
    (void)error;
    (void)file;
    ok(same_object(job, callback->context), "the callback's job is another object");
    return S_OK;
}

/* Ours: Windows' documents do not say whether it is one. Programs that compare pointers are on the safe side. */
void check_one_job(struct server *server)
{
    IBackgroundCopyJob *job, *found = NULL, *listed = NULL;
    struct callback *callback = callback_create(1);
    WCHAR local[MAX_PATH], url[128];
    IBackgroundCopyManager *manager;
    IEnumBackgroundCopyJobs *jobs;
    BOOL seen = FALSE;
    GUID id;

    if (!winetest_is_wine())
    {
        skip("whether a job is one object is up to the service\n");
        goto done;
    }
    server_route(server, "/file", &(struct route){.size = SMALL_SIZE});
    if (!(manager = client_manager(&CLSID_BackgroundCopyManager))) goto done;
    if (!(job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) goto release;
    ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    if (ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &found), S_OK))
    {
        ok(same_object(job, found), "GetJob gives another object");
        IBackgroundCopyJob_Release(found);
    }
    if (ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK))
    {
        while (IEnumBackgroundCopyJobs_Next(jobs, 1, &listed, NULL) == S_OK)
        {
            if (same_object(job, listed)) seen = TRUE;
            IBackgroundCopyJob_Release(listed);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
        ok(seen, "the enumerator's jobs are other objects");
    }
    callback->context = job;
    callback->hook[CALLBACK_TRANSFERRED] = compare;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(job, server_url(server, L"/file", url, ARRAYSIZE(url)), client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_wait(callback, CALLBACK_TRANSFERRED, 1, SOON_MS);
    ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);

release:
    IBackgroundCopyManager_Release(manager);
done:
    callback_destroy(callback);
}

/* --- class objects -------------------------------------------------------------------------------- */

void check_class_objects(struct server *server)
{
    IBackgroundCopyManager *manager;
    IClassFactory *factory;
    IUnknown *unknown;
    unsigned int i;

    (void)server;
    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        winetest_push_context("class %u", i);
        if (ok_hr(CoGetClassObject(classes[i], CLSCTX_LOCAL_SERVER, NULL, &IID_IClassFactory, (void **)&factory), S_OK))
        {
            ok_hr(IClassFactory_LockServer(factory, TRUE), S_OK);
            ok_hr(IClassFactory_LockServer(factory, TRUE), S_OK);
            ok_hr(IClassFactory_LockServer(factory, FALSE), S_OK);
            ok_hr(IClassFactory_QueryInterface(factory, &IID_IUnknown, (void **)&unknown), S_OK);
            IUnknown_Release(unknown);
            if (ok_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, (void **)&manager),
                      S_OK))
            {
                office_blankets(manager);
                IBackgroundCopyManager_Release(manager);
            }
            ok_hr(IClassFactory_LockServer(factory, FALSE), S_OK);
            IClassFactory_Release(factory);
        }
        winetest_pop_context();
    }
}

/* --- calls that are cancelled ----------------------------------------------------------------------- */

struct running_call
{
    struct server *server;
    HANDLE begun; /* event: the call is about to be made */
    DWORD thread;
    HRESULT result;
};

static DWORD WINAPI blocking_call(void *arg)
{
    struct running_call *call = arg;
    struct fixture fixture = {call->server};
    struct download download = {0};

    call->result = E_UNEXPECTED;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                                   (void **)&fixture.manager)))
    {
        if (download_begin(&download, &fixture, L"/held"))
        {
            ok_hr(set_bool(download.object, DODownloadProperty_BlockingMode, TRUE), S_OK);
            ok_hr(CoEnableCallCancellation(NULL), S_OK);
            SetEvent(call->begun);
            call->result = download_start(download.object);
            CoDisableCallCancellation(NULL);
            download_end(&download);
        }
        IDOManager_Release(fixture.manager);
    }
    CoUninitialize();
    return 0;
}

/* A Start that blocks is cancelled from another thread; the download itself goes on. */
void check_cancelled_call(struct server *server)
{
    HRESULT(WINAPI * cancel_call)(DWORD thread, ULONG timeout);
    struct running_call call = {server};
    HANDLE thread;

    /* CoCancelCall of combase in Wine 8 to 10 is a placeholder that ends the program; its ole32 has none. */
    cancel_call = (void *)GetProcAddress(GetModuleHandleW(L"ole32.dll"), "CoCancelCall");
    if (!cancel_call)
    {
        skip("this Wine has no CoCancelCall\n");
        return;
    }
    server_route(server, "/held", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 1000});
    call.begun = CreateEventW(NULL, TRUE, FALSE, NULL);
    thread = CreateThread(NULL, 0, blocking_call, &call, 0, &call.thread);
    ok(client_wait(call.begun, SOON_MS), "the call is not made");
    server_wait_stalled(server, "/held", 1, SOON_MS);
    ok_hr(cancel_call(call.thread, 0), S_OK);
    ok(client_wait(thread, SOON_MS), "the cancelled call does not return");
    ok_hr(call.result, RPC_E_CALL_CANCELED);
    server_release(server, "/held");
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(call.begun);
}
