/*
 * Questions about methods in states that the documents do not name, and about the error object.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "kit/questions/ask.h"

/* --- after the end -------------------------------------------------------------------------------------- */

/* What is still accepted by a job that is ACKNOWLEDGED or CANCELLED. */
static void ask_ended(IBackgroundCopyJob *job, const char *state)
{
    IBackgroundCopyJobHttpOptions3 *options = query(job, &IID_IBackgroundCopyJobHttpOptions3);
    IBackgroundCopyJob4 *job4 = query(job, &IID_IBackgroundCopyJob4);
    IBackgroundCopyJob5 *job5 = query(job, &IID_IBackgroundCopyJob5);
    IBitsTokenOptions *token = query(job, &IID_IBitsTokenOptions);
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 1};
    IBackgroundCopyJob2 *job2 = query(job, &IID_IBackgroundCopyJob2);
    IBackgroundCopyError *error = NULL;

    /* Which of two faults is reported. */
    answer_hr("B-104", text("AddFile of a bad URL to a job that is %s", state),
              IBackgroundCopyJob_AddFile(job, L"nonsense", L"c:\\x"));
    answer_hr("B-104", text("SetNotifyFlags(0x80) of a job that is %s", state),
              IBackgroundCopyJob_SetNotifyFlags(job, 0x80));
    if (job2)
    {
        answer_hr("B-104", text("SetReplyFileName of a download that is %s", state),
                  IBackgroundCopyJob2_SetReplyFileName(job2, L"c:\\reply"));
        IBackgroundCopyJob2_Release(job2);
    }
    answer_hr("B-056", text("AddFile of a job that is %s", state), add_path(job, L"/good"));
    answer_hr("B-062", text("GetError of a job that is %s", state), IBackgroundCopyJob_GetError(job, &error));
    if (error) IBackgroundCopyError_Release(error);
    answer_hr("B-055", text("Resume of a job that is %s", state), IBackgroundCopyJob_Resume(job));
    answer_hr("B-058", text("SetMinimumRetryDelay of a job that is %s", state),
              IBackgroundCopyJob_SetMinimumRetryDelay(job, 77));
    if (options)
    {
        answer_hr("B-058", text("SetSecurityFlags of a job that is %s", state),
                  IBackgroundCopyJobHttpOptions3_SetSecurityFlags(options, 0));
        answer_hr("B-063", text("SetHttpMethod of a job that is %s", state),
                  IBackgroundCopyJobHttpOptions3_SetHttpMethod(options, L"POST"));
        answer_hr("B-064", text("SetServerCertificateValidationInterface of a job that is %s", state),
                  IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(options, NULL));
        IBackgroundCopyJobHttpOptions3_Release(options);
    }
    if (job4)
    {
        answer_hr("B-058", text("SetMaximumDownloadTime of a job that is %s", state),
                  IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 1000));
        answer_hr("B-058", text("SetPeerCachingFlags of a job that is %s", state),
                  IBackgroundCopyJob4_SetPeerCachingFlags(job4, 0));
        IBackgroundCopyJob4_Release(job4);
    }
    if (job5)
    {
        answer_hr("B-065", text("SetProperty(COST_FLAGS) of a job that is %s", state),
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
        IBackgroundCopyJob5_Release(job5);
    }
    if (token)
    {
        answer_hr("B-058", text("SetHelperTokenFlags of a job that is %s", state),
                  IBitsTokenOptions_SetHelperTokenFlags(token, 1));
        IBitsTokenOptions_Release(token);
    }
}

static void ask_after_the_end(void)
{
    IBackgroundCopyJob *job = transferred();
    IBackgroundCopyFile *file;
    IBackgroundCopyFile3 *file3;

    if (job)
    {
        file = first_file(job);
        file3 = query(file, &IID_IBackgroundCopyFile3);
        IBackgroundCopyJob_Complete(job);
        ask_ended(job, "ACKNOWLEDGED");
        if (file3)
        {
            answer_hr("B-066", "SetValidationState of a file of a job that is ACKNOWLEDGED",
                      IBackgroundCopyFile3_SetValidationState(file3, TRUE));
            IBackgroundCopyFile3_Release(file3);
        }
        if (file) IBackgroundCopyFile_Release(file);
        drop(job);
    }
    if ((job = job_of(L"/good")))
    {
        IBackgroundCopyJob_Cancel(job);
        ask_ended(job, "CANCELLED");
        drop(job);
    }
}

/* --- TRANSFERRED, ERROR, after Resume --------------------------------------------------------------------- */

static void ask_transferred(void)
{
    IBackgroundCopyJob *job = transferred();
    unsigned int before;
    HRESULT hr;

    if (!job) return;
    hr = IBackgroundCopyJob_Suspend(job);
    answer("B-047", "Suspend of a job that is TRANSFERRED: result, state", "%s %s", hr_text(hr), outcome(job));
    before = server_count(server, NULL, "/good");
    hr = IBackgroundCopyJob_Resume(job);
    client_pause(500);
    settle(job);
    answer("B-048", "Resume of a job that is TRANSFERRED: result, state, requests", "%s %s, %u", hr_text(hr),
           outcome(job), server_count(server, NULL, "/good") - before);
    drop(job);
}

static void ask_failed(void)
{
    IBackgroundCopyJob *job = failed();
    HRESULT hr;

    if (!job) return;
    hr = IBackgroundCopyJob_Suspend(job);
    answer("B-047", "Suspend of a job that is in ERROR: result, state", "%s %s", hr_text(hr), outcome(job));
    hr = IBackgroundCopyJob_Complete(job);
    answer_hr("B-610", "Complete when no file was transferred", hr);
    drop(job);
}

static void ask_resumed(void)
{
    IBackgroundCopyJob *job = job_of(L"/held");
    IBackgroundCopyJobHttpOptions2 *options = query(job, &IID_IBackgroundCopyJobHttpOptions2);
    IBackgroundCopyJob5 *job5 = query(job, &IID_IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE on = {.Enable = TRUE}, target = {.Target = BG_AUTH_TARGET_PROXY}, size = {.Uint64 = 1000};

    if (!job) return;
    IBackgroundCopyJob_Resume(job);
    if (options)
    {
        answer_hr("B-063", "SetHttpMethod after Resume",
                  IBackgroundCopyJobHttpOptions2_SetHttpMethod(options, L"POST"));
        IBackgroundCopyJobHttpOptions2_Release(options);
    }
    if (job5)
    {
        answer_hr("B-232", "DYNAMIC_CONTENT after Resume",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, on));
        answer_hr("B-234", "MAX_DOWNLOAD_SIZE after Resume",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, size));
        answer_hr("B-235", "USE_STORED_CREDENTIALS after Resume",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, target));
        answer_hr("B-237", "ON_DEMAND_MODE after Resume",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, on));
        IBackgroundCopyJob5_Release(job5);
    }
    drop(job);
}

void ask_states(void)
{
    ask_after_the_end();
    ask_transferred();
    ask_failed();
    ask_resumed();
}

/* --- the error object --------------------------------------------------------------------------------------- */

static void ask_description(IBackgroundCopyError *error, DWORD language)
{
    WCHAR *description = NULL;
    HRESULT hr = IBackgroundCopyError_GetErrorDescription(error, language, &description);
    size_t length = description ? wcslen(description) : 0;

    answer("B-704", text("GetErrorDescription(%#lx): result, whether the text ends in a line end", language), "%s %s",
           hr_text(hr),
           !length                           ? "no text"
           : description[length - 1] == '\n' ? "yes"
                                             : "no");
    CoTaskMemFree(description);
}

void ask_errors(void)
{
    IBackgroundCopyJob *job = failed();
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context = 0;
    IBackgroundCopyFile *file = NULL;
    WCHAR *protocol = NULL;
    HRESULT code = S_OK, hr;

    if (!job) return;
    if (FAILED(IBackgroundCopyJob_GetError(job, &error)))
    {
        drop(job);
        return;
    }
    hr = IBackgroundCopyError_GetFile(error, &file);
    answer("B-702", "GetFile of the error of a 404", "%s %s", hr_text(hr), file ? "file" : "NULL");
    if (file) IBackgroundCopyFile_Release(file);
    hr = IBackgroundCopyError_GetProtocol(error, &protocol);
    answer("B-703", "GetProtocol of the error of a 404", "%s %s", hr_text(hr), narrow(protocol));
    CoTaskMemFree(protocol);
    ask_description(error, 0);
    ask_description(error, 0x0409);
    ask_description(error, 0x0809);
    ask_description(error, 0x7f);
    ask_description(error, 0x0415);
    IBackgroundCopyJob_Cancel(job);
    hr = IBackgroundCopyError_GetError(error, &context, &code);
    answer("B-700", "the error object after the job was cancelled", "%s %s context %d", hr_text(hr), hr_text(code),
           context);
    IBackgroundCopyError_Release(error);
    drop(job);
}
