/*
 * The interfaces of BITS 1.0: groups, their one job, its files, its callback (B-269, B-276, B-900 to B-904).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows has long since dropped the class; there all of this is skipped.
 */

#include "job/jobtest.h"
#include <oleauto.h>

#define SIZE 10000

static const struct route route_good = {.size = SIZE};
static const struct route route_missing = {.status = 404, .text = "not there"};

static IBackgroundCopyQMgr *qmgr;

/* --- helpers ------------------------------------------------------------------------------------ */

static IBackgroundCopyGroup *new_group(GUID *id)
{
    IBackgroundCopyGroup *group = NULL;

    CoCreateGuid(id);
    ok_hr(IBackgroundCopyQMgr_CreateGroup(qmgr, *id, &group), S_OK);
    return group;
}

static IBackgroundCopyJob1 *new_job(IBackgroundCopyGroup *group, GUID *id)
{
    IBackgroundCopyJob1 *job = NULL;

    CoCreateGuid(id);
    ok_hr(IBackgroundCopyGroup_CreateJob(group, *id, &job), S_OK);
    return job;
}

/* The end of a group, which keeps what has come. */
static void drop_group(IBackgroundCopyGroup *group)
{
    ok_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
    IBackgroundCopyGroup_Release(group);
}

static HRESULT add_file(IBackgroundCopyJob1 *job, const WCHAR *remote, const WCHAR *local)
{
    FILESETINFO info = {SysAllocString(remote), SysAllocString(local), 0}, *set = &info;
    HRESULT hr = IBackgroundCopyJob1_AddFiles(job, 1, &set);

    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    return hr;
}

static DWORD group_status(IBackgroundCopyGroup *group)
{
    DWORD status = 0, index = 99;

    ok_hr(IBackgroundCopyGroup_GetStatus(group, &status, &index), S_OK);
    ok_int(index, 0); /* B-901 */
    return status;
}

static BOOL wait_status(IBackgroundCopyGroup *group, DWORD bits)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    DWORD status;

    while (!((status = group_status(group)) & bits) && GetTickCount64() < deadline) client_pause(10);
    return ok(status & bits, "the status is %#lx", status);
}

/* --- groups (B-900) ---------------------------------------------------------------------------------- */

static void test_groups(void)
{
    IBackgroundCopyGroup *group, *again = NULL;
    IEnumBackgroundCopyGroups *list = NULL;
    ULONG count = 0, fetched = 0;
    BOOL found = FALSE;
    GUID id, other, listed;

    if (!(group = new_group(&id))) return;
    ok_hr(IBackgroundCopyGroup_get_GroupID(group, &other), S_OK);
    ok(IsEqualGUID(&id, &other), "another id");
    again = (IBackgroundCopyGroup *)1;
    ok_hr(IBackgroundCopyQMgr_CreateGroup(qmgr, id, &again), E_INVALIDARG);
    ok(!again, "got a group");
    ok_hr(IBackgroundCopyQMgr_GetGroup(qmgr, id, &again), S_OK);
    if (again)
    {
        ok_hr(IBackgroundCopyGroup_get_GroupID(again, &other), S_OK);
        ok(IsEqualGUID(&id, &other), "another id");
        IBackgroundCopyGroup_Release(again);
    }
    other.Data1 ^= 1;
    again = (IBackgroundCopyGroup *)1;
    ok_hr(IBackgroundCopyQMgr_GetGroup(qmgr, other, &again), QM_E_ITEM_NOT_FOUND);
    ok(!again, "got a group");

    ok_hr(IBackgroundCopyQMgr_EnumGroups(qmgr, 1, &list), E_NOTIMPL);
    ok_hr(IBackgroundCopyQMgr_EnumGroups(qmgr, 0, &list), S_OK);
    if (list)
    {
        ok_hr(IEnumBackgroundCopyGroups_GetCount(list, &count), S_OK);
        ok(count >= 1, "there is no group");
        while (IEnumBackgroundCopyGroups_Next(list, 1, &listed, &fetched) == S_OK && fetched == 1)
            found |= IsEqualGUID(&id, &listed);
        ok(found, "the group is not listed");
        ok_hr(IEnumBackgroundCopyGroups_Reset(list), S_OK);
        ok_hr(IEnumBackgroundCopyGroups_Skip(list, count), S_OK);
        ok_hr(IEnumBackgroundCopyGroups_Skip(list, 1), S_FALSE);
        IEnumBackgroundCopyGroups_Release(list);
    }
    drop_group(group);
    ok_hr(IBackgroundCopyQMgr_GetGroup(qmgr, id, &again), QM_E_ITEM_NOT_FOUND);
}

/* --- properties (B-902, B-269) ---------------------------------------------------------------------------- */

static HRESULT set_number(IBackgroundCopyGroup *group, GROUPPROP id, LONG number)
{
    VARIANT value;

    V_VT(&value) = VT_I4;
    V_I4(&value) = number;
    return IBackgroundCopyGroup_SetProp(group, id, &value);
}

static HRESULT set_string(IBackgroundCopyGroup *group, GROUPPROP id, const WCHAR *text)
{
    VARIANT value;
    HRESULT hr;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = IBackgroundCopyGroup_SetProp(group, id, &value);
    VariantClear(&value);
    return hr;
}

static void check_number(IBackgroundCopyGroup *group, GROUPPROP id, LONG expected)
{
    VARIANT value;

    VariantInit(&value);
    ok_hr(IBackgroundCopyGroup_GetProp(group, id, &value), S_OK);
    ok_int(V_VT(&value), VT_I4);
    ok_int(V_I4(&value), expected);
    VariantClear(&value);
}

static void check_string(IBackgroundCopyGroup *group, GROUPPROP id, const WCHAR *expected)
{
    VARIANT value;

    VariantInit(&value);
    ok_hr(IBackgroundCopyGroup_GetProp(group, id, &value), S_OK);
    if (ok(V_VT(&value) == VT_BSTR, "the type is %u", V_VT(&value))) ok_str(V_BSTR(&value), expected);
    VariantClear(&value);
}

static void test_properties(void)
{
    static const WCHAR class_id[] = L"{12345678-1234-5678-0102-030405060708}";
    static const GROUPPROP unsupported[] = {
        GROUPPROP_REMOTEUSERID, GROUPPROP_REMOTEUSERPWD,   GROUPPROP_LOCALUSERID,  GROUPPROP_LOCALUSERPWD,
        GROUPPROP_PROGRESSSIZE, GROUPPROP_PROGRESSPERCENT, GROUPPROP_PROGRESSTIME,
    };
    WCHAR *name = make_text(257, 'n'), *description = make_text(1025, 'd');
    IBackgroundCopyGroup *group;
    unsigned int i;
    VARIANT value;
    GUID id;

    if (!(group = new_group(&id))) return;
    check_number(group, GROUPPROP_PRIORITY, 1);
    ok_hr(set_number(group, GROUPPROP_PRIORITY, 1), S_OK);
    ok(FAILED(set_number(group, GROUPPROP_PRIORITY, 2)), "another priority was taken");
    check_number(group, GROUPPROP_PROTOCOLFLAGS, QM_PROTOCOL_HTTP);
    ok_hr(set_number(group, GROUPPROP_PROTOCOLFLAGS, QM_PROTOCOL_HTTP), S_OK);
    ok(FAILED(set_number(group, GROUPPROP_PROTOCOLFLAGS, QM_PROTOCOL_FTP)), "another protocol was taken");
    ok_hr(set_number(group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    check_number(group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE);
    ok_hr(set_number(group, GROUPPROP_NOTIFYFLAGS, 0), S_OK);
    check_number(group, GROUPPROP_NOTIFYFLAGS, 0);
    ok_hr(set_string(group, GROUPPROP_NOTIFYCLSID, class_id), S_OK);
    check_string(group, GROUPPROP_NOTIFYCLSID, class_id);
    ok_hr(set_string(group, GROUPPROP_NOTIFYCLSID, L"nothing"), E_INVALIDARG);

    ok(FAILED(set_string(group, GROUPPROP_DISPLAYNAME, name)), "a name of 257 characters was taken");
    ok(FAILED(set_string(group, GROUPPROP_DESCRIPTION, description)), "a description of 1025 characters was taken");
    name[256] = description[1024] = 0;
    ok_hr(set_string(group, GROUPPROP_DISPLAYNAME, name), S_OK);
    check_string(group, GROUPPROP_DISPLAYNAME, name);
    ok_hr(set_string(group, GROUPPROP_DESCRIPTION, description), S_OK);
    check_string(group, GROUPPROP_DESCRIPTION, description);

    /* B-901: of the wrong type, and not there at all */
    ok_hr(set_number(group, GROUPPROP_DISPLAYNAME, 5), E_INVALIDARG);
    ok_hr(set_string(group, GROUPPROP_NOTIFYFLAGS, L"5"), E_INVALIDARG);
    for (i = 0; i < ARRAYSIZE(unsupported); i++)
    {
        ok_hr(set_string(group, unsupported[i], L"x"), E_NOTIMPL);
        VariantInit(&value);
        ok_hr(IBackgroundCopyGroup_GetProp(group, unsupported[i], &value), E_NOTIMPL);
    }
    drop_group(group);
    free(name);
    free(description);
}

/* --- jobs and files (B-901, B-903) --------------------------------------------------------------------------- */

static void test_job(void)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job, *other = (IBackgroundCopyJob1 *)1;
    IEnumBackgroundCopyJobs1 *list = NULL;
    DWORD count = 1, progress = 1, size = 1;
    WCHAR local[MAX_PATH];
    FILESETINFO info;
    ULONG fetched = 0;
    GUID id, job_id, listed;

    if (!(group = new_group(&id))) return;
    ok_hr(IBackgroundCopyGroup_EnumJobs(group, 1, &list), E_NOTIMPL);
    if (!(job = new_job(group, &job_id))) return;
    ok_hr(IBackgroundCopyJob1_get_JobID(job, &listed), S_OK);
    ok(IsEqualGUID(&job_id, &listed), "another id");
    ok_hr(IBackgroundCopyGroup_CreateJob(group, id, &other), E_NOTIMPL); /* one is all there is */
    ok(!other, "got a job");
    ok_hr(IBackgroundCopyGroup_GetJob(group, id, &other), QM_E_ITEM_NOT_FOUND);
    ok_hr(IBackgroundCopyGroup_GetJob(group, job_id, &other), S_OK);
    if (other) IBackgroundCopyJob1_Release(other);
    ok_hr(IBackgroundCopyGroup_EnumJobs(group, 0, &list), S_OK);
    if (list)
    {
        ok_hr(IEnumBackgroundCopyJobs1_Next(list, 1, &listed, &fetched), S_OK);
        ok(fetched == 1 && IsEqualGUID(&job_id, &listed), "another job is listed");
        ok_hr(IEnumBackgroundCopyJobs1_Next(list, 1, &listed, &fetched), S_FALSE);
        ok_int(fetched, 0);
        IEnumBackgroundCopyJobs1_Release(list);
    }

    ok_hr(IBackgroundCopyJob1_GetFileCount(job, &count), S_OK);
    ok_int(count, 0);
    ok_hr(add_file(job, L"ftp://127.0.0.1/a", client_path(local)), E_INVALIDARG);
    ok_hr(add_file(job, L"http://127.0.0.1/a", L"relative"), E_INVALIDARG);
    ok_hr(add_file(job, L"http://127.0.0.1/a", local), S_OK);
    ok_hr(IBackgroundCopyJob1_GetFileCount(job, &count), S_OK);
    ok_int(count, 1);
    memset(&info, 0, sizeof(info));
    ok_hr(IBackgroundCopyJob1_GetFile(job, 0, &info), S_OK);
    ok_str(info.bstrRemoteFile, L"http://127.0.0.1/a");
    ok_str(info.bstrLocalFile, local);
    ok_int(info.dwSizeHint, 0);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    memset(&info, 0, sizeof(info));
    ok_hr(IBackgroundCopyJob1_GetFile(job, 1, &info), QM_E_ITEM_NOT_FOUND);

    ok_hr(IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_SIZE_DONE, &progress), S_OK);
    ok_int(progress, 0);
    ok_hr(IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_PERCENT_DONE, &progress), S_OK);
    ok_int(progress, 0);
    ok_hr(IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_TIME_DONE, &progress), E_NOTIMPL);
    ok_hr(IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_TIME_DONE, &progress), E_NOTIMPL);
    ok_hr(IBackgroundCopyGroup_get_Size(group, &size), S_OK);
    ok_int(size, 0); /* not known yet */
    IBackgroundCopyJob1_Release(job);
    drop_group(group);
}

/* A transfer from its start to its end. */
static void test_transfer(void)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job, *other = NULL;
    DWORD status = 0, win32 = 1, transport = 1, retries = 1, progress = 0, size = 0;
    WCHAR url[128], local[MAX_PATH];
    GUID id, job_id;

    server_route(server, "/legacy", &route_good);
    server_url(server, L"/legacy", url, ARRAYSIZE(url));
    if (!(group = new_group(&id)) || !(job = new_job(group, &job_id))) return;
    ok(group_status(group) & QM_STATUS_GROUP_SUSPENDED, "the group is not suspended");
    ok_hr(add_file(job, url, client_path(local)), S_OK);
    ok_hr(IBackgroundCopyGroup_SwitchToForeground(group), S_OK);
    ok(group_status(group) & QM_STATUS_GROUP_FOREGROUND, "the group is not in the foreground");
    ok_hr(IBackgroundCopyGroup_ResumeGroup(group), S_OK);
    if (wait_status(group, QM_STATUS_GROUP_COMPLETE))
    {
        ok_hr(IBackgroundCopyGroup_CreateJob(group, id, &other), QM_E_INVALID_STATE);
        ok_hr(IBackgroundCopyJob1_GetStatus(job, &status, &win32, &transport, &retries), S_OK);
        ok_int(status, QM_STATUS_JOB_COMPLETE);
        ok_int(win32, 0);
        ok_int(transport, 0);
        ok_int(retries, 0);
        ok_hr(IBackgroundCopyGroup_get_Size(group, &size), S_OK);
        ok_int(size, SIZE);
        ok_hr(IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_PERCENT_DONE, &progress), S_OK);
        ok_int(progress, 100);
        ok_hr(IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_SIZE_DONE, &progress), S_OK);
        ok_int(progress, SIZE);
    }
    drop_group(group); /* keeps what is complete */
    ok(pattern_check_file(local, SIZE, 0), "the file is damaged");
    IBackgroundCopyJob1_Release(job);
    DeleteFileW(local);
}

static void test_failure(void)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    DWORD status = 0, win32 = 1, transport = 1, retries = 0;
    WCHAR url[128], local[MAX_PATH];
    GUID id, job_id;

    server_route(server, "/missing", &route_missing);
    server_url(server, L"/missing", url, ARRAYSIZE(url));
    if (!(group = new_group(&id)) || !(job = new_job(group, &job_id))) return;
    ok_hr(add_file(job, url, client_path(local)), S_OK);
    ok_hr(IBackgroundCopyGroup_SwitchToForeground(group), S_OK);
    ok_hr(IBackgroundCopyGroup_ResumeGroup(group), S_OK);
    if (wait_status(group, QM_STATUS_GROUP_ERROR))
    {
        ok_hr(IBackgroundCopyJob1_GetStatus(job, &status, &win32, &transport, &retries), S_OK);
        ok_int(status, QM_STATUS_JOB_INCOMPLETE | QM_STATUS_JOB_ERROR);
        ok(win32 || transport, "there is no code");
        ok_hr(IBackgroundCopyGroup_SuspendGroup(group), S_OK);
    }
    drop_group(group);
    ok(!client_file_exists(local), "there is a file");
    IBackgroundCopyJob1_Release(job);
}

/* --- the callback (B-904) --------------------------------------------------------------------------------------- */

static const CLSID callback_class = {0x5a3c1d60, 0x41a7, 0x4d3e, {0x9b, 0x11, 1, 2, 3, 4, 5, 6}};

/* Both the class object and its only instance; lives as long as the program. */
static struct
{
    IClassFactory IClassFactory_iface;
    IBackgroundCopyCallback1 IBackgroundCopyCallback1_iface;
    HANDLE called;
    LONG calls;
    LONG refuse; /* so many calls more are refused */
    DWORD status, file, transport;
    GUID group;
} client;

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
    return IBackgroundCopyCallback1_QueryInterface(&client.IBackgroundCopyCallback1_iface, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    return S_OK;
}

/* clang-format off */
static const IClassFactoryVtbl factory_vtbl =
{
    factory_QueryInterface, factory_AddRef, factory_Release, factory_CreateInstance, factory_LockServer,
};
/* clang-format on */

static HRESULT STDMETHODCALLTYPE client_QueryInterface(IBackgroundCopyCallback1 *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback1) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE client_AddRef(IBackgroundCopyCallback1 *iface)
{
    return 2;
}

static ULONG STDMETHODCALLTYPE client_Release(IBackgroundCopyCallback1 *iface)
{
    return 1;
}

static HRESULT STDMETHODCALLTYPE client_OnStatus(IBackgroundCopyCallback1 *iface, IBackgroundCopyGroup *group,
                                                 IBackgroundCopyJob1 *job, DWORD file, DWORD status, DWORD retries,
                                                 DWORD win32, DWORD transport)
{
    client.file = file;
    client.status = status;
    client.transport = transport ? transport : win32;
    ok(group && job, "group %p, job %p", group, job);
    ok_hr(IBackgroundCopyGroup_get_GroupID(group, &client.group), S_OK);
    InterlockedIncrement(&client.calls);
    SetEvent(client.called);
    return InterlockedDecrement(&client.refuse) >= 0 ? E_FAIL : S_OK;
}

static HRESULT STDMETHODCALLTYPE client_OnProgress(IBackgroundCopyCallback1 *iface, DWORD type,
                                                   IBackgroundCopyGroup *group, IBackgroundCopyJob1 *job, DWORD file,
                                                   DWORD progress)
{
    ok(0, "OnProgress was called");
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE client_OnProgressEx(IBackgroundCopyCallback1 *iface, DWORD type,
                                                     IBackgroundCopyGroup *group, IBackgroundCopyJob1 *job, DWORD file,
                                                     DWORD progress, DWORD size, BYTE *data)
{
    ok(0, "OnProgressEx was called");
    return E_NOTIMPL;
}

/* clang-format off */
static const IBackgroundCopyCallback1Vtbl client_vtbl =
{
    client_QueryInterface, client_AddRef, client_Release, client_OnStatus, client_OnProgress, client_OnProgressEx,
};
/* clang-format on */

/* One transfer of which the client's class is told. */
static void check_callback(const WCHAR *path, DWORD flags, DWORD expected, DWORD file)
{
    WCHAR url[128], local[MAX_PATH], text[39];
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    GUID id, job_id;

    ResetEvent(client.called);
    client.calls = 0;
    StringFromGUID2(&callback_class, text, ARRAYSIZE(text));
    if (!(group = new_group(&id)) || !(job = new_job(group, &job_id))) return;
    ok_hr(add_file(job, server_url(server, path, url, ARRAYSIZE(url)), client_path(local)), S_OK);
    ok_hr(set_string(group, GROUPPROP_NOTIFYCLSID, text), S_OK);
    ok_hr(set_number(group, GROUPPROP_NOTIFYFLAGS, flags), S_OK);
    ok_hr(IBackgroundCopyGroup_SwitchToForeground(group), S_OK);
    ok_hr(IBackgroundCopyGroup_ResumeGroup(group), S_OK);
    if (ok(client_wait(client.called, SOON_MS), "OnStatus was not called; the status is %#lx", group_status(group)))
    {
        ok(IsEqualGUID(&client.group, &id), "another group");
        ok((client.status & expected) == expected, "the status is %#lx", client.status);
        ok_int(client.file, file);
    }
    drop_group(group);
    IBackgroundCopyJob1_Release(job);
    DeleteFileW(local);
}

static void test_callback(void)
{
    DWORD cookie = 0;
    HRESULT hr;

    client.IClassFactory_iface.lpVtbl = (IClassFactoryVtbl *)&factory_vtbl;
    client.IBackgroundCopyCallback1_iface.lpVtbl = (IBackgroundCopyCallback1Vtbl *)&client_vtbl;
    client.called = CreateEventW(NULL, TRUE, FALSE, NULL);
    hr = CoRegisterClassObject(&callback_class, (IUnknown *)&client.IClassFactory_iface, CLSCTX_LOCAL_SERVER,
                               REGCLS_MULTIPLEUSE, &cookie);
    ok_hr(hr, S_OK);
    server_route(server, "/good", &route_good);
    server_route(server, "/missing", &route_missing);
    check_callback(L"/good", QM_NOTIFY_GROUP_DONE, QM_STATUS_GROUP_COMPLETE, 0xffffffff);
    check_callback(L"/missing", 0, QM_STATUS_GROUP_ERROR, 0); /* errors are told always */
    ok(client.transport != 0, "there is no code");
    CoRevokeClassObject(cookie);
    CloseHandle(client.called);
}

START_TEST(legacy)
{
    HRESULT hr;

    if (tests_begin())
    {
        hr = CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyQMgr,
                              (void **)&qmgr);
        ok(hr == S_OK || broken(hr == REGDB_E_CLASSNOTREG || hr == E_NOINTERFACE), "no queue manager: %#lx", hr);
        if (SUCCEEDED(hr))
        {
            winetest_run(test_groups);
            winetest_run(test_properties);
            winetest_run(test_job);
            winetest_run(test_transfer);
            winetest_run(test_failure);
            winetest_run(test_callback);
            IBackgroundCopyQMgr_Release(qmgr);
        }
        else { skip("this Windows has no interfaces of BITS 1.0"); }
    }
    tests_end();
}
