/*
 * The manager: its classes, its methods, and the interfaces that its objects have (B-100 to B-124).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

/* --- classes ------------------------------------------------------------------------------- */

/* B-107: every class is the same service. */
static void test_classes(void)
{
    static const struct
    {
        const char *name;
        const CLSID *id;
    } classes[] = {
        {"BackgroundCopyManager", &CLSID_BackgroundCopyManager},
        {"BackgroundCopyManager1_5", &CLSID_BackgroundCopyManager1_5},
        {"BackgroundCopyManager2_0", &CLSID_BackgroundCopyManager2_0},
        {"BackgroundCopyManager2_5", &CLSID_BackgroundCopyManager2_5},
        {"BackgroundCopyManager3_0", &CLSID_BackgroundCopyManager3_0},
        {"BackgroundCopyManager4_0", &CLSID_BackgroundCopyManager4_0},
        {"BackgroundCopyManager5_0", &CLSID_BackgroundCopyManager5_0},
        {"BackgroundCopyManager10_1", &CLSID_BackgroundCopyManager10_1},
        {"BackgroundCopyManager10_2", &CLSID_BackgroundCopyManager10_2},
        {"BackgroundCopyManager10_3", &CLSID_BackgroundCopyManager10_3},
    };
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD), *found;
    unsigned int i;
    GUID id;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        IBackgroundCopyManager *other;

        winetest_push_context("%s", classes[i].name);
        if ((other = client_manager(classes[i].id)))
        {
            found = NULL;
            ok_hr(IBackgroundCopyManager_GetJob(other, &id, &found), S_OK);
            if (found) IBackgroundCopyJob_Release(found);
            IBackgroundCopyManager_Release(other);
        }
        winetest_pop_context();
    }
    client_drop_job(job);
}

static void test_unknown_class(void)
{
    static const CLSID nothing = {0x6e2a1a51, 0x0b1c, 0x4b7e, {0x8a, 0x5c, 1, 2, 3, 4, 5, 6}};
    void *out = NULL;

    ok_hr(CoCreateInstance(&nothing, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager, &out),
          REGDB_E_CLASSNOTREG); /* B-107 */
}

/* B-108: a service that is switched off cannot be had. */
static void test_disabled(void)
{
    SC_HANDLE scm = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;
    IBackgroundCopyManager *other = NULL;
    union
    {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192];
    } buffer;
    DWORD size, type;
    HRESULT hr;

    if (!is_wine() || !scm || !(service = OpenServiceW(scm, L"BITS", SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG)) ||
        !QueryServiceConfigW(service, &buffer.config, sizeof(buffer), &size) || !stop_service())
    {
        skip("this user cannot stop the service, or it is that of Windows and is not switched off");
        if (service) CloseServiceHandle(service);
        if (scm) CloseServiceHandle(scm);
        return;
    }
    type = buffer.config.dwStartType;
    ok(ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_DISABLED, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL,
                            NULL, NULL, NULL),
       "the service cannot be disabled: error %lu", GetLastError());
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                          (void **)&other);
    ok_hr(hr, HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED));
    ok(!other, "got a manager");
    ok(ChangeServiceConfigW(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL,
                            NULL),
       "the service cannot be enabled: error %lu", GetLastError());
    CloseServiceHandle(service);
    CloseServiceHandle(scm);

    /* B-756: the old pointer is of no more use, a new one is. */
    IBackgroundCopyManager_Release(manager);
    manager = client_manager(&CLSID_BackgroundCopyManager);
}

/* --- reach of QueryInterface ------------------------------------------------------------------ */

struct reach
{
    const char *name;
    const IID *iid;
    BOOL has;
};

#define HAS(name) \
    { \
#name, &IID_##name, TRUE \
    }
#define HAS_NOT(name) \
    { \
#name, &IID_##name, FALSE \
    }

static void check_reach(IUnknown *object, const struct reach *reach, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        IUnknown *out = (IUnknown *)1;
        HRESULT hr = IUnknown_QueryInterface(object, reach[i].iid, (void **)&out);

        ok(hr == (reach[i].has ? S_OK : E_NOINTERFACE), "%s: %#lx", reach[i].name, hr);
        ok(!out == !reach[i].has, "%s: got %p", reach[i].name, out);
        if (SUCCEEDED(hr)) IUnknown_Release(out);
    }
}

/* B-107 */
static void test_interfaces(void)
{
    static const struct reach of_manager[] = {
        HAS(IUnknown),
        HAS(IBackgroundCopyManager),
        HAS(IBitsPeerCacheAdministration),
        HAS_NOT(IBackgroundCopyJob),
        HAS_NOT(IClassFactory),
    };
    static const struct reach of_job[] = {
        HAS(IUnknown),
        HAS(IBackgroundCopyJob),
        HAS(IBackgroundCopyJob2),
        HAS(IBackgroundCopyJob3),
        HAS(IBackgroundCopyJob4),
        HAS(IBackgroundCopyJob5),
        HAS(IBackgroundCopyJobHttpOptions),
        HAS(IBackgroundCopyJobHttpOptions2),
        HAS(IBackgroundCopyJobHttpOptions3),
        HAS(IBitsTokenOptions),
        HAS_NOT(IBackgroundCopyManager),
        HAS_NOT(IBackgroundCopyFile),
    };
    static const struct reach of_file[] = {
        HAS(IUnknown),
        HAS(IBackgroundCopyFile),
        HAS(IBackgroundCopyFile2),
        HAS(IBackgroundCopyFile3),
        HAS(IBackgroundCopyFile4),
        HAS(IBackgroundCopyFile5),
        HAS(IBackgroundCopyFile6),
        HAS_NOT(IBackgroundCopyJob),
    };
    static const struct reach of_error[] = {
        HAS(IUnknown),
        HAS(IBackgroundCopyError),
        HAS_NOT(IBackgroundCopyFile),
    };
    IBackgroundCopyError *error = NULL;
    IBackgroundCopyFile *file;
    struct subject subject;

    check_reach((IUnknown *)manager, of_manager, ARRAYSIZE(of_manager));
    if (subject_init(&subject, NULL))
    {
        check_reach((IUnknown *)subject.job, of_job, ARRAYSIZE(of_job));
        if ((file = job_file(subject.job, 0)))
        {
            check_reach((IUnknown *)file, of_file, ARRAYSIZE(of_file));
            IBackgroundCopyFile_Release(file);
        }
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetError(subject.job, &error), S_OK);
        if (error)
        {
            check_reach((IUnknown *)error, of_error, ARRAYSIZE(of_error));
            IBackgroundCopyError_Release(error);
        }
    }
    subject_cleanup(&subject);
}

/* --- methods ------------------------------------------------------------------------------------- */

/* B-120, B-109, B-255, B-300 */
static void test_create(void)
{
    WCHAR *longest = make_text(256, 'n'), *too_long = make_text(257, 'n'), *text = NULL;
    IBackgroundCopyJob *job = NULL, *twin = NULL;
    BG_JOB_TYPE type, got;
    GUID id, other;

    for (type = BG_JOB_TYPE_DOWNLOAD; type <= BG_JOB_TYPE_UPLOAD_REPLY; type++)
    {
        ok_hr(IBackgroundCopyManager_CreateJob(manager, L"one of a kind", type, &id, &job), S_OK);
        if (!job) continue;
        ok_state(job, BG_JOB_STATE_SUSPENDED);
        ok_hr(IBackgroundCopyJob_GetType(job, &got), S_OK); /* B-139 */
        ok_int(got, type);
        ok_hr(IBackgroundCopyJob_GetId(job, &other), S_OK); /* B-138 */
        ok(IsEqualGUID(&id, &other), "the id is another");
        ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
        ok_int(IBackgroundCopyJob_Release(job), 0); /* B-109 */
    }

    /* Names are no keys. */
    ok_hr(IBackgroundCopyManager_CreateJob(manager, longest, BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ok_hr(IBackgroundCopyManager_CreateJob(manager, longest, BG_JOB_TYPE_DOWNLOAD, &other, &twin), S_OK);
    ok(!IsEqualGUID(&id, &other), "two jobs have one id");
    ok_hr(IBackgroundCopyJob_GetDisplayName(twin, &text), S_OK);
    ok_text(text, longest);
    client_drop_job(job);
    client_drop_job(twin);

    job = (IBackgroundCopyJob *)1;
    ok_hr(IBackgroundCopyManager_CreateJob(manager, too_long, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    ok(!job, "got a job"); /* B-103 */
    ok_null(IBackgroundCopyManager_CreateJob(manager, NULL, BG_JOB_TYPE_DOWNLOAD, &id, &job));
    ok_enum(IBackgroundCopyManager_CreateJob(manager, L"x", 3, &id, &job), E_NOTIMPL);
    ok_enum(IBackgroundCopyManager_CreateJob(manager, L"x", -1, &id, &job), E_NOTIMPL);

    /* An empty name is a name. */
    job = NULL;
    ok_hr(IBackgroundCopyManager_CreateJob(manager, L"", BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    client_drop_job(job);
    free(longest);
    free(too_long);
}

/* B-122, B-102: a pointer of its own for everybody who asks. */
static void test_get(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD), *again = NULL;
    WCHAR *text = NULL;
    GUID id;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &again), S_OK);
    if (again)
    {
        ok_hr(IBackgroundCopyJob_SetDisplayName(job, L"set by the one"), S_OK);
        ok_hr(IBackgroundCopyJob_GetDisplayName(again, &text), S_OK);
        ok_text(text, L"set by the one");
        ok_hr(IBackgroundCopyJob_Cancel(again), S_OK);
        ok_state(job, BG_JOB_STATE_CANCELLED);
        IBackgroundCopyJob_Release(again);
    }
    ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &again), BG_E_NOT_FOUND);
    IBackgroundCopyJob_Release(job);
    id.Data1 ^= 1;
    ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &again), BG_E_NOT_FOUND);
    ok(!again, "got a job");
}

static unsigned int count_jobs(DWORD flags)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    ULONG count = 0;

    ok_hr(IBackgroundCopyManager_EnumJobs(manager, flags, &jobs), S_OK);
    if (!jobs) return 0;
    ok_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    IEnumBackgroundCopyJobs_Release(jobs);
    return count;
}

/* B-123, B-926 */
static void test_enumerate(void)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    unsigned int before = count_jobs(0);
    IBackgroundCopyJob *one, *two;
    HRESULT hr;

    one = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    ok_int(count_jobs(0), before + 1);
    two = client_job(manager, BG_JOB_TYPE_UPLOAD);
    ok_int(count_jobs(0), before + 2);
    hr = IBackgroundCopyManager_EnumJobs(manager, BG_JOB_ENUM_ALL_USERS, &jobs);
    if (hr == E_ACCESSDENIED) skip("this user is no administrator");
    else
    {
        ok_hr(hr, S_OK);
        IEnumBackgroundCopyJobs_Release(jobs);
        ok(count_jobs(BG_JOB_ENUM_ALL_USERS) >= before + 2, "fewer jobs of all than of one");
    }
    client_drop_job(one);
    ok_int(count_jobs(0), before + 1);
    client_drop_job(two);
    ok_int(count_jobs(0), before);

    hr = IBackgroundCopyManager_EnumJobs(manager, 2, &jobs);
    ok(hr == E_NOTIMPL || broken(FAILED(hr)), "EnumJobs returned %#lx", hr);
}

/* B-124, B-275, B-276 */
static void test_descriptions(void)
{
    static const struct
    {
        HRESULT code;
        const WCHAR *part;
    } texts[] = {
        {BG_E_HTTP_ERROR_404, L"404"},
        {BG_E_HTTP_ERROR_503, L"503"},
        {BG_E_NOT_FOUND, L"job"},
        {E_ACCESSDENIED, L""},
        {HRESULT_FROM_WIN32(ERROR_DISK_FULL), L""},
        {HRESULT_FROM_WIN32(12007), L""}, /* ERROR_WINHTTP_NAME_NOT_RESOLVED */
    };
    WCHAR *text;
    unsigned int i;
    HRESULT hr;

    ok_int(BG_E_HTTP_ERROR_404, 0x80190194 - 0x100000000ll); /* B-275 */
    ok_int(QM_E_INVALID_STATE, 0x81001001 - 0x100000000ll);  /* B-276 */
    ok_int(QM_E_ITEM_NOT_FOUND, 0x81001004 - 0x100000000ll);
    for (i = 0; i < ARRAYSIZE(texts); i++)
    {
        text = NULL;
        hr = IBackgroundCopyManager_GetErrorDescription(manager, texts[i].code, ENGLISH, &text);
        ok(hr == S_OK, "%#lx: %#lx", texts[i].code, hr);
        ok(text && wcslen(text) > 5 && wcsstr(text, texts[i].part), "%#lx: %s", texts[i].code, wine_dbgstr_w(text));
        CoTaskMemFree(text);
    }
    text = NULL;
    ok_hr(IBackgroundCopyManager_GetErrorDescription(manager, BG_E_NOT_FOUND, 0, &text), S_OK);
    ok(text && *text, "no text");
    CoTaskMemFree(text);
    text = (WCHAR *)1;
    ok_hr(IBackgroundCopyManager_GetErrorDescription(manager, BG_E_NOT_FOUND, 0x3ff, &text),
          HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND));
    ok(!text, "got a text");
}

/* --- other processes --------------------------------------------------------------------------------- */

static BOOL parse_id(const char *text, GUID *id)
{
    WCHAR wide[40];

    _snwprintf(wide, ARRAYSIZE(wide), L"%hs", text);
    return SUCCEEDED(IIDFromString(wide, id));
}

/* The other process: finds the job, adds a file, goes without a word. */
static void run_child(int argc, char **argv)
{
    IBackgroundCopyJob *job = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL;
    BOOL listed = FALSE;
    GUID id, other;

    if (!ok(argc > 2 && parse_id(argv[2], &id), "no id")) return;
    ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    if (job) ok_state(job, BG_JOB_STATE_SUSPENDED);
    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    while (jobs && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        ok_hr(IBackgroundCopyJob_GetId(job, &other), S_OK);
        listed |= IsEqualGUID(&id, &other);
    }
    ok(listed, "the job is not listed");
}

/* B-017: jobs belong to no process; references say nothing about their life. */
static void test_other_process(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR text[40];
    GUID id;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    ok_int(IBackgroundCopyJob_Release(job), 0);
    job = NULL;
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    winetest_wait_child(winetest_spawn("child %ls", text), SOON_MS);
    ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    client_drop_job(job);
}

START_TEST(manager)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (argc > 1 && !strcmp(argv[1], "child"))
    {
        if (client_start(COINIT_MULTITHREADED) && (manager = client_manager(&CLSID_BackgroundCopyManager)))
            run_child(argc, argv);
        return;
    }
    if (tests_begin())
    {
        winetest_run(test_classes);
        winetest_run(test_unknown_class);
        winetest_run(test_interfaces);
        winetest_run(test_create);
        winetest_run(test_get);
        winetest_run(test_enumerate);
        winetest_run(test_descriptions);
        winetest_run(test_other_process);
        winetest_run(test_disabled);
    }
    tests_end();
}
