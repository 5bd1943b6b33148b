/*
 * Every class can be activated and is the same service; security blankets on every proxy.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lifetime.h"

/* --- classes ------------------------------------------------------------------------------- */

/* B-107; the older the more certain. */
static const struct
{
    const char *name;
    const CLSID *class_id;
    BOOL everywhere;
} classes[] = {
    {"BackgroundCopyManager", &CLSID_BackgroundCopyManager, TRUE},
    {"1_5", &CLSID_BackgroundCopyManager1_5, TRUE},
    {"2_0", &CLSID_BackgroundCopyManager2_0, TRUE},
    {"2_5", &CLSID_BackgroundCopyManager2_5, TRUE},
    {"3_0", &CLSID_BackgroundCopyManager3_0, TRUE},
    {"4_0", &CLSID_BackgroundCopyManager4_0, TRUE},
    {"5_0", &CLSID_BackgroundCopyManager5_0, TRUE},
    {"10_0", &CLSID_BackgroundCopyManager10_0, FALSE},
    {"10_1", &CLSID_BackgroundCopyManager10_1, FALSE},
    {"10_2", &CLSID_BackgroundCopyManager10_2, FALSE},
    {"10_3", &CLSID_BackgroundCopyManager10_3, FALSE},
};

static void check_class(unsigned int index, const GUID *job_id)
{
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;

    hr = CoCreateInstance(classes[index].class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                          (void **)&manager);
    ok(hr == S_OK || broken(hr == REGDB_E_CLASSNOTREG && !classes[index].everywhere), "got %#lx", hr);
    if (FAILED(hr)) return;
    /* The same service: it knows the job that was made through another class. */
    ok_hr(IBackgroundCopyManager_GetJob(manager, job_id, &job), S_OK);
    if (job) IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);

    hr = CoCreateInstance(classes[index].class_id, NULL, CLSCTX_ALL, &IID_IUnknown, (void **)&manager);
    ok_hr(hr, S_OK);
    if (SUCCEEDED(hr)) IBackgroundCopyManager_Release(manager);
    hr = CoCreateInstance(classes[index].class_id, NULL, CLSCTX_INPROC_SERVER, &IID_IUnknown, (void **)&manager);
    ok_hr(hr, REGDB_E_CLASSNOTREG);
}

static void check_other_class(const CLSID *class_id, const IID *iid, const char *what)
{
    IUnknown *object = NULL;
    HRESULT hr = CoCreateInstance(class_id, NULL, CLSCTX_LOCAL_SERVER, iid, (void **)&object);

    ok(hr == S_OK, "%s: got %#lx", what, hr);
    if (SUCCEEDED(hr)) IUnknown_Release(object);
}

void test_classes(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job = manager ? client_job(manager, BG_JOB_TYPE_DOWNLOAD) : NULL;
    unsigned int i;
    GUID id;

    if (job && ok(IBackgroundCopyJob_GetId(job, &id) == S_OK, "no id"))
    {
        for (i = 0; i < ARRAYSIZE(classes); i++)
        {
            winetest_push_context("%s", classes[i].name);
            check_class(i, &id);
            winetest_pop_context();
        }
    }
    client_drop_job(job);
    if (manager) IBackgroundCopyManager_Release(manager);
    check_other_class(&CLSID_BackgroundCopyQMgr, &IID_IBackgroundCopyQMgr, "the queue manager of 1.0");
    check_other_class(&CLSID_DeliveryOptimization, &IID_IUnknown, "Delivery Optimization"); /* D-006 */
    check_other_class(&CLSID_DeliveryOptimization, &IID_IBackgroundCopyManager, "Delivery Optimization, BITS' shape");
    check_other_class(&CLSID_DeliveryOptimization, &IID_IDOManager, "Delivery Optimization, IDOManager");
}

/* --- blankets ------------------------------------------------------------------------------- */

/* D-023 and what BITS' documents tell their readers to do. */
static const struct
{
    const char *what;
    DWORD authn, authz, level, impersonation, capabilities;
} blankets[] = {
    {"default", RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE,
     EOAC_DEFAULT},
    {"static cloaking", RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_NONE, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE,
     EOAC_STATIC_CLOAKING},
    {"dynamic cloaking", RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE,
     EOAC_DYNAMIC_CLOAKING},
};

static void check_copy(IUnknown *proxy)
{
    IUnknown *copy = NULL;
    void *again;
    HRESULT hr = CoCopyProxy(proxy, &copy);

    ok_hr(hr, S_OK);
    if (FAILED(hr)) return;
    /* Wine only: there can be no second proxy, the copy shares its blanket with the original. */
    ok(copy != proxy || winetest_is_wine(), "the copy is the proxy itself");
    ok_hr(CoSetProxyBlanket(copy, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, NULL, RPC_C_AUTHN_LEVEL_DEFAULT,
                            RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE),
          S_OK);
    ok_hr(IUnknown_QueryInterface(copy, &IID_IUnknown, &again), S_OK);
    IUnknown_Release((IUnknown *)again);
    IUnknown_Release(copy);
}

static void check_proxy(const char *what, void *proxy)
{
    DWORD authn, authz, level, impersonation, capabilities;
    unsigned int i;
    HRESULT hr;

    if (!ok(proxy != NULL, "there is no %s", what)) return;
    winetest_push_context("%s", what);
    for (i = 0; i < ARRAYSIZE(blankets); i++)
    {
        winetest_push_context("%s", blankets[i].what);
        hr = CoSetProxyBlanket(proxy, blankets[i].authn, blankets[i].authz, COLE_DEFAULT_PRINCIPAL, blankets[i].level,
                               blankets[i].impersonation, NULL, blankets[i].capabilities);
        ok_hr(hr, S_OK);
        authn = authz = level = impersonation = capabilities = 0xdead;
        hr = CoQueryProxyBlanket(proxy, &authn, &authz, NULL, &level, &impersonation, NULL, &capabilities);
        ok_hr(hr, S_OK);
        ok_int(impersonation, blankets[i].impersonation);
        ok_hr(CoQueryProxyBlanket(proxy, NULL, NULL, NULL, NULL, NULL, NULL, NULL), S_OK);
        winetest_pop_context();
    }
    check_copy(proxy);
    winetest_pop_context();
}

static void check_job_proxies(const struct service *service, IBackgroundCopyManager *manager, IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyJob5 *job5 = NULL;
    BG_JOB_STATE state;

    check_proxy("job", job);
    ok_hr(IBackgroundCopyJob_GetState(job, &state), S_OK); /* it still carries calls */
    IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);
    check_proxy("job5", job5);
    IBackgroundCopyManager_EnumJobs(manager, 0, &jobs);
    check_proxy("list of jobs", jobs);
    IBackgroundCopyJob_EnumFiles(job, &files);
    check_proxy("list of files", files);
    if (files) IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL);
    check_proxy("file", file);
    if (job5) IBackgroundCopyJob5_Release(job5);
    if (jobs) IEnumBackgroundCopyJobs_Release(jobs);
    if (files) IEnumBackgroundCopyFiles_Release(files);
    if (file) IBackgroundCopyFile_Release(file);
}

/* An error object needs an error: a path that is missing. */
static void check_error_proxy(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;

    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_ERROR, SOON_MS)) ok_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    check_proxy("error", error);
    if (error) IBackgroundCopyError_Release(error);
}

static void check_do_proxies(void)
{
    IDODownload *download = NULL;
    IDOManager *manager = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                                  (void **)&manager);

    ok_hr(hr, S_OK);
    if (FAILED(hr)) return;
    check_proxy("IDOManager", manager); /* D-025 */
    IDOManager_CreateDownload(manager, &download);
    check_proxy("IDODownload", download); /* D-022 */
    if (download)
    {
        IDODownload_Abort(download);
        IDODownload_Release(download);
    }
    IDOManager_Release(manager);
}

static void check_service_blankets(const struct service *service, struct server *server)
{
    IBackgroundCopyManager *manager = client_manager(service->class_id);
    IBackgroundCopyJob *job = NULL;
    WCHAR url[128], local[MAX_PATH];
    GUID id;

    if (!manager) return;
    check_proxy("manager", manager);
    server_url(server, L"/missing", url, ARRAYSIZE(url));
    if ((job = service_job(service, manager, url, client_path(local), &id)))
    {
        check_job_proxies(service, manager, job);
        check_error_proxy(job);
    }
    client_drop_job(job);
    IBackgroundCopyManager_Release(manager);
}

void test_blankets(void)
{
    struct server *server = server_create();
    unsigned int i;

    for (i = 0; server && i < ARRAYSIZE(services); i++)
    {
        winetest_push_context("%s", services[i].label);
        check_service_blankets(&services[i], server);
        winetest_pop_context();
    }
    check_do_proxies();
    server_destroy(server);
}
