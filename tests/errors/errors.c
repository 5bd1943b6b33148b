/*
 * Errors of jobs: which code, context and state follow from what happens (B-500 to B-549), and their texts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All jobs of a table run at the same time, each with a path of its own on the server.
 */

#include "job/jobtest.h"
#include "errors.h"

#define CANNOT_CONNECT HRESULT_FROM_WIN32(12029)
#define CONNECTION_ERROR HRESULT_FROM_WIN32(12030)
#define NAME_NOT_RESOLVED HRESULT_FROM_WIN32(12007)

#define AT_SERVER BG_ERROR_CONTEXT_REMOTE_FILE
#define AT_FILE BG_ERROR_CONTEXT_LOCAL_FILE

/* How a job has to end. */
struct outcome
{
    HRESULT code;
    BG_ERROR_CONTEXT context;
    BOOL transient;
};

/* --- the error of a job ------------------------------------------------------------------------ */

/* B-702: the file of an error at one end of the transfer. */
static void check_file(IBackgroundCopyError *error, const WCHAR *url)
{
    IBackgroundCopyFile *file = NULL;
    WCHAR *name = NULL;

    ok_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    if (!file) return;
    ok_hr(IBackgroundCopyFile_GetRemoteName(file, &name), S_OK);
    ok_text(name, url);
    IBackgroundCopyFile_Release(file);
}

/* B-703, B-592 */
static void check_protocol(IBackgroundCopyError *error, BG_ERROR_CONTEXT context, const WCHAR *url)
{
    WCHAR *text = (WCHAR *)1;
    HRESULT hr = IBackgroundCopyError_GetProtocol(error, &text);

    if (context == BG_ERROR_CONTEXT_REMOTE_FILE)
    {
        ok_hr(hr, S_OK);
        ok_text(text, wcsncmp(url, L"http", 4) ? L"file" : L"http");
    }
    else
    {
        ok_hr(hr, BG_E_PROTOCOL_NOT_AVAILABLE);
        ok(!text, "got a protocol");
    }
}

static void check_error(IBackgroundCopyJob *job, const struct outcome *expected, const WCHAR *url)
{
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context = -1;
    HRESULT code = S_OK;

    ok_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    if (!error) return;
    ok_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    ok_hr(code, expected->code);
    ok_int(context, expected->context);
    check_file(error, url);
    check_protocol(error, context, url);
    IBackgroundCopyError_Release(error);
}

static void check_outcome(struct subject *subject, const struct outcome *expected)
{
    BG_JOB_STATE state = expected->transient ? BG_JOB_STATE_TRANSIENT_ERROR : BG_JOB_STATE_ERROR;

    if (client_wait_state(subject->job, state, SOON_MS)) check_error(subject->job, expected, subject->url);
    ok(!client_file_exists(subject->local), "there is a file");
}

/* Let the source be elsewhere than on our server: local NULL keeps the one of the subject. */
static void subject_replace(struct subject *subject, const WCHAR *url, const WCHAR *local)
{
    client_drop_job(subject->job);
    if (!(subject->job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
    _snwprintf(subject->url, ARRAYSIZE(subject->url), L"%s", url);
    if (local) wcscpy(subject->local, local);
    ok_hr(IBackgroundCopyJob_AddFile(subject->job, subject->url, subject->local), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(subject->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
}

/* --- statuses (B-500 to B-514) ------------------------------------------------------------------------------ */

/* B-500, B-501 by the letter, written down once more: what is fatal. */
static BOOL is_fatal(unsigned int status)
{
    static const unsigned int fatal[] = {
        300, 301, 302, 303, 304, 305, 307,                                                        /* B-502 */
        400, 401, 402, 403, 404, 405, 406, 407,                                                   /* B-504 to B-509 */
        410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 426, 429, 431, 449, 451, 501, 505, /* B-512 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(fatal); i++)
    {
        if (fatal[i] == status) return TRUE;
    }
    return FALSE;
}

static const unsigned int statuses[] = {
    201, 202, 203, 204, 205, 226, 299,           /* B-514 */
    300, 301, 302, 303, 304, 305, 306, 307, 399, /* B-502, B-503 */
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 413, 414, 415, 416, 417,
    418, 421, 422, 426, 429, 431, 449, 451, 500, 501, 502, 503, 504, 505, 507, 511, 599, /* B-511 to B-513 */
};

static BOOL begin_status(struct subject *subject, unsigned int status, DWORD no_progress_timeout)
{
    BOOL empty = status == 204 || status == 304;
    struct route route = {.status = status, .text = empty ? "" : "an explanation"};

    if (!subject_init(subject, &route)) return FALSE;
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(subject->job, no_progress_timeout), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(subject->job), S_OK);
    return TRUE;
}

/* B-500, B-501, B-275, B-929: with the time-out at zero what is transient is fatal too, with the same code. */
static void run_statuses(DWORD no_progress_timeout)
{
    struct subject subjects[ARRAYSIZE(statuses)];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(statuses); i++)
    {
        winetest_push_context("status %u", statuses[i]);
        begin_status(&subjects[i], statuses[i], no_progress_timeout);
        winetest_pop_context();
    }
    for (i = 0; i < ARRAYSIZE(statuses); i++)
    {
        struct outcome expected = {0x80190000 | statuses[i], AT_SERVER, no_progress_timeout && !is_fatal(statuses[i])};

        winetest_push_context("status %u", statuses[i]);
        if (subjects[i].job) check_outcome(&subjects[i], &expected);
        subject_cleanup(&subjects[i]);
        winetest_pop_context();
    }
}

static void test_statuses(void)
{
    run_statuses(1000000);
}

static void test_statuses_without_retry(void)
{
    run_statuses(0);
}

/* --- other failures (B-520 to B-549) -------------------------------------------------------------------------- */

static const struct
{
    const char *what;
    struct route route;
    struct outcome outcome;
} answers[] = {
    /* B-434, B-547 */
    {"no length", {.size = 5000, .flags = ROUTE_NO_LENGTH}, {BG_E_MISSING_FILE_SIZE, AT_SERVER}},
    {"chunked", {.size = 5000, .flags = ROUTE_CHUNKED}, {BG_E_MISSING_FILE_SIZE, AT_SERVER}},
    /* B-435, B-547 */
    {"no HTTP", {.raw = "220 mail ready\r\n", .raw_size = 16}, {BG_E_INSUFFICIENT_HTTP_SUPPORT, AT_SERVER}},
    /* B-521: the connection ends too early */
    {"cut", {.size = 5000, .flags = ROUTE_CUT, .cut_at = 100}, {CONNECTION_ERROR, AT_SERVER, TRUE}},
    {"reset", {.size = 5000, .flags = ROUTE_CUT | ROUTE_RESET, .cut_at = 100}, {CONNECTION_ERROR, AT_SERVER, TRUE}},
};

static void test_answers(void)
{
    struct subject subjects[ARRAYSIZE(answers)];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(answers); i++)
    {
        if (subject_init(&subjects[i], &answers[i].route)) ok_hr(IBackgroundCopyJob_Resume(subjects[i].job), S_OK);
    }
    for (i = 0; i < ARRAYSIZE(answers); i++)
    {
        winetest_push_context("%s", answers[i].what);
        if (subjects[i].job) check_outcome(&subjects[i], &answers[i].outcome);
        subject_cleanup(&subjects[i]);
        winetest_pop_context();
    }
}

/* B-520, B-521, B-024 */
static void test_connections(void)
{
    static const struct outcome refused = {CANNOT_CONNECT, AT_SERVER, TRUE};
    static const struct outcome unknown = {NAME_NOT_RESOLVED, AT_SERVER, TRUE};
    struct subject subject;
    WCHAR url[128];

    if (subject_init(&subject, NULL))
    {
        subject_replace(&subject, server_refused_url(server, L"/", url, ARRAYSIZE(url)), NULL);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        check_outcome(&subject, &refused);
        subject_replace(&subject, L"http://name-that-does-not-exist.invalid/file", NULL);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        check_outcome(&subject, &unknown);
    }
    subject_cleanup(&subject);
}

/* B-530, B-590, B-592: the source is a file that is not there. */
static void test_missing_sources(void)
{
    static const struct outcome no_file = {HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), AT_SERVER};
    static const struct outcome no_path = {HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND), AT_SERVER};
    struct subject subject;
    WCHAR url[MAX_PATH];

    if (subject_init(&subject, NULL))
    {
        _snwprintf(url, ARRAYSIZE(url), L"%smissing", client_directory());
        subject_replace(&subject, url, NULL);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        check_outcome(&subject, &no_file);
        _snwprintf(url, ARRAYSIZE(url), L"%smissing\\file", client_directory());
        subject_replace(&subject, url, NULL);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        check_outcome(&subject, &no_path);
    }
    subject_cleanup(&subject);
}

/* The directory of the destination is gone when the transfer begins, or is a file. */
static void test_missing_directory(void)
{
    static const struct outcome no_path = {HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND), AT_FILE};
    static const struct route route = {.size = 1000};
    struct subject subject;
    WCHAR directory[MAX_PATH], local[MAX_PATH], url[128];

    if (subject_init(&subject, &route))
    {
        wcscpy(url, subject.url);
        ok(CreateDirectoryW(client_path(directory), NULL), "no directory: error %lu", GetLastError());
        _snwprintf(local, ARRAYSIZE(local), L"%s\\file", directory);
        subject_replace(&subject, url, local);
        ok(RemoveDirectoryW(directory), "the directory stays: error %lu", GetLastError());
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        check_outcome(&subject, &no_path);
        /* it can be repaired */
        ok(CreateDirectoryW(directory, NULL), "no directory: error %lu", GetLastError());
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(local, 1000, 0), "the file is damaged");
    }
    subject_cleanup(&subject);
}

/* B-529, B-413: somebody has the temporary file open, without sharing, when the transfer goes on. */
static void test_locked_temporary(void)
{
    static const struct outcome locked = {HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION), AT_FILE, TRUE};
    static const struct route route = {.size = 1000, .flags = ROUTE_STALL, .stall_at = 500};
    struct subject subject;
    IBackgroundCopyFile *file;
    IBackgroundCopyFile3 *file3 = NULL;
    WCHAR *temporary = NULL;
    HANDLE handle;

    if (subject_init(&subject, &route))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "nothing was asked for");
        client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRING, SOON_MS);
        ok_hr(IBackgroundCopyJob_Suspend(subject.job), S_OK);
        if ((file = job_file(subject.job, 0)) && (file3 = query(file, IBackgroundCopyFile3)))
        {
            ok_hr(IBackgroundCopyFile3_GetTemporaryName(file3, &temporary), S_OK);
            IBackgroundCopyFile3_Release(file3);
        }
        if (file) IBackgroundCopyFile_Release(file);
        handle = CreateFileW(temporary, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        ok(handle != INVALID_HANDLE_VALUE, "%s cannot be opened: error %lu", wine_dbgstr_w(temporary), GetLastError());
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        check_outcome(&subject, &locked);
        CloseHandle(handle);
        server_release(server, subject.path);
        subject_transfer(&subject);
        CoTaskMemFree(temporary);
    }
    subject_cleanup(&subject);
}

/* --- the texts of a job's error ---------------------------------------------------------------------- */

static void test_object_texts(void)
{
    IBackgroundCopyError *error = NULL;
    struct subject subject;

    if (subject_init(&subject, NULL))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetError(subject.job, &error), S_OK);
        if (error)
        {
            check_error_texts(error, BG_E_HTTP_ERROR_404);
            IBackgroundCopyError_Release(error);
        }
    }
    subject_cleanup(&subject);
}

static void test_object_wording(void)
{
    IBackgroundCopyError *error = NULL;
    struct subject subject;
    WCHAR url[MAX_PATH];

    if (subject_init(&subject, NULL))
    {
        _snwprintf(url, ARRAYSIZE(url), L"%smissing", client_directory());
        subject_replace(&subject, url, NULL);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetError(subject.job, &error), S_OK);
        if (error)
        {
            check_wording(error, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
            IBackgroundCopyError_Release(error);
        }
    }
    subject_cleanup(&subject);
}

START_TEST(errors)
{
    if (tests_begin())
    {
        winetest_run(test_statuses);
        winetest_run(test_statuses_without_retry);
        winetest_run(test_answers);
        winetest_run(test_connections);
        winetest_run(test_missing_sources);
        winetest_run(test_missing_directory);
        winetest_run(test_locked_temporary);
        winetest_run(test_http_files);
        winetest_run(test_local_sources);
        winetest_run(test_object_texts);
        winetest_run(test_object_wording);
        winetest_run(test_tables);
        winetest_run(test_network_texts);
        winetest_run(test_wordings);
        winetest_run(test_related_languages);
        winetest_run(test_unknown_languages);
        winetest_run(test_own_languages);
    }
    tests_end();
}
