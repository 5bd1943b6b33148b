/*
 * Jobs, files and errors as bitsadmin's listings show them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Scripts look for the labels and count on their order, so nothing here is for taste.  A value that cannot be
 * got is shown as UNKNOWN: the rest of a listing is still worth having.
 */

#include "show.h"

#include <sddl.h>
#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "message.h"
#include "output.h"

DEBUG_CHANNEL(bitsadmin);

static const WCHAR unknown[] = L"UNKNOWN";

/* --- values ----------------------------------------------------------------------------------- */

WCHAR *format_size(UINT64 size, WCHAR text[SIZE_TEXT_SIZE])
{
    if (size == BG_SIZE_UNKNOWN) wcscpy(text, unknown);
    else swprintf(text, SIZE_TEXT_SIZE, L"%I64u", size);
    return text;
}

WCHAR *format_time(const FILETIME *time, WCHAR text[TIME_TEXT_SIZE])
{
    SYSTEMTIME utc, local;
    int length;

    wcscpy(text, unknown);
    if (!time->dwLowDateTime && !time->dwHighDateTime) return text;
    if (!FileTimeToSystemTime(time, &utc)) return text;
    if (!SystemTimeToTzSpecificLocalTime(NULL, &utc, &local)) return text;
    length = GetDateFormatW(LOCALE_USER_DEFAULT, DATE_SHORTDATE, &local, NULL, text, TIME_TEXT_SIZE / 2);
    if (!length) return wcscpy(text, unknown);
    text[length - 1] = ' ';
    if (!GetTimeFormatW(LOCALE_USER_DEFAULT, 0, &local, NULL, text + length, TIME_TEXT_SIZE / 2))
        return wcscpy(text, unknown);
    return text;
}

static WCHAR *copy_text(const WCHAR *text)
{
    size_t size = (wcslen(text) + 1) * sizeof(*text);

    return memcpy(allocate(size), text, size);
}

WCHAR *join_format(const WCHAR *format, ...)
{
    va_list args;
    WCHAR *text;

    va_start(args, format);
    text = format_text(format, args);
    va_end(args);
    return text;
}

WCHAR *format_owner(const WCHAR *sid_text)
{
    WCHAR user[256], domain[256];
    DWORD user_size = ARRAYSIZE(user), domain_size = ARRAYSIZE(domain);
    SID_NAME_USE use;
    BOOL found;
    PSID sid;

    if (!sid_text) return copy_text(unknown);
    if (!ConvertStringSidToSidW(sid_text, &sid)) return copy_text(sid_text);
    found = LookupAccountSidW(NULL, sid, user, &user_size, domain, &domain_size, &use);
    LocalFree(sid);
    return found ? join_format(L"%ls\\%ls", domain, user) : copy_text(sid_text);
}

WCHAR *format_command(const WCHAR *program, const WCHAR *parameters)
{
    if (!program || !*program) return copy_text(L"none");
    if (!parameters || !*parameters) return join_format(L"'%ls'", program);
    return join_format(L"'%ls' '%ls'", program, parameters);
}

static const WCHAR *or_null(const WCHAR *text)
{
    return text && *text ? text : L"NULL";
}

static void *query(IBackgroundCopyJob *job, REFIID iid)
{
    void *found = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job, iid, &found);

    if (SUCCEEDED(hr)) return found;
    WARN("no interface %s of a job: %#lx\n", debug_guid(iid), (unsigned long)hr);
    return NULL;
}

/* --- summary ---------------------------------------------------------------------------------- */

HRESULT show_summary(struct session *session, IBackgroundCopyJob *job)
{
    WCHAR id[GUID_TEXT_SIZE], done[SIZE_TEXT_SIZE], total[SIZE_TEXT_SIZE], *name = NULL;
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state;
    HRESULT hr;
    GUID guid;

    if (FAILED(hr = IBackgroundCopyJob_GetId(job, &guid)) || FAILED(hr = IBackgroundCopyJob_GetState(job, &state)) ||
        FAILED(hr = IBackgroundCopyJob_GetProgress(job, &progress)) ||
        FAILED(hr = IBackgroundCopyJob_GetDisplayName(job, &name)))
        return hr;
    StringFromGUID2(&guid, id, ARRAYSIZE(id));
    print(L"%ls '%ls' %hs %lu / %lu %ls / %ls\n", id, name ? name : L"", word_text(state_words, state),
          progress.FilesTransferred, progress.FilesTotal, format_size(progress.BytesTransferred, done),
          format_size(progress.BytesTotal, total));
    CoTaskMemFree(name);
    return S_OK;
}

/* --- errors ----------------------------------------------------------------------------------- */

static void show_error_file(IBackgroundCopyError *error)
{
    WCHAR *remote = NULL, *local = NULL;
    IBackgroundCopyFile *file = NULL;

    if (SUCCEEDED(IBackgroundCopyError_GetFile(error, &file)) && file)
    {
        IBackgroundCopyFile_GetRemoteName(file, &remote);
        IBackgroundCopyFile_GetLocalName(file, &local);
        IBackgroundCopyFile_Release(file);
    }
    print(L"ERROR FILE:    %ls -> %ls\n", or_null(remote), or_null(local));
    CoTaskMemFree(remote);
    CoTaskMemFree(local);
}

/* A message of the system without the line end that most of them have. */
static WCHAR *trim(WCHAR *text)
{
    size_t length = text ? wcslen(text) : 0;

    while (length && (text[length - 1] == '\r' || text[length - 1] == '\n' || text[length - 1] == ' '))
        text[--length] = 0;
    return text;
}

HRESULT show_error(struct session *session, IBackgroundCopyJob *job)
{
    DWORD language = LANGIDFROMLCID(GetThreadLocale());
    WCHAR *code_text = NULL, *context_text = NULL;
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT hr, code;

    if (FAILED(hr = IBackgroundCopyJob_GetError(job, &error))) return hr;
    if (SUCCEEDED(hr = IBackgroundCopyError_GetError(error, &context, &code)))
    {
        code_text = message_of_code(session->manager, code);
        IBackgroundCopyError_GetErrorContextDescription(error, language, &context_text);
        show_error_file(error);
        /* The line end of the message gives the empty line after it, on which scripts count. */
        print(L"ERROR CODE:    0x%08lx - %ls\n\n", (unsigned long)code, code_text ? code_text : L"");
        print(L"ERROR CONTEXT: 0x%08x - %ls\n", context, context_text ? trim(context_text) : L"");
    }
    CoTaskMemFree(context_text);
    free(code_text);
    IBackgroundCopyError_Release(error);
    return hr;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool show_file(struct session *session, IBackgroundCopyFile *file, void *context)
{
    WCHAR done[SIZE_TEXT_SIZE], total[SIZE_TEXT_SIZE], *remote = NULL, *local = NULL;
    BG_FILE_PROGRESS progress = {BG_SIZE_UNKNOWN, 0, FALSE};
    const WCHAR *prefix = context;

    IBackgroundCopyFile_GetProgress(file, &progress);
    IBackgroundCopyFile_GetRemoteName(file, &remote);
    IBackgroundCopyFile_GetLocalName(file, &local);
    print(L"%ls%ls / %ls %ls %ls -> %ls\n", prefix, format_size(progress.BytesTransferred, done),
          format_size(progress.BytesTotal, total), progress.Completed ? L"COMPLETED" : L"WORKING",
          remote ? remote : unknown, local ? local : unknown);
    CoTaskMemFree(remote);
    CoTaskMemFree(local);
    return true;
}

HRESULT show_files(struct session *session, IBackgroundCopyJob *job, const WCHAR *prefix)
{
    return visit_files(session, job, show_file, (void *)prefix);
}

/* --- the block -------------------------------------------------------------------------------- */

static void show_identity(IBackgroundCopyJob *job)
{
    WCHAR id[GUID_TEXT_SIZE], *name = NULL, *sid = NULL, *owner;
    BG_JOB_STATE state = -1;
    BG_JOB_TYPE type = -1;
    GUID guid = {0};

    IBackgroundCopyJob_GetId(job, &guid);
    IBackgroundCopyJob_GetDisplayName(job, &name);
    IBackgroundCopyJob_GetType(job, &type);
    IBackgroundCopyJob_GetState(job, &state);
    IBackgroundCopyJob_GetOwner(job, &sid);
    owner = format_owner(sid);
    StringFromGUID2(&guid, id, ARRAYSIZE(id));
    print(L"GUID: %ls DISPLAY: '%ls'\n", id, name ? name : unknown);
    print(L"TYPE: %hs STATE: %hs OWNER: %ls\n", word_text(type_words, type), word_text(state_words, state), owner);
    CoTaskMemFree(name);
    CoTaskMemFree(sid);
    free(owner);
}

static void show_progress(IBackgroundCopyJob *job)
{
    WCHAR done[SIZE_TEXT_SIZE], total[SIZE_TEXT_SIZE];
    BG_JOB_PROGRESS progress = {BG_SIZE_UNKNOWN, 0, 0, 0};
    BG_JOB_PRIORITY priority = -1;

    IBackgroundCopyJob_GetPriority(job, &priority);
    IBackgroundCopyJob_GetProgress(job, &progress);
    print(L"PRIORITY: %hs FILES: %lu / %lu BYTES: %ls / %ls\n", word_text(priority_words, priority),
          progress.FilesTransferred, progress.FilesTotal, format_size(progress.BytesTransferred, done),
          format_size(progress.BytesTotal, total));
}

static void show_times(IBackgroundCopyJob *job)
{
    WCHAR creation[TIME_TEXT_SIZE], modification[TIME_TEXT_SIZE], completion[TIME_TEXT_SIZE];
    IBackgroundCopyJob3 *job3 = query(job, &IID_IBackgroundCopyJob3);
    char letters[ACL_LETTERS_SIZE] = "";
    BG_JOB_TIMES times = {{0}};
    DWORD flags;

    IBackgroundCopyJob_GetTimes(job, &times);
    if (job3)
    {
        if (SUCCEEDED(IBackgroundCopyJob3_GetFileACLFlags(job3, &flags))) format_acl_letters(flags, letters);
        IBackgroundCopyJob3_Release(job3);
    }
    print(L"CREATION TIME: %ls MODIFICATION TIME: %ls\n", format_time(&times.CreationTime, creation),
          format_time(&times.ModificationTime, modification));
    print(L"COMPLETION TIME: %ls ACL FLAGS: %hs\n", format_time(&times.TransferCompletionTime, completion), letters);
}

static void show_settings(IBackgroundCopyJob *job)
{
    ULONG flags = 0, delay = 0, timeout = 0, errors = 0;
    WCHAR *list = NULL, *bypass = NULL;
    BG_JOB_PROXY_USAGE usage = -1;
    IUnknown *sink = NULL;

    IBackgroundCopyJob_GetNotifyInterface(job, &sink);
    IBackgroundCopyJob_GetNotifyFlags(job, &flags);
    IBackgroundCopyJob_GetMinimumRetryDelay(job, &delay);
    IBackgroundCopyJob_GetNoProgressTimeout(job, &timeout);
    IBackgroundCopyJob_GetErrorCount(job, &errors);
    IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass);
    print(L"NOTIFY INTERFACE: %ls NOTIFICATION FLAGS: %lu\n", sink ? L"REGISTERED" : L"UNREGISTERED", flags);
    print(L"RETRY DELAY: %lu NO PROGRESS TIMEOUT: %lu ERROR COUNT: %lu\n", delay, timeout, errors);
    print(L"PROXY USAGE: %hs PROXY LIST: %ls PROXY BYPASS LIST: %ls\n", word_text(proxy_usage_words, usage),
          or_null(list), or_null(bypass));
    if (sink) IUnknown_Release(sink);
    CoTaskMemFree(list);
    CoTaskMemFree(bypass);
}

static void show_description(IBackgroundCopyJob *job)
{
    WCHAR *description = NULL;

    IBackgroundCopyJob_GetDescription(job, &description);
    print(L"DESCRIPTION: %ls\n", description ? description : L"");
    CoTaskMemFree(description);
}

static void show_command(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob2 *job2 = query(job, &IID_IBackgroundCopyJob2);
    WCHAR *program = NULL, *parameters = NULL, *command;

    if (job2)
    {
        IBackgroundCopyJob2_GetNotifyCmdLine(job2, &program, &parameters);
        IBackgroundCopyJob2_Release(job2);
    }
    command = format_command(program, parameters);
    print(L"NOTIFICATION COMMAND LINE: %ls\n", command);
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    free(command);
}

void show_peercaching_flags(DWORD flags)
{
    print(L"Peercaching flags\n");
    print(L"\t Enable download from peers      :%hs\n",
          word_text(boolean_words, !!(flags & BG_JOB_ENABLE_PEERCACHING_CLIENT)));
    print(L"\t Enable serving to peers         :%hs\n",
          word_text(boolean_words, !!(flags & BG_JOB_ENABLE_PEERCACHING_SERVER)));
}

static void show_owner_rights(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob4 *job4 = query(job, &IID_IBackgroundCopyJob4);
    ULONG level = SECURITY_MANDATORY_MEDIUM_RID;
    BOOL elevated = FALSE;
    DWORD flags = 0;

    if (!job4) return;
    if (SUCCEEDED(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job4, &level)))
        print(L"owner MIC integrity level: %hs\n", integrity_text(level));
    else print(L"owner MIC integrity level: %ls\n", unknown);
    IBackgroundCopyJob4_GetOwnerElevationState(job4, &elevated);
    print(L"owner elevated ?           %ls\n\n", elevated ? L"true" : L"false");
    IBackgroundCopyJob4_GetPeerCachingFlags(job4, &flags);
    show_peercaching_flags(flags);
    print(L"\n");
    IBackgroundCopyJob4_Release(job4);
}

static void show_headers(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions *options = query(job, &IID_IBackgroundCopyJobHttpOptions);
    WCHAR *headers = NULL;
    HRESULT hr;

    if (!options) return;
    hr = IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &headers);
    print(L"CUSTOM HEADERS: %ls\n", FAILED(hr) ? unknown : or_null(trim(headers)));
    CoTaskMemFree(headers);
    IBackgroundCopyJobHttpOptions_Release(options);
}

/* Why a job does not run, which only wine-bits tells. */
static void show_wait(IBackgroundCopyJob *job)
{
    IWineBitsJobWait *object = query(job, &IID_IWineBitsJobWait);
    WINEBITS_WAIT wait = WINEBITS_WAIT_NONE;
    WCHAR id[GUID_TEXT_SIZE], time[TIME_TEXT_SIZE];
    FILETIME until;
    GUID other;

    if (!object) return;
    if (FAILED(IWineBitsJobWait_GetWait(object, &wait, &other, &until))) wait = WINEBITS_WAIT_NONE;
    IWineBitsJobWait_Release(object);
    switch (wait)
    {
    case WINEBITS_WAIT_NONE: break;
    case WINEBITS_WAIT_TURN:
        if (IsEqualGUID(&other, &GUID_NULL)) print(L"WAITS FOR: its turn, after a job of another user\n");
        else
        {
            StringFromGUID2(&other, id, ARRAYSIZE(id));
            print(L"WAITS FOR: its turn, after %ls\n", id);
        }
        break;
    case WINEBITS_WAIT_WORKER: print(L"WAITS FOR: other transfers of the foreground\n"); break;
    case WINEBITS_WAIT_RETRY: print(L"WAITS FOR: its next try at %ls\n", format_time(&until, time)); break;
    case WINEBITS_WAIT_NETWORK: print(L"WAITS FOR: a network\n"); break;
    case WINEBITS_WAIT_COST: print(L"WAITS FOR: a network that costs less\n"); break;
    case WINEBITS_WAIT_POLICY: print(L"WAITS FOR: an hour at which a policy allows it\n"); break;
    }
}

HRESULT show_verbose(struct session *session, IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;
    HRESULT hr;

    if (FAILED(hr = IBackgroundCopyJob_GetState(job, &state))) return hr;
    show_identity(job);
    show_progress(job);
    show_times(job);
    show_settings(job);
    if (state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR) show_error(session, job);
    show_description(job);
    print(L"JOB FILES: \n");
    hr = show_files(session, job, L"\t");
    show_command(job);
    show_owner_rights(job);
    show_headers(job);
    show_wait(job);
    return hr;
}
