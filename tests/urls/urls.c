/*
 * How long the parts of a URL may be, by every way in which one enters a job (B-257, B-406; RFC 3986, 3.3 to 3.5).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Servers hand out URLs that they have signed, with a query of several hundred characters in which slashes and
 * question marks occur.
 */

#include "job/jobtest.h"

#define SIZE 1000

static const struct route route_good = {.size = SIZE};

/* Append count characters to a URL. */
static void append(WCHAR *url, size_t count, BOOL slashes)
{
    size_t i, length = wcslen(url);

    for (i = 0; i < count; i++) url[length + i] = slashes && i % 50 == 49 ? '/' : 'a' + i % 26;
    url[length + count] = 0;
}

static const struct
{
    const char *what;
    size_t segment; /* characters of the last segment of the path; 0: as it is */
    size_t query;   /* of the query after "?X-Signature=" */
    BOOL slashes;   /* in the query, and the fragment */
    size_t fragment;
    size_t total; /* not 0: the query fills the URL up to so many characters */
    BOOL good;
} forms[] = {
    {"a query of 100", 0, 100, FALSE, 0, 0, TRUE},
    {"a query of 257", 0, 257, FALSE, 0, 0, TRUE},
    {"a query of 300", 0, 300, FALSE, 0, 0, TRUE},
    {"a query with slashes", 0, 900, TRUE, 0, 0, TRUE},
    {"a fragment", 0, 10, FALSE, 300, 0, TRUE},
    {"a segment of 260", 260, 0, FALSE, 0, 0, TRUE},
    {"a segment of 260 and a query", 260, 600, FALSE, 0, 0, TRUE},
    {"a segment of 261", 261, 0, FALSE, 0, 0, FALSE},
    {"a segment of 261 and a query with slashes", 261, 500, TRUE, 0, 0, FALSE},
    {"2200 characters", 0, 0, FALSE, 0, 2200, TRUE},
    {"2201 characters", 0, 0, FALSE, 0, 2201, FALSE},
};

/* url, which begins with that, as a URL of that form. */
static void make_url(WCHAR *url, unsigned int form, const WCHAR *begin)
{
    wcscpy(url, begin);
    if (forms[form].segment)
    {
        wcscat(url, L"/");
        append(url, forms[form].segment, FALSE);
    }
    if (forms[form].query || forms[form].total) wcscat(url, L"?X-Signature=");
    append(url, forms[form].query, forms[form].slashes);
    if (forms[form].total) append(url, forms[form].total - wcslen(url), TRUE);
    if (!forms[form].fragment) return;
    wcscat(url, L"#");
    append(url, forms[form].fragment, forms[form].slashes);
}

/* --- ways into a job ------------------------------------------------------------------------------ */

static HRESULT add_file(IBackgroundCopyJob *job, WCHAR *url, WCHAR *local)
{
    return IBackgroundCopyJob_AddFile(job, url, local);
}

static HRESULT add_file_set(IBackgroundCopyJob *job, WCHAR *url, WCHAR *local)
{
    BG_FILE_INFO set = {url, local};

    return IBackgroundCopyJob_AddFileSet(job, 1, &set);
}

static HRESULT add_file_with_ranges(IBackgroundCopyJob *job, WCHAR *url, WCHAR *local)
{
    IBackgroundCopyJob3 *job3 = query(job, IBackgroundCopyJob3);
    BG_FILE_RANGE range = {0, 10};
    HRESULT hr = E_NOINTERFACE;

    if (job3)
    {
        hr = IBackgroundCopyJob3_AddFileWithRanges(job3, url, local, 1, &range);
        IBackgroundCopyJob3_Release(job3);
    }
    return hr;
}

static HRESULT set_remote_name(IBackgroundCopyJob *job, WCHAR *url, WCHAR *local)
{
    WCHAR plain[] = L"http://127.0.0.1/plain";
    IBackgroundCopyFile2 *file2 = NULL;
    IBackgroundCopyFile *file = NULL;
    HRESULT hr;

    ok_hr(IBackgroundCopyJob_AddFile(job, plain, local), S_OK);
    if ((file = job_file(job, 0)) && (file2 = query(file, IBackgroundCopyFile2)))
    {
        hr = IBackgroundCopyFile2_SetRemoteName(file2, url);
        IBackgroundCopyFile2_Release(file2);
    }
    else hr = E_NOINTERFACE;
    if (file) IBackgroundCopyFile_Release(file);
    return hr;
}

static HRESULT replace_prefix(IBackgroundCopyJob *job, WCHAR *url, WCHAR *local)
{
    WCHAR plain[] = L"http://plain/plain";
    IBackgroundCopyJob3 *job3 = query(job, IBackgroundCopyJob3);
    HRESULT hr = E_NOINTERFACE;

    ok_hr(IBackgroundCopyJob_AddFile(job, plain, local), S_OK);
    if (job3)
    {
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, plain, url);
        IBackgroundCopyJob3_Release(job3);
    }
    return hr;
}

static void check_form(unsigned int form, const char *name,
                       HRESULT (*enter)(IBackgroundCopyJob *job, WCHAR *url, WCHAR *local))
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[2300], local[MAX_PATH], *text = NULL;
    IBackgroundCopyFile *file;
    HRESULT hr;

    if (!job) return;
    winetest_push_context("%s, %s", name, forms[form].what);
    make_url(url, form, L"http://127.0.0.1/directory/file.iso");
    client_path(local);
    hr = enter(job, url, local);
    ok_hr(hr, forms[form].good ? S_OK : E_INVALIDARG);
    if (hr == S_OK && (file = job_file(job, 0)))
    {
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
        ok_text(text, url);
        IBackgroundCopyFile_Release(file);
    }
    winetest_pop_context();
    client_drop_job(job);
}

static void test_url_lengths(void)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(forms); i++)
    {
        check_form(i, "AddFile", add_file);
        check_form(i, "AddFileSet", add_file_set);
        check_form(i, "AddFileWithRanges", add_file_with_ranges);
        check_form(i, "SetRemoteName", set_remote_name);
        check_form(i, "ReplaceRemotePrefix", replace_prefix);
    }
}

/* --- transfers ------------------------------------------------------------------------------------- */

static void transfer(const WCHAR *url, DWORD flags, const WCHAR *name_afterwards)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJobHttpOptions *options;
    WCHAR local[MAX_PATH], *text = NULL;
    IBackgroundCopyFile *file;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    if (flags && (options = query(job, IBackgroundCopyJobHttpOptions)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags), S_OK);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS) && (file = job_file(job, 0)))
    {
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
        ok_text(text, name_afterwards);
        IBackgroundCopyFile_Release(file);
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        ok(pattern_check_file(local, SIZE, 0), "the file is damaged");
    }
    client_drop_job(job);
}

/* A signed URL is asked for as it is, and one that a redirection leads to becomes the name (B-560). */
static void test_signed_urls(void)
{
    WCHAR base[128], url[2300], from[128];
    char location[2300];

    server_route(server, "/signed/file.iso", &route_good);
    server_url(server, L"/signed/file.iso", base, ARRAYSIZE(base));
    wcscpy(url, base);
    wcscat(url, L"?X-Signature=");
    append(url, 1200, TRUE);
    transfer(url, 0, url);

    snprintf(location, sizeof(location), "%ls", url);
    server_route(server, "/unsigned", &(struct route){.redirect = location});
    transfer(server_url(server, L"/unsigned", from, ARRAYSIZE(from)), 0, from);
    transfer(from, BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT, url);
    server_route(server, "/unsigned", &(struct route){.status = 404, .text = "gone"});
}

START_TEST(urls)
{
    if (tests_begin())
    {
        winetest_run(test_url_lengths);
        winetest_run(test_signed_urls);
    }
    tests_end();
}
