/*
 * Questions whose answer only Windows knows: what all parts use, and the order in which they are asked.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "kit/questions/ask.h"

#include <stdio.h>

IBackgroundCopyManager *manager;
struct server *server;
WCHAR local_path[MAX_PATH];

#define SETTLE_MS 20000

/* --- answers ------------------------------------------------------------------------------------------- */

static FILE *answers;

/* Beside the records of the checks, where the kit's runner looks for them. */
static BOOL open_answers(void)
{
    char directory[MAX_PATH], path[MAX_PATH + 16];
    DWORD length = GetEnvironmentVariableA("WINETEST_RECORD", directory, sizeof(directory));

    if (!length || length >= sizeof(directory)) return TRUE; /* by hand: they are only printed */
    snprintf(path, sizeof(path), "%s\\answers", directory);
    return (answers = fopen(path, "w")) != NULL;
}

void answer(const char *rule, const char *question, const char *format, ...)
{
    char line[1024], *p;
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    for (p = line; *p; p++)
    {
        if (*p == '\t' || *p == '\r' || *p == '\n') *p = ' ';
    }
    printf("%s %s %s\n", rule, question, line);
    if (!answers) return;
    fprintf(answers, "%s\t%s\t%s\n", rule, question, line);
    fflush(answers);
}

void answer_hr(const char *rule, const char *question, HRESULT hr)
{
    answer(rule, question, "%s", hr_text(hr));
}

static char *next_text(void)
{
    static char texts[8][512];
    static unsigned int next;

    return texts[next++ % ARRAYSIZE(texts)];
}

const char *text(const char *format, ...)
{
    char *made = next_text();
    va_list args;

    va_start(args, format);
    vsnprintf(made, 512, format, args);
    va_end(args);
    return made;
}

const char *hr_text(HRESULT hr)
{
    return hr == S_OK ? "S_OK" : hr == S_FALSE ? "S_FALSE" : text("0x%08lx", (unsigned long)hr);
}

const char *narrow(const WCHAR *string)
{
    char *made = next_text();

    if (!string) return "NULL";
    WideCharToMultiByte(CP_UTF8, 0, string, -1, made, 512, NULL, NULL);
    return made;
}

/* --- jobs ---------------------------------------------------------------------------------------------- */

IBackgroundCopyJob *new_job(BG_JOB_TYPE type)
{
    IBackgroundCopyJob *job = client_job(manager, type);

    if (job)
    {
        IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND);
        IBackgroundCopyJob_SetMinimumRetryDelay(job, 60);
    }
    return job;
}

void drop(IBackgroundCopyJob *job)
{
    client_drop_job(job);
}

HRESULT add_path(IBackgroundCopyJob *job, const WCHAR *path)
{
    WCHAR url[512];

    return IBackgroundCopyJob_AddFile(job, server_url(server, path, url, ARRAYSIZE(url)), client_path(local_path));
}

IBackgroundCopyJob *job_of(const WCHAR *path)
{
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);

    if (job) add_path(job, path);
    return job;
}

BG_JOB_STATE settle(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;
    ULONGLONG end = GetTickCount64() + SETTLE_MS;

    do {
        if (FAILED(IBackgroundCopyJob_GetState(job, &state))) break;
        if (state == BG_JOB_STATE_TRANSFERRED || state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR ||
            state >= BG_JOB_STATE_ACKNOWLEDGED)
            break;
        client_pause(50);
    } while (GetTickCount64() < end);
    return state;
}

IBackgroundCopyJob *run_path(const WCHAR *path)
{
    IBackgroundCopyJob *job = job_of(path);

    if (job && SUCCEEDED(IBackgroundCopyJob_Resume(job))) settle(job);
    return job;
}

IBackgroundCopyJob *transferred(void)
{
    return run_path(L"/good");
}

IBackgroundCopyJob *failed(void)
{
    return run_path(L"/none");
}

const char *outcome(IBackgroundCopyJob *job)
{
    BG_ERROR_CONTEXT context = 0;
    BG_JOB_STATE state;
    HRESULT code;

    if (!job || FAILED(IBackgroundCopyJob_GetState(job, &state))) return "no job";
    if (state != BG_JOB_STATE_ERROR && state != BG_JOB_STATE_TRANSIENT_ERROR) return client_state_name(state);
    code = client_job_error(job, &context);
    return text("%s %s context %d", client_state_name(state), hr_text(code), context);
}

void *query(void *object, REFIID iid)
{
    void *found = NULL;

    if (object) IUnknown_QueryInterface((IUnknown *)object, iid, &found);
    return found;
}

IBackgroundCopyFile *first_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file = NULL;

    if (FAILED(IBackgroundCopyJob_EnumFiles(job, &files))) return NULL;
    IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL);
    IEnumBackgroundCopyFiles_Release(files);
    return file;
}

START_TEST(questions)
{
    if (answer_as_command()) return;
    if (!ok(open_answers(), "the answers cannot be written\n")) return;
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((manager = client_manager(&CLSID_BackgroundCopyManager)) && (server = server_create()))
    {
        server_route(server, "/good", &(struct route){.size = 10000});
        server_route(server, "/held", &(struct route){.size = 100000, .stall_at = 1000, .flags = ROUTE_STALL});
        winetest_run(ask_system);
        winetest_run(ask_methods);
        winetest_run(ask_states);
        winetest_run(ask_errors);
        winetest_run(ask_requests);
        winetest_run(ask_answers);
        winetest_run(ask_files);
        winetest_run(ask_notifications);
        winetest_run(ask_uploads);
        winetest_run(ask_delivery_optimization);
    }
    server_destroy(server);
    if (manager) IBackgroundCopyManager_Release(manager);
    client_remove_directory();
    client_stop();
    if (answers) fclose(answers);
}
