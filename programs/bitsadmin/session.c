/*
 * bitsadmin's conversation with BITS.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "session.h"

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "base/scm.h"
#include "bitsmsg.h"
#include "commands.h"
#include "message.h"
#include "output.h"

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

WCHAR *rest_text(const struct call *call, const char *separator)
{
    char *joined = join_texts(call->rest, call->rest_count, separator);
    WCHAR *text = NULL;

    if (!joined) out_of_memory();
    if (*joined && !same_word(joined, "NULL")) text = wide(joined);
    free(joined);
    return text;
}

void make_guid(const struct id *id, GUID *guid)
{
    C_ASSERT(sizeof(*id) == sizeof(*guid));

    memcpy(guid, id, sizeof(*guid));
}

/* --- results ---------------------------------------------------------------------------------- */

int fail(struct session *session, const WCHAR *what, HRESULT hr)
{
    WCHAR *text = message_of_code(session->manager, hr);

    fail_because(what, hr, text);
    free(text);
    return RESULT_FAILED;
}

int fail_because(const WCHAR *what, HRESULT hr, const WCHAR *why)
{
    print(L"Unable to %ls - 0x%08lx\n", what, (unsigned long)hr);
    if (why) print(L"%ls\n", why);
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

/* --- the service ------------------------------------------------------------------------------ */

HRESULT create_manager(IBackgroundCopyManager **manager)
{
    HRESULT hr;

    scm_wait_for_rpcss(); /* where this fails, the next call says so */
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
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

/* Find the only job of a name; says itself what went wrong. */
static bool find_by_name(struct session *session, const WCHAR *name)
{
    struct name_search search = {.name = name};
    HRESULT hr = visit_jobs(session, 0, compare_name, &search);

    if (SUCCEEDED(hr) && search.count == 1)
    {
        session->job = search.found;
        return true;
    }
    if (search.found) IBackgroundCopyJob_Release(search.found);
    if (FAILED(hr)) fail(session, L"find job", hr);
    else if (search.count) refuse(L"%u jobs are named \"%ls\". Use the GUID of one.", search.count, name);
    else refuse(L"Unable to find job named \"%ls\".", name);
    return false;
}

bool session_find_job(struct session *session, const char *text)
{
    struct id id;
    GUID guid;
    HRESULT hr;

    if (!session_open(session)) return false;
    if (!parse_id(text, &id)) return find_by_name(session, wide(text));
    make_guid(&id, &guid);
    hr = IBackgroundCopyManager_GetJob(session->manager, &guid, &session->job);
    if (SUCCEEDED(hr)) return true;
    session->job = NULL;
    fail(session, L"find job", hr);
    return false;
}
