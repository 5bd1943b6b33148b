/*
 * Who owns a job, and the helper token (B-162, B-187, B-188, B-240 to B-243, B-320, B-760, B-764).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

/* --- helper token -------------------------------------------------------------------------------- */

static void test_flags(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBitsTokenOptions *token = job ? query(job, IBitsTokenOptions) : NULL;
    DWORD flags = 1, i;

    if (token)
    {
        ok_hr(IBitsTokenOptions_GetHelperTokenFlags(token, &flags), S_OK);
        ok_int(flags, 0); /* B-320 */
        for (i = 0; i < 4; i++)
        {
            ok_hr(IBitsTokenOptions_SetHelperTokenFlags(token, i), S_OK); /* B-241 */
            ok_hr(IBitsTokenOptions_GetHelperTokenFlags(token, &flags), S_OK);
            ok_int(flags, i);
        }
        ok_hr(IBitsTokenOptions_ClearHelperToken(token), S_OK); /* B-242 */
        ok_hr(IBitsTokenOptions_GetHelperTokenFlags(token, &flags), S_OK);
        ok_int(flags, 3);
        ok_null(IBitsTokenOptions_GetHelperTokenFlags(token, NULL));
        IBitsTokenOptions_Release(token);
    }
    client_drop_job(job);
}

static void test_token(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBitsTokenOptions *token = job ? query(job, IBitsTokenOptions) : NULL;
    WCHAR *sid = (WCHAR *)1, *owner = NULL;
    HRESULT hr;

    if (token)
    {
        ok_hr(IBitsTokenOptions_GetHelperTokenSid(token, &sid), S_OK); /* B-243 */
        ok_text(sid, NULL);
        ok_null(IBitsTokenOptions_GetHelperTokenSid(token, NULL));
        /* B-240, B-244: the helper is who calls; on Windows that takes a blanket which allows impersonation */
        hr = IBitsTokenOptions_SetHelperToken(token);
        ok(hr == S_OK || broken(hr == CO_E_FAILEDTOIMPERSONATE || hr == E_ACCESSDENIED), "SetHelperToken returned %#lx",
           hr);
        ok_hr(IBackgroundCopyJob_GetOwner(job, &owner), S_OK);
        ok_hr(IBitsTokenOptions_GetHelperTokenSid(token, &sid), S_OK);
        ok_text(sid, hr == S_OK ? owner : NULL);
        CoTaskMemFree(owner);
        ok_hr(IBitsTokenOptions_ClearHelperToken(token), S_OK);
        ok_hr(IBitsTokenOptions_GetHelperTokenSid(token, &sid), S_OK);
        ok_text(sid, NULL);
        IBitsTokenOptions_Release(token);
    }
    client_drop_job(job);
}

/* --- owner ------------------------------------------------------------------------------------------ */

static DWORD own_integrity(void)
{
    union
    {
        TOKEN_MANDATORY_LABEL label;
        BYTE bytes[128];
    } buffer;
    HANDLE token;
    DWORD size, level = 0;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return 0;
    if (GetTokenInformation(token, TokenIntegrityLevel, &buffer, sizeof(buffer), &size))
        level = *GetSidSubAuthority(buffer.label.Label.Sid, *GetSidSubAuthorityCount(buffer.label.Label.Sid) - 1);
    CloseHandle(token);
    return level;
}

static BOOL is_elevated(void)
{
    TOKEN_ELEVATION elevation = {0};
    HANDLE token;
    DWORD size;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return FALSE;
    GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size);
    CloseHandle(token);
    return elevation.TokenIsElevated != 0;
}

/* B-187, B-188: those of the process that made the job. */
static void test_integrity(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob4 *job4 = job ? query(job, IBackgroundCopyJob4) : NULL;
    BOOL elevated = 2;
    ULONG level = 0;

    if (job4)
    {
        ok_hr(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job4, &level), S_OK);
        ok_int(level, own_integrity());
        ok_hr(IBackgroundCopyJob4_GetOwnerElevationState(job4, &elevated), S_OK);
        ok_int(elevated, is_elevated());
        ok_null(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job4, NULL));
        ok_null(IBackgroundCopyJob4_GetOwnerElevationState(job4, NULL));
        IBackgroundCopyJob4_Release(job4);
    }
    client_drop_job(job);
}

/* B-162: taking what is one's own changes nothing; for administrators. */
static void test_take_ownership(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJobHttpOptions *http;
    WCHAR *before = NULL, *after = NULL, *program = NULL, *parameters = NULL;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    if (!job) return;
    if (!(job2 = query(job, IBackgroundCopyJob2)) || !(http = query(job, IBackgroundCopyJobHttpOptions)))
    {
        client_drop_job(job);
        return;
    }
    ok_hr(IBackgroundCopyJob_GetOwner(job, &before), S_OK);
    ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"c:\\x.exe", L"y"), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"X: y\r\n"), S_OK);
    hr = IBackgroundCopyJob_TakeOwnership(job);
    if (hr == E_ACCESSDENIED) { skip("this user is no administrator"); }
    else
    {
        ok_hr(hr, S_OK);
        ok_hr(IBackgroundCopyJob_GetOwner(job, &after), S_OK);
        ok_text(after, before);
        ok_hr(IBackgroundCopyJob2_GetNotifyCmdLine(job2, &program, &parameters), S_OK);
        ok(program && (!wcscmp(program, L"c:\\x.exe") || broken(!*program)), "the program is %s",
           wine_dbgstr_w(program));
        CoTaskMemFree(program);
        CoTaskMemFree(parameters);
        hr = IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &after);
        ok(hr == S_OK || broken(hr == S_FALSE), "GetCustomHeaders returned %#lx", hr);
        CoTaskMemFree(after);
        ok_hr(IBackgroundCopyJob_SetDisplayName(job, L"still mine"), S_OK); /* B-760 */
        ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
        ok_hr(IBackgroundCopyJob_TakeOwnership(job), BG_E_INVALID_STATE);
    }
    CoTaskMemFree(before);
    IBackgroundCopyJobHttpOptions_Release(http);
    IBackgroundCopyJob2_Release(job2);
    client_drop_job(job);
}

START_TEST(tokens)
{
    if (tests_begin())
    {
        winetest_run(test_flags);
        winetest_run(test_token);
        winetest_run(test_integrity);
        winetest_run(test_take_ownership);
    }
    tests_end();
}
