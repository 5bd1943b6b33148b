/*
 * The samples of Microsoft's, re-enacted: C7 to C12.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "clients/program.h"
#include "clients/clients.h"

#define SYSTEM_DEFAULT MAKELANGID(LANG_NEUTRAL, SUBLANG_SYS_DEFAULT)

/* --- C7, C8: samples with a message loop that a callback ends ------------------------------------ */

/* From registration to Resume. */
static void loop_start(struct program_job *job, ULONG flags)
{
    IBackgroundCopyManager_Release(job->manager);
    job->manager = NULL;
    job->callback->hook[CALLBACK_TRANSFERRED] = program_complete;
    job->callback->hook[CALLBACK_ERROR] = program_describe_and_cancel;
    program_register(job, flags, FALSE);
    program_add_file(job);
    /* The samples keep the default of ten minutes; nobody waits that long here. */
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job->job, 5), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
}

/* Until a callback ends the loop; good: whether that is JobTransferred. */
static void loop_end(struct program_job *job, BOOL good)
{
    ok(client_wait(job->event, SOON_MS), "the message loop does not end");
    ok_hr(job->inside, S_OK);
    ok(good ? job->transferred : job->failed, "not told");
    ok(callback_wait_released(job->callback, SOON_MS), "the callback was not released");
    ok_int(callback_count(job->callback, CALLBACK_ERROR), !good);
}

static void check_downloads(struct fixture *fixture)
{
    static const unsigned int statuses[] = {0, 404, 503};
    struct program_job job;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(statuses); i++)
    {
        winetest_push_context("%u", statuses[i]);
        server_route(fixture->server, "/changing",
                     &(struct route){.status = statuses[i], .size = FILE_SIZE, .seed = 3});
        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MyJobName", L"/changing",
                          TRUE))
        {
            loop_start(&job, NOTIFY_DEFAULT);
            if (i == 2)
            {
                client_wait_state(job.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
                server_route(fixture->server, "/changing", &(struct route){.size = FILE_SIZE, .seed = 3});
            }
            loop_end(&job, i != 1);
            ok(i == 1 || pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
        }
        program_end(&job);
        winetest_pop_context();
    }
}

/* The sample "uploads": the same for an upload. */
static void check_uploads(struct fixture *fixture)
{
    static const unsigned int statuses[] = {0, 404, 503};
    struct upload_server server;
    struct program_job job;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(statuses) && upload_server_begin(&server, (struct bitsserver_options){0}); i++)
    {
        winetest_push_context("%u", statuses[i]);
        if (program_begin_upload(&job, server.server, L"MyJobName", BG_JOB_TYPE_UPLOAD, FILE_SIZE, TRUE))
        {
            server.fault.status = statuses[i];
            loop_start(&job, NOTIFY_DEFAULT);
            if (i == 2)
            {
                client_wait_state(job.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
                server.fault.status = 0;
            }
            loop_end(&job, i != 1);
            if (i != 1) upload_stored(&job, FILE_SIZE);
        }
        program_end(&job);
        upload_server_end(&server);
        winetest_pop_context();
    }
}

/* A flag whose method the object does not have, and headers of its own. */
static void check_httpheader(struct fixture *fixture)
{
    IBackgroundCopyJobHttpOptions *options;
    struct program_job job;
    static const WCHAR header_line[] = L"Accept-Encoding: gzip, deflate\r\n";
    char header[64] = "";
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MyJobName",
                          i ? L"/none" : L"/good", TRUE))
        {
            ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options),
                  S_OK);
            ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, header_line), S_OK);
            IBackgroundCopyJobHttpOptions_Release(options);
            loop_start(&job, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED);
            loop_end(&job, !i);
            ok_int(callback_count(job.callback, CALLBACK_FILE), 0);
            if (!i && ok(server_count(fixture->server, "GET", "/good") == 1, "no GET"))
            {
                server_header(server_request(fixture->server, "GET", "/good", 0), "Accept-Encoding", header,
                              sizeof(header));
                ok(!strcmp(header, "gzip, deflate"), "the header is %s", header);
            }
        }
        program_end(&job);
    }
}

/* --- C9: peer cache administration --------------------------------------------------------------- */

static IBitsPeerCacheAdministration *administration(IBackgroundCopyManager *manager)
{
    IBitsPeerCacheAdministration *peers = NULL;
    HRESULT hr = IBackgroundCopyManager_QueryInterface(manager, &IID_IBitsPeerCacheAdministration, (void **)&peers);

    return ok_hr(hr, S_OK) ? peers : NULL;
}

/* What is in the way of peer caching is only printed. */
static void check_peercaching(struct fixture *fixture)
{
    IBitsPeerCacheAdministration *peers = administration(fixture->manager);
    IBackgroundCopyJobHttpOptions *options;
    IEnumBitsPeers *list = NULL;
    IBackgroundCopyJob4 *job4;
    struct program_job job;
    ULONG count = 1;
    HRESULT hr;

    if (!peers) return;
    hr = IBitsPeerCacheAdministration_EnumPeers(peers, &list);
    ok(SUCCEEDED(hr) && list, "EnumPeers returned %#lx", hr);
    if (list)
    {
        ok_hr(IEnumBitsPeers_GetCount(list, &count), S_OK);
        ok_int(count, 0);
        IEnumBitsPeers_Release(list);
    }
    hr = IBitsPeerCacheAdministration_SetConfigurationFlags(peers, BG_ENABLE_PEERCACHING_CLIENT);
    ok(SUCCEEDED(hr), "SetConfigurationFlags returned %#lx", hr);
    IBitsPeerCacheAdministration_Release(peers);
    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MyJobName", L"/good", TRUE))
    {
        ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob4, (void **)&job4), S_OK);
        ok_hr(IBackgroundCopyJob4_SetPeerCachingFlags(job4, BG_JOB_ENABLE_PEERCACHING_CLIENT |
                                                                BG_JOB_ENABLE_PEERCACHING_SERVER),
              S_OK);
        IBackgroundCopyJob4_Release(job4);
        ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT), S_OK);
        IBackgroundCopyJobHttpOptions_Release(options);
        loop_start(&job, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED);
        loop_end(&job, TRUE);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    program_end(&job);
}

/* The sample "control": a failure of the administration would cancel the job. It polls with a test of bits,
 * and so stops in TRANSFERRING already. */
static void check_control(struct fixture *fixture)
{
    IBitsPeerCacheAdministration *peers;
    struct program_job job;
    BG_JOB_STATE state = 0;
    ULONGLONG deadline;
    HRESULT hr;

    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MyJobName", L"/good",
                      FALSE) &&
        (peers = administration(job.manager)))
    {
        hr = IBitsPeerCacheAdministration_SetConfigurationFlags(peers, BG_ENABLE_PEERCACHING_CLIENT |
                                                                           BG_ENABLE_PEERCACHING_SERVER);
        ok(SUCCEEDED(hr), "SetConfigurationFlags returned %#lx", hr);
        hr = IBitsPeerCacheAdministration_SetMaximumCacheSize(peers, 2);
        ok(SUCCEEDED(hr), "SetMaximumCacheSize returned %#lx", hr);
        IBitsPeerCacheAdministration_Release(peers);
        program_add_file(&job);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        for (deadline = GetTickCount64() + SOON_MS; GetTickCount64() < deadline; client_pause(100))
            if ((state = client_state(job.job)) & (BG_JOB_STATE_TRANSFERRED | BG_JOB_STATE_ERROR)) break;
        ok(state & (BG_JOB_STATE_TRANSFERRED | BG_JOB_STATE_ERROR), "the job is %s", client_state_name(state));
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    }
    program_end(&job);
}

/* --- C10 bits_ie: modifications only, a timer, another process that goes on ---------------------- */

/* Its callback object is static, and counts nothing. */
struct page
{
    IBackgroundCopyCallback IBackgroundCopyCallback_iface;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    HANDLE changed; /* auto-reset */
    volatile LONG calls, errors;
};

static HRESULT STDMETHODCALLTYPE page_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE page_AddRef(IBackgroundCopyCallback *iface)
{
    return 0;
}

static ULONG STDMETHODCALLTYPE page_Release(IBackgroundCopyCallback *iface)
{
    return 0;
}

static HRESULT STDMETHODCALLTYPE page_end(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job)
{
    ok(FALSE, "called without a flag for it");
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE page_error(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                            IBackgroundCopyError *error)
{
    return page_end(iface, job);
}

/* Show everything anew. Mostly there is no error. */
static void page_show(struct page *page, IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    BG_JOB_PROGRESS progress;
    BG_ERROR_CONTEXT context;
    BG_JOB_PRIORITY priority;
    BG_JOB_TIMES times;
    BG_JOB_STATE state;
    WCHAR *text = NULL;
    HRESULT hr, code;

    ok_hr(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    CoTaskMemFree(text);
    ok_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    ok_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
    hr = IBackgroundCopyJob_GetError(job, &error);
    if (hr != S_OK)
    {
        ok_hr(hr, BG_E_ERROR_INFORMATION_UNAVAILABLE);
        return;
    }
    ok_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    text = NULL;
    ok_hr(IBackgroundCopyManager_GetErrorDescription(page->manager, code, LANGIDFROMLCID(GetThreadLocale()), &text),
          S_OK);
    ok(text && *text, "no text for %#lx", code);
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
    InterlockedIncrement(&page->errors);
}

static HRESULT STDMETHODCALLTYPE page_changed(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job, DWORD reserved)
{
    struct page *page = CONTAINING_RECORD(iface, struct page, IBackgroundCopyCallback_iface);

    page_show(page, job);
    InterlockedIncrement(&page->calls);
    SetEvent(page->changed);
    return S_OK;
}

/* clang-format off */
static const IBackgroundCopyCallbackVtbl page_vtbl =
{
    page_QueryInterface, page_AddRef, page_Release, page_end, page_error, page_changed,
};
/* clang-format on */

static void page_open(struct page *page, IBackgroundCopyManager *manager, IBackgroundCopyJob *job)
{
    *page = (struct page){{(IBackgroundCopyCallbackVtbl *)&page_vtbl}, manager, job};
    page->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_MODIFICATION), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&page->IBackgroundCopyCallback_iface), S_OK);
}

/* Until the job has a state: told, or looked up once in a second. */
static void page_wait(struct page *page, BG_JOB_STATE state)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;

    while (client_state(page->job) != state && GetTickCount64() < deadline)
    {
        client_wait(page->changed, 1000);
        page_show(page, page->job);
    }
    ok_int(client_state(page->job), state);
}

/* "/RESUMEJOB {guid}" */
static void again_bits_ie(struct again *again)
{
    IBackgroundCopyJob *job = NULL;
    struct page page;

    if (!ok_hr(IBackgroundCopyManager_GetJob(again->manager, &again->id, &job), S_OK)) return;
    page_open(&page, again->manager, job);
    SetEvent(again->found);
    page_wait(&page, BG_JOB_STATE_TRANSFERRED);
    ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
} /* without Release of anything */

static void check_bits_ie(struct fixture *fixture)
{
    static const struct
    {
        const WCHAR *path;
        BG_JOB_STATE end;
    } cases[] = {
        {L"/good", BG_JOB_STATE_TRANSFERRED},
        {L"/none", BG_JOB_STATE_ERROR},
        {L"/broken", BG_JOB_STATE_TRANSIENT_ERROR},
    };
    static struct page pages[ARRAYSIZE(cases)]; /* of one apartment */
    struct program_job job;
    unsigned int i;

    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%ls", cases[i].path);
        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"http://127.0.0.1/page",
                          cases[i].path, FALSE))
        {
            program_add_file(&job);
            page_open(&pages[i], job.manager, job.job);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            page_wait(&pages[i], cases[i].end);
            client_pause(600); /* the last change, which may have to wait for its turn */
            ok(pages[i].calls > 0, "no JobModification");
            ok(!i == !pages[i].errors, "%ld errors", pages[i].errors);
            ok_hr(i ? IBackgroundCopyJob_Cancel(job.job) : IBackgroundCopyJob_Complete(job.job), S_OK);
            client_pause(100); /* references to the static object go */
        }
        program_end(&job);
        winetest_pop_context();
    }
}

static void check_bits_ie_again(struct fixture *fixture)
{
    struct program_job job;
    BOOL kill;

    for (kill = FALSE; kill <= TRUE; kill++)
    {
        program_hold(fixture);
        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"http://127.0.0.1/held",
                          L"/held", TRUE))
        {
            job.callback->hook[CALLBACK_MODIFICATION] = program_look;
            program_add_file(&job);
            program_register(&job, BG_NOTIFY_JOB_MODIFICATION, TRUE);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            ok(callback_wait(job.callback, CALLBACK_MODIFICATION, 1, SOON_MS), "no JobModification");
            program_check_again(&job, fixture, "bits_ie", kill);
        }
        program_end(&job);
    }
}

/* --- C11: uploads, registers after Resume, waits for its object ---------------------------------- */

#define UPLOAD_NAME L"upload sample"

/* The reply, if the job has one; then Complete. */
static HRESULT upload_transferred(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                  IBackgroundCopyFile *file)
{
    IBackgroundCopyJob2 *job2;
    BG_JOB_TYPE type = -1;
    BYTE *data = NULL;
    UINT64 size = 0;
    HRESULT hr;
    GUID id;

    ok_hr(IBackgroundCopyJob_GetType(job, &type), S_OK);
    if (type == BG_JOB_TYPE_UPLOAD_REPLY)
    {
        ok_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
        ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size), S_OK);
        ok(data && size == FILE_SIZE, "%u bytes of reply", (unsigned int)size);
        CoTaskMemFree(data);
        IBackgroundCopyJob2_Release(job2);
    }
    hr = program_complete(callback, job, error, file);
    ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    return hr;
}

/* The texts in the language of the system, then Cancel. */
static HRESULT upload_error(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                            IBackgroundCopyFile *file)
{
    struct program_job *program = callback->context;
    WCHAR *text = NULL;

    ok_hr(IBackgroundCopyError_GetErrorContextDescription(error, SYSTEM_DEFAULT, &text), S_OK);
    ok(text && *text, "no text for the context");
    CoTaskMemFree(text);
    text = NULL;
    ok_hr(IBackgroundCopyError_GetErrorDescription(error, SYSTEM_DEFAULT, &text), S_OK);
    ok(text && *text, "no text for the error");
    CoTaskMemFree(text);
    program->inside = IBackgroundCopyJob_Cancel(job);
    return program_told(callback, job, error, file);
}

static void upload_register(struct program_job *job)
{
    job->callback->hook[CALLBACK_TRANSFERRED] = upload_transferred;
    job->callback->hook[CALLBACK_ERROR] = upload_error;
    job->callback->hook[CALLBACK_MODIFICATION] = program_look;
    program_register(job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
}

/* status: of the server's answers, 0 = good; late: the job has ended when the client registers. With less
 * than ten minutes of patience it knows no TRANSIENT_ERROR (B-553). */
static void check_upload_end(struct upload_server *server, BG_JOB_TYPE type, unsigned int status, BOOL late)
{
    struct program_job job;

    winetest_push_context("type %u, %u%s", type, status, late ? ", late" : "");
    if (program_begin_upload(&job, server->server, UPLOAD_NAME, type, FILE_SIZE, TRUE))
    {
        server->fault.status = status;
        program_add_file(&job);
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 60), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        if (late) client_wait_state(job.job, status ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSFERRED, SOON_MS);
        upload_register(&job);
        ok(client_wait(job.event, SOON_MS), "not told");
        while (!job.transferred && !job.failed && client_wait(job.event, SOON_MS))
            ;
        ok(status ? job.failed : job.transferred, "not told");
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released: the sample waits for ever");
        ok_hr(job.inside, S_OK);
        if (status) ok(job.error == (HRESULT)(0x80190000 | status), "the error is %#lx", job.error);
        else upload_stored(&job, FILE_SIZE);
    }
    program_end(&job);
    winetest_pop_context();
}

static void check_upload(struct fixture *fixture)
{
    static const BG_JOB_TYPE types[] = {BG_JOB_TYPE_UPLOAD, BG_JOB_TYPE_UPLOAD_REPLY};
    static const unsigned int statuses[] = {0, 404, 503};
    struct upload_server server;
    unsigned int i, j;

    if (upload_server_begin(&server, (struct bitsserver_options){.reply = BITSSERVER_ECHO}))
    {
        for (i = 0; i < ARRAYSIZE(types); i++)
            for (j = 0; j < ARRAYSIZE(statuses); j++) check_upload_end(&server, types[i], statuses[j], j != 2);
        check_upload_end(&server, BG_JOB_TYPE_UPLOAD_REPLY, 0, FALSE);
    }
    upload_server_end(&server);
}

/* Whoever starts it again has left-overs removed, by their name. */
static void again_upload(struct again *again)
{
    IBackgroundCopyJob *job = program_find(again->manager, UPLOAD_NAME, again->url);

    if (!ok(job != NULL, "the job is not found")) return;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    SetEvent(again->found);
    IBackgroundCopyJob_Release(job);
}

static void check_upload_again(struct fixture *fixture)
{
    IBackgroundCopyJob *gone = NULL;
    struct upload_server server;
    struct program_job job;
    HANDLE found, child;
    char name[64], id[40];

    if (upload_server_begin(&server, (struct bitsserver_options){0}) &&
        program_begin_upload(&job, server.server, UPLOAD_NAME, BG_JOB_TYPE_UPLOAD, FILE_SIZE, TRUE))
    {
        server.fault.status = 503;
        program_add_file(&job);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        upload_register(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok(callback_wait(job.callback, CALLBACK_MODIFICATION, 1, SOON_MS), "no JobModification");
        client_pause(700);
        ok(job.transient, "JobModification has not seen the error");
        found = shared_event(name);
        child = winetest_spawn("again upload %s %ls %s", guid_text(&job.id, id), job.url, name);
        ok(client_wait(found, SOON_MS), "the other process has not found the job");
        winetest_wait_child(child, SOON_MS);
        CloseHandle(found);
        ok_int(client_state(job.job), BG_JOB_STATE_CANCELLED);
        ok_hr(IBackgroundCopyManager_GetJob(fixture->manager, &job.id, &gone), BG_E_NOT_FOUND);
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        server.fault.status = 0;
        program_end(&job);
    }
    upload_server_end(&server);
}

/* --- C12: several files, polls ------------------------------------------------------------------- */

static void show_headers(IBackgroundCopyFile *file)
{
    BITS_FILE_PROPERTY_VALUE value = {0};
    IBackgroundCopyFile5 *file5;

    ok_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&file5), S_OK);
    ok_hr(IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
    ok(value.String && *value.String, "no headers");
    CoTaskMemFree(value.String);
    IBackgroundCopyFile5_Release(file5);
}

static void check_file_properties(struct fixture *fixture)
{
    static const struct
    {
        const char *last;
        BG_JOB_STATE end;
    } cases[] = {
        {"/good", BG_JOB_STATE_ACKNOWLEDGED},
        {"/none", BG_JOB_STATE_ERROR},
        {"/broken", BG_JOB_STATE_TRANSIENT_ERROR},
    };
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    struct program_job job;
    WCHAR local[MAX_PATH], url[128];
    BG_JOB_STATE state;
    ULONGLONG deadline;
    unsigned int i, j;

    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%s", cases[i].last);
        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MyJob", L"/good", FALSE))
        {
            program_add_file(&job);
            ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, client_path(local)), S_OK);
            _snwprintf(url, ARRAYSIZE(url), L"http://127.0.0.1:%u%S", server_port(fixture->server), cases[i].last);
            ok_hr(IBackgroundCopyJob_AddFile(job.job, url, client_path(local)), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            for (deadline = GetTickCount64() + SOON_MS; GetTickCount64() < deadline; client_pause(500))
            {
                if ((state = client_state(job.job)) == BG_JOB_STATE_TRANSFERRED)
                    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
                if (state == cases[i].end) break;
            }
            ok_int(client_state(job.job), cases[i].end);
            ok_hr(IBackgroundCopyJob_EnumFiles(job.job, &files), S_OK);
            for (j = 0; IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK; j++)
            {
                if (!i) show_headers(file);
                IBackgroundCopyFile_Release(file);
            }
            ok_int(j, 3);
            IEnumBackgroundCopyFiles_Release(files);
        }
        program_end(&job);
        winetest_pop_context();
    }
}

/* --- the parts ----------------------------------------------------------------------------------- */

const struct again_program samples_again[] = {
    {"bits_ie", COINIT_APARTMENTTHREADED, &CLSID_BackgroundCopyManager, again_bits_ie},
    {"upload", COINIT_MULTITHREADED, &CLSID_BackgroundCopyManager, again_upload},
    {NULL}};

static void c07_sample_downloads_and_uploads(void)
{
    everywhere(check_downloads, BITS_ONLY | STA);
    everywhere(check_uploads, BITS_ONLY | STA);
}

static void c08_sample_httpheader(void)
{
    everywhere(check_httpheader, BITS_ONLY | STA);
}

static void c09_sample_peercaching_and_control(void)
{
    everywhere(check_peercaching, BITS_ONLY | STA);
    everywhere(check_control, BITS_ONLY | STA);
}

static void c10_sample_bits_ie(void)
{
    everywhere(check_bits_ie, BITS_ONLY | STA);
    everywhere(check_bits_ie_again, BITS_ONLY | STA);
}

static void c11_sample_upload(void)
{
    everywhere(check_upload, BITS_ONLY | MTA);
    everywhere(check_upload_again, BITS_ONLY | MTA);
}

static void c12_sample_file_properties(void)
{
    everywhere(check_file_properties, BITS_ONLY | STA);
}

void test_samples(void)
{
    winetest_run(c07_sample_downloads_and_uploads);
    winetest_run(c08_sample_httpheader);
    winetest_run(c09_sample_peercaching_and_control);
    winetest_run(c10_sample_bits_ie);
    winetest_run(c11_sample_upload);
    winetest_run(c12_sample_file_properties);
}
