/*
 * User names and passwords of a job (B-058, B-176, B-177, B-262, B-572).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

static IBackgroundCopyJob2 *begin(IBackgroundCopyJob **job)
{
    *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    return *job ? query(*job, IBackgroundCopyJob2) : NULL;
}

static void end(IBackgroundCopyJob2 *job2, IBackgroundCopyJob *job)
{
    if (job2) IBackgroundCopyJob2_Release(job2);
    client_drop_job(job);
}

static HRESULT set(IBackgroundCopyJob2 *job2, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme, const WCHAR *user,
                   const WCHAR *password)
{
    BG_AUTH_CREDENTIALS credentials = {target, scheme, {{(WCHAR *)user, (WCHAR *)password}}};

    return IBackgroundCopyJob2_SetCredentials(job2, &credentials);
}

/* B-176, B-177: one entry for each pair. */
static void test_entries(void)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyJob2 *job2 = begin(&job);
    BG_AUTH_TARGET target;
    BG_AUTH_SCHEME scheme;
    unsigned int pass;

    if (!job2) return;
    for (pass = 0; pass < 4; pass++)
    {
        for (target = BG_AUTH_TARGET_SERVER; target <= BG_AUTH_TARGET_PROXY; target++)
        {
            for (scheme = BG_AUTH_SCHEME_BASIC; scheme <= BG_AUTH_SCHEME_PASSPORT; scheme++)
            {
                winetest_push_context("pass %u, target %d, scheme %d", pass, target, scheme);
                if (pass == 0) ok_hr(IBackgroundCopyJob2_RemoveCredentials(job2, target, scheme), S_FALSE); /* B-310 */
                else if (pass == 1)
                {
                    ok_hr(set(job2, target, scheme, L"user", L"password"), S_OK);
                    ok_hr(set(job2, target, scheme, L"another", L""), S_OK); /* replaces */
                }
                else { ok_hr(IBackgroundCopyJob2_RemoveCredentials(job2, target, scheme), pass == 2 ? S_OK : S_FALSE); }
                winetest_pop_context();
            }
        }
    }
    end(job2, job);
}

/* B-176, B-262 */
static void test_arguments(void)
{
    WCHAR *user = make_text(301, 'u'), *password = make_text(65537, 'p');
    IBackgroundCopyJob *job;
    IBackgroundCopyJob2 *job2 = begin(&job);
    HRESULT hr;

    if (job2)
    {
        ok_enum(set(job2, 0, BG_AUTH_SCHEME_BASIC, L"u", L"p"), BG_E_INVALID_AUTH_TARGET);
        ok_enum(set(job2, 3, BG_AUTH_SCHEME_BASIC, L"u", L"p"), BG_E_INVALID_AUTH_TARGET);
        hr = set(job2, BG_AUTH_TARGET_SERVER, 6, L"u", L"p"); /* the scheme chooses the member of the union */
        ok(hr == BG_E_INVALID_AUTH_SCHEME || hr == HRESULT_FROM_WIN32(RPC_S_INVALID_TAG) ||
               hr == HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE),
           "scheme 6: %#lx", hr);
        hr = set(job2, BG_AUTH_TARGET_SERVER, 0, L"u", L"p");
        ok(hr == BG_E_INVALID_AUTH_SCHEME || hr == HRESULT_FROM_WIN32(RPC_S_INVALID_TAG), "scheme 0: %#lx", hr);
        ok_enum(IBackgroundCopyJob2_RemoveCredentials(job2, 0, BG_AUTH_SCHEME_BASIC), BG_E_INVALID_AUTH_TARGET);
        ok_enum(IBackgroundCopyJob2_RemoveCredentials(job2, 3, BG_AUTH_SCHEME_BASIC), BG_E_INVALID_AUTH_TARGET);
        ok_enum(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_PROXY, 0), BG_E_INVALID_AUTH_SCHEME);
        ok_enum(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_PROXY, 6), BG_E_INVALID_AUTH_SCHEME);
        ok_null(IBackgroundCopyJob2_SetCredentials(job2, NULL));

        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, NULL, NULL), E_INVALIDARG);
        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST, NULL, NULL), E_INVALIDARG);
        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"u", NULL), E_INVALIDARG);
        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, NULL, L"p"), E_INVALIDARG);
        /* whoever is logged on */
        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM, NULL, NULL), S_OK);
        ok_hr(set(job2, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_NEGOTIATE, NULL, NULL), S_OK);
        ok_hr(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM), S_OK);

        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, user, L"p"), BG_E_USERNAME_TOO_LARGE);
        hr = set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"u", password);
        ok(hr == BG_E_PASSWORD_TOO_LARGE, "got %#lx", hr);
        ok_hr(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), S_FALSE);
        user[300] = 0;
        password[300] = 0; /* what all sources allow */
        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, user, password), S_OK);
        ok_hr(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), S_OK);
    }
    end(job2, job);
    free(user);
    free(password);
}

/* B-572: without them it does not go, with them it does. */
static void test_used(void)
{
    static const struct route route = {.size = 1000, .user = "user", .password = "word"};
    IBackgroundCopyJob2 *job2;
    struct subject subject;

    if (subject_init(&subject, &route) && (job2 = query(subject.job, IBackgroundCopyJob2)))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_HTTP_ERROR_401);
        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"user", L"word"), S_OK);
        subject_transfer(&subject);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, 1000, 0), "the file is damaged");
        ok_hr(set(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"user", L"word"), BG_E_INVALID_STATE);
        ok_hr(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC),
              BG_E_INVALID_STATE);
        IBackgroundCopyJob2_Release(job2);
    }
    subject_cleanup(&subject);
}

START_TEST(credentials)
{
    if (tests_begin())
    {
        winetest_run(test_entries);
        winetest_run(test_arguments);
        winetest_run(test_used);
    }
    tests_end();
}
