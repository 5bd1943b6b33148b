/*
 * bitsadmin's conversation with BITS.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "session.h"

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "commands.h"
#include "output.h"
#include "show.h"

DEBUG_CHANNEL(bitsadmin);

/* --- texts ------------------------------------------------------------------------------------ */

WCHAR *wide(const char *text)
{
    WCHAR *copy;
    int size;

    if (!text) return NULL;
    size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    copy = allocate(size * sizeof(*copy));
    MultiByteToWideChar(CP_UTF8, 0, text, -1, copy, size);
    return copy;
}

static bool is_space(WCHAR c)
{
    return c == '\r' || c == '\n' || c == ' ';
}

/* The text without blanks and line ends around it, for free(); NULL if nothing is left. */
static WCHAR *trimmed_copy(const WCHAR *text)
{
    size_t length;
    WCHAR *copy;

    while (is_space(*text)) text++;
    length = wcslen(text);
    while (length && is_space(text[length - 1])) length--;
    if (!length) return NULL;
    copy = allocate((length + 1) * sizeof(*copy));
    wmemcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

WCHAR *error_text(struct session *session, HRESULT hr)
{
    DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    DWORD language = LANGIDFROMLCID(GetThreadLocale());
    IBackgroundCopyManager *manager = session->manager;
    WCHAR *text = NULL, *copy = NULL;

    if (manager) IBackgroundCopyManager_GetErrorDescription(manager, hr, language, &text);
    if (text)
    {
        copy = trimmed_copy(text);
        CoTaskMemFree(text);
        if (copy) return copy;
    }
    if (!FormatMessageW(flags, NULL, hr, 0, (WCHAR *)&text, 0, NULL)) return NULL;
    copy = trimmed_copy(text);
    LocalFree(text);
    return copy;
}

/* --- results ---------------------------------------------------------------------------------- */

int fail(struct session *session, const WCHAR *what, HRESULT hr)
{
    WCHAR *text = error_text(session, hr);

    print(L"Unable to %ls - 0x%08lx\n", what, (unsigned long)hr);
    if (text) print(L"%ls\n", text);
    free(text);
    return RESULT_FAILED;
}

int refuse(const WCHAR *format, ...)
{
    va_list args;

    va_start(args, format);
    print_args(format, args);
    va_end(args);
    print(L"\n");
    return RESULT_FAILED;
}

int confirm(struct session *session, const WCHAR *what, HRESULT hr, const WCHAR *format, ...)
{
    va_list args;

    if (FAILED(hr)) return fail(session, what, hr);
    va_start(args, format);
    print_args(format, args);
    va_end(args);
    print(L"\n");
    return RESULT_DONE;
}

int give(struct session *session, const WCHAR *what, HRESULT hr, const WCHAR *format, ...)
{
    va_list args;

    if (FAILED(hr)) return fail(session, what, hr);
    va_start(args, format);
    print_args(format, args);
    va_end(args);
    if (!session->call->raw) print(L"\n");
    return RESULT_DONE;
}

int give_number(struct session *session, const WCHAR *what, HRESULT hr, UINT64 value)
{
    return give(session, what, hr, L"%I64u", value);
}

int give_word(struct session *session, const WCHAR *what, HRESULT hr, const struct word *words, DWORD value)
{
    return give(session, what, hr, L"%hs", word_text(words, value));
}

int give_string(struct session *session, const WCHAR *what, HRESULT hr, WCHAR *text, const WCHAR *none)
{
    int result = give(session, what, hr, L"%ls", text ? text : none);

    CoTaskMemFree(text);
    return result;
}

/* --- the service ------------------------------------------------------------------------------ */

HRESULT create_manager(IBackgroundCopyManager **manager)
{
    HRESULT hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                                  (void **)manager);

    if (FAILED(hr)) *manager = NULL;
    return hr;
}

bool session_open(struct session *session)
{
    HRESULT hr;

    if (session->manager) return true;
    if (!session->com)
    {
        if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        {
            fail(session, L"initialize COM", hr);
            return false;
        }
        session->com = true;
        /* The service has to see who asks, and for some calls to act as him. */
        hr = CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                                  EOAC_NONE, NULL);
        if (FAILED(hr)) WARN("CoInitializeSecurity returned %#lx\n", (unsigned long)hr);
    }
    if (SUCCEEDED(hr = create_manager(&session->manager))) return true;
    fail(session, L"connect to BITS", hr);
    return false;
}

HRESULT query_job(struct session *session, REFIID iid, void *out)
{
    return IBackgroundCopyJob_QueryInterface(session->job, iid, out);
}

void session_close(struct session *session)
{
    if (session->job) IBackgroundCopyJob_Release(session->job);
    if (session->manager) IBackgroundCopyManager_Release(session->manager);
    if (session->com) CoUninitialize();
    session->job = NULL;
    session->manager = NULL;
    session->com = false;
}

/* --- enumerations ----------------------------------------------------------------------------- */

HRESULT visit_jobs(struct session *session, DWORD flags, job_visitor visit, void *context)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    bool more = true;
    HRESULT hr;

    if (FAILED(hr = IBackgroundCopyManager_EnumJobs(session->manager, flags, &jobs))) return hr;
    while (more && (hr = IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL)) == S_OK)
    {
        more = visit(session, job, context);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return FAILED(hr) ? hr : S_OK;
}

HRESULT visit_files(struct session *session, IBackgroundCopyJob *job, file_visitor visit, void *context)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    bool more = true;
    HRESULT hr;

    if (FAILED(hr = IBackgroundCopyJob_EnumFiles(job, &files))) return hr;
    while (more && (hr = IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL)) == S_OK)
    {
        more = visit(session, file, context);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
    return FAILED(hr) ? hr : S_OK;
}

HRESULT get_file(struct session *session, DWORD index, IBackgroundCopyFile **file)
{
    IEnumBackgroundCopyFiles *files;
    HRESULT hr;

    *file = NULL;
    if (FAILED(hr = IBackgroundCopyJob_EnumFiles(session->job, &files))) return hr;
    if (!index || (hr = IEnumBackgroundCopyFiles_Skip(files, index)) == S_OK)
        hr = IEnumBackgroundCopyFiles_Next(files, 1, file, NULL);
    IEnumBackgroundCopyFiles_Release(files);
    return hr == S_FALSE ? HRESULT_FROM_WIN32(ERROR_INVALID_INDEX) : hr;
}

/* --- the job of the first argument ------------------------------------------------------------ */

struct name_search
{
    const WCHAR *name;
    IBackgroundCopyJob *found;
    unsigned int count;
};

static bool compare_name(struct session *session, IBackgroundCopyJob *job, void *context)
{
    struct name_search *search = context;
    WCHAR *name = NULL;

    if (SUCCEEDED(IBackgroundCopyJob_GetDisplayName(job, &name)) && name && !wcscmp(name, search->name))
    {
        if (!search->count++)
        {
            IBackgroundCopyJob_AddRef(job);
            search->found = job;
        }
    }
    CoTaskMemFree(name);
    return true;
}

static HRESULT find_by_name(struct session *session, const WCHAR *name, unsigned int *count)
{
    struct name_search search = {.name = name};
    HRESULT hr = visit_jobs(session, 0, compare_name, &search);

    *count = search.count;
    if (SUCCEEDED(hr) && search.count == 1)
    {
        session->job = search.found;
        return S_OK;
    }
    if (search.found) IBackgroundCopyJob_Release(search.found);
    return FAILED(hr) ? hr : BG_E_NOT_FOUND;
}

bool session_find_job(struct session *session, const char *text)
{
    unsigned int count = 0;
    struct id id;
    GUID guid;
    HRESULT hr;

    if (!session_open(session)) return false;
    if (parse_id(text, &id))
    {
        make_guid(&id, &guid);
        hr = IBackgroundCopyManager_GetJob(session->manager, &guid, &session->job);
    }
    else { hr = find_by_name(session, wide(text), &count); }
    if (count > 1) refuse(L"%u jobs are named '%ls'. Use the GUID of one.", count, wide(text));
    else if (FAILED(hr)) fail(session, L"find job", hr);
    else return true;
    session->job = NULL;
    return false;
}
