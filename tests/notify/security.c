/*
 * What clients say to CoInitializeSecurity and to CoSetProxyBlanket: their callbacks are called all the same.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CoInitializeSecurity is once in a process, so that each client is another one: "notify.exe security NUMBER
 * PORT".
 */

#include "notify/fixture.h"
#include "notify/notify.h"

#define NOT_CALLED 0xffffffff

/* From what is known of clients, and the rest that lets the service know them at all (B-101). */
static const struct variant
{
    DWORD level, impersonation, capabilities;
    DWORD apartment;
} variants[] = {
    {NOT_CALLED, 0, EOAC_NONE, COINIT_MULTITHREADED},
    {NOT_CALLED, 0, EOAC_NONE, COINIT_APARTMENTTHREADED},
    {RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY, EOAC_NONE, COINIT_MULTITHREADED},
    {RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, EOAC_NONE, COINIT_APARTMENTTHREADED},
    {RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, EOAC_STATIC_CLOAKING, COINIT_MULTITHREADED},
    {RPC_C_AUTHN_LEVEL_PKT, RPC_C_IMP_LEVEL_IDENTIFY, EOAC_DYNAMIC_CLOAKING, COINIT_MULTITHREADED},
    {RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IMPERSONATE, EOAC_DYNAMIC_CLOAKING, COINIT_APARTMENTTHREADED},
    {RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, RPC_C_IMP_LEVEL_IMPERSONATE, EOAC_STATIC_CLOAKING, COINIT_APARTMENTTHREADED},
};

static BOOL start(const struct variant *variant)
{
    if (!ok_hr(CoInitializeEx(NULL, variant->apartment), S_OK)) return FALSE;
    if (variant->level == NOT_CALLED) return TRUE;
    return ok_hr(CoInitializeSecurity(NULL, -1, NULL, NULL, variant->level, variant->impersonation, NULL,
                                      variant->capabilities, NULL),
                 S_OK);
}

/* As a program that impersonates a user has its callback's proxy made by itself. */
static void set_blanket(const struct variant *variant, IBackgroundCopyJob *job)
{
    if (variant->capabilities != EOAC_NONE)
        ok_hr(CoSetProxyBlanket((IUnknown *)job, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                                RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, variant->capabilities),
              S_OK);
}

static void run_job(const struct variant *variant, IBackgroundCopyManager *manager, const char *port, const WCHAR *path,
                    enum callback_kind end)
{
    struct callback *callback = callback_create(1);
    struct client_job job = {.hr = {E_PENDING}};
    WCHAR url[64];

    if (!callback || !(job.job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
    callback->context = &job;
    callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
    callback->hook[CALLBACK_ERROR] = cancel_inside;
    _snwprintf(url, ARRAYSIZE(url), L"http://127.0.0.1:%S%s", port, path);
    set_blanket(variant, job.job);
    ok_hr(IBackgroundCopyJob_AddFile(job.job, url, client_path(job.local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(callback)), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    ok(callback_wait(callback, end, 1, SOON_MS), "not told");
    ok_hr(job.hr[0], S_OK);
    ok(callback_wait_released(callback, SOON_MS), "the callback was not released");
    client_drop_job(job.job);
    callback_destroy(callback);
}

BOOL security_child(int argc, char **argv)
{
    const struct variant *variant;
    IBackgroundCopyManager *manager;

    if (argc < 4 || strcmp(argv[1], "security")) return FALSE;
    winetest_push_context("variant %s", argv[2]);
    variant = &variants[atoi(argv[2])];
    if (!start(variant) || !(manager = client_manager(&CLSID_BackgroundCopyManager))) return TRUE;
    run_job(variant, manager, argv[3], L"/good", CALLBACK_TRANSFERRED);
    run_job(variant, manager, argv[3], L"/none", CALLBACK_ERROR);
    IBackgroundCopyManager_Release(manager);
    client_remove_directory();
    return TRUE;
}

/* B-101, B-671; two at a time */
static void check_security(struct fixture *fixture)
{
    HANDLE children[2];
    unsigned int i, j;

    for (i = 0; i < ARRAYSIZE(variants); i += ARRAYSIZE(children))
    {
        for (j = 0; j < ARRAYSIZE(children); j++)
            children[j] = winetest_spawn("security %u %u", i + j, server_port(fixture->server));
        for (j = 0; j < ARRAYSIZE(children); j++) winetest_wait_child(children[j], 2 * SOON_MS);
    }
}

void test_security(void)
{
    everywhere(check_security, BITS_ONLY | MTA);
}
