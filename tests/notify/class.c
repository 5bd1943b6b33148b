/*
 * The notification class: who is told when no object is registered.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The class is served by this program itself: "notify.exe class", started by COM. It completes the jobs it
 * is told of.
 */

#include "notify/fixture.h"
#include "notify/notify.h"

/* Never handed out by anybody else. */
static const CLSID CLSID_TestCallback = {0x5d3c1c1e, 0x6a0f, 0x4f43, {0x9a, 0x5e, 0x0d, 0x7e, 0x21, 0x44, 0x8b, 0x31}};
static const CLSID CLSID_NobodyServes = {0x5d3c1c1e, 0x6a0f, 0x4f43, {0x9a, 0x5e, 0x0d, 0x7e, 0x21, 0x44, 0x8b, 0x32}};

#define CLASS_KEY L"Software\\Classes\\CLSID\\{5D3C1C1E-6A0F-4F43-9A5E-0D7E21448B31}"
#define CALLED_EVENT "wine-bits-test-class-called"

/* --- the server ---------------------------------------------------------------------------------- */

static struct callback *served;
static HANDLE served_end;

static HRESULT class_transferred(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                 IBackgroundCopyFile *file)
{
    HANDLE called = OpenEventA(EVENT_MODIFY_STATE, FALSE, CALLED_EVENT);

    IBackgroundCopyJob_Complete(job);
    if (called) SetEvent(called);
    SetEvent(served_end);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid, void **out)
{
    return IUnknown_QueryInterface(callback_unknown(served), iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    return S_OK;
}

/* clang-format off */
static const IClassFactoryVtbl factory_vtbl =
{
    factory_QueryInterface,
    factory_AddRef,
    factory_Release,
    factory_CreateInstance,
    factory_LockServer,
};
/* clang-format on */

BOOL class_child(int argc, char **argv)
{
    IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};
    DWORD cookie;

    if (argc < 2 || strcmp(argv[1], "class")) return FALSE;
    if (!client_start(COINIT_MULTITHREADED) || !(served = callback_create(1))) return TRUE;
    served->hook[CALLBACK_TRANSFERRED] = class_transferred;
    served->hook[CALLBACK_ERROR] = class_transferred;
    served_end = CreateEventW(NULL, TRUE, FALSE, NULL);
    CoRegisterClassObject(&CLSID_TestCallback, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie);
    WaitForSingleObject(served_end, 60000);
    CoRevokeClassObject(cookie);
    Sleep(500); /* the call that ended it has to get back */
    return TRUE;
}

static BOOL register_class(void)
{
    WCHAR command[MAX_PATH + 16], program[MAX_PATH];
    LSTATUS status;
    HKEY key;

    GetModuleFileNameW(NULL, program, ARRAYSIZE(program));
    _snwprintf(command, ARRAYSIZE(command), L"\"%s\" class", program);
    status = RegCreateKeyExW(HKEY_LOCAL_MACHINE, CLASS_KEY L"\\LocalServer32", 0, NULL, 0, KEY_WRITE | KEY_WOW64_64KEY,
                             NULL, &key, NULL);
    if (status == ERROR_ACCESS_DENIED)
    {
        skip("this user may not register a class of the machine");
        return FALSE;
    }
    if (!ok(!status, "the class cannot be registered: error %ld", status)) return FALSE;
    RegSetValueExW(key, NULL, 0, REG_SZ, (BYTE *)command, (wcslen(command) + 1) * sizeof(WCHAR));
    RegCloseKey(key);
    return TRUE;
}

static void unregister_class(void)
{
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, CLASS_KEY L"\\LocalServer32", KEY_WOW64_64KEY, 0);
    RegDeleteKeyExW(HKEY_LOCAL_MACHINE, CLASS_KEY, KEY_WOW64_64KEY, 0);
}

/* --- checks -------------------------------------------------------------------------------------- */

static BOOL set_class(struct client_job *job, const CLSID *clsid)
{
    BITS_JOB_PROPERTY_VALUE value = {.ClsID = *clsid};
    IBackgroundCopyJob5 *job5 = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob5, (void **)&job5);

    if (!ok_hr(hr, S_OK)) return FALSE;
    hr = IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value);
    IBackgroundCopyJob5_Release(job5);
    return ok_hr(hr, S_OK);
}

/* B-674, D-281: with nobody registered; set before or after the end; for the end in TRANSFERRED and in
 * ERROR. */
static void check_class(struct fixture *fixture)
{
    HANDLE called = CreateEventA(NULL, TRUE, FALSE, CALLED_EVENT);
    struct client_job job;
    unsigned int i;

    for (i = 0; i < 3; i++)
    {
        winetest_push_context("case %u", i);
        ResetEvent(called);
        if (job_begin(&job, fixture, i == 2 ? L"/none" : L"/good", 0, NOTIFY_DEFAULT))
        {
            IUnknown *registered = (IUnknown *)1;

            if (i) set_class(&job, &CLSID_TestCallback);
            job_resume(&job);
            if (!i)
            {
                client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
                set_class(&job, &CLSID_TestCallback);
            }
            ok(client_wait(called, 2 * SOON_MS), "no object of the class was called");
            client_wait_state(job.job, BG_JOB_STATE_ACKNOWLEDGED, SOON_MS);
            ok_hr(IBackgroundCopyJob_GetNotifyInterface(job.job, &registered), S_OK);
            ok(!registered, "got %p", registered);
        }
        job_end(&job);
        winetest_pop_context();
    }
    CloseHandle(called);
}

/* A class that nobody serves does no harm; a registered object goes before it. */
static void check_no_class(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_JOB_MODIFICATION))
    {
        set_class(&job, &CLSID_NobodyServes);
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        client_pause(500);
        if ((job.callback = callback_create(2)))
        {
            job.callback->context = &job;
            job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
            ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(job.callback)), S_OK);
            if (wait_transferred(&job)) ok_hr(job.hr[0], S_OK);
            ok_int(callback_count(job.callback, CALLBACK_FILE), 1);
        }
    }
    job_end(&job);
}

void test_class(void)
{
    everywhere(check_no_class, EVERYWHERE);
    if (!register_class()) return;
    everywhere(check_class, BITS_ONLY | MTA);
    everywhere(check_class, DO_ONLY | STA);
    unregister_class();
}
