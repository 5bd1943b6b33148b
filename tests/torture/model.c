/*
 * What the clients of the torture test were told, compared with what the service has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call whose result was lost may or may not have happened: the model then holds both, until the next comparison
 * shows which it was.
 */

#include "torture/torture.h"
#include "wine/test.h"

#define VALUES 8 /* that a property may have at most */
#define FINISH_MS 60000

enum existence
{
    THERE,
    MAYBE_CREATED,
    MAYBE_GONE, /* a lost Cancel or Complete */
    CANCELLED,
    COMPLETED,
    FORGOTTEN, /* compared for the last time */
};

enum activity
{
    STOPPED,
    RUNNING,
    EITHER,
};

struct property
{
    DWORD values[VALUES];
    unsigned int count;
};

struct model_file
{
    BOOL there, maybe; /* neither: never added */
    DWORD kind;
};

struct model_job
{
    struct model_job *next;
    unsigned int client;
    DWORD serial;
    enum existence existence;
    enum activity activity;
    BOOL ever_resumed;
    BOOL completing; /* there was a Complete: files may have their names */
    BOOL partial;    /* the Complete said so */
    BOOL has_id;
    GUID id;
    struct property properties[TORTURE_OPERATIONS]; /* of the operations that set one */
    struct model_file files[TORTURE_FILES];
    BOOL seen; /* by the comparison under way */
};

struct model
{
    struct model_job *jobs;
    unsigned int clients;
    uint64_t offsets[TORTURE_CLIENTS];              /* read so far of each log */
    struct torture_record pending[TORTURE_CLIENTS]; /* an intent without a result: phase is TORTURE_INTENT */
    unsigned int acknowledged, lost, created;
    WCHAR (*temporary)[MAX_PATH]; /* names that the jobs have for temporary files, of the comparison under way */
    unsigned int temporary_count, temporary_size;
};

struct model *model_create(unsigned int count)
{
    struct model *model = calloc(1, sizeof(*model));
    unsigned int i;

    if (!ok(model != NULL && count <= TORTURE_CLIENTS, "no model")) return NULL;
    model->clients = count;
    for (i = 0; i < count; i++) model->pending[i].phase = TORTURE_RESULT;
    return model;
}

void model_destroy(struct model *model)
{
    struct model_job *job;

    if (!model) return;
    while ((job = model->jobs))
    {
        model->jobs = job->next;
        free(job);
    }
    free(model->temporary);
    free(model);
}

void model_count(const struct model *model, unsigned int *acknowledged, unsigned int *lost, unsigned int *jobs)
{
    *acknowledged = model->acknowledged;
    *lost = model->lost;
    *jobs = model->created;
}

/* --- from the logs ------------------------------------------------------------------------- */

static struct model_job *find_job(struct model *model, unsigned int client, DWORD serial)
{
    struct model_job *job = model->jobs;

    while (job && (job->client != client || job->serial != serial)) job = job->next;
    return job;
}

static void set_property(struct model_job *job, enum torture_operation operation, DWORD value)
{
    job->properties[operation].values[0] = value;
    job->properties[operation].count = 1;
}

static void maybe_set_property(struct model_job *job, enum torture_operation operation, DWORD value)
{
    struct property *property = &job->properties[operation];

    if (property->count < VALUES) property->values[property->count++] = value;
}

static struct model_job *add_job(struct model *model, unsigned int client, DWORD serial)
{
    struct model_job *job = calloc(1, sizeof(*job));

    if (!ok(job != NULL, "no memory")) return NULL;
    job->client = client;
    job->serial = serial;
    job->existence = MAYBE_CREATED;
    set_property(job, TORTURE_DESCRIPTION, 0);
    set_property(job, TORTURE_PRIORITY, BG_JOB_PRIORITY_NORMAL);
    set_property(job, TORTURE_RETRY_DELAY, 600);
    set_property(job, TORTURE_NOTIFY_FLAGS, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    job->next = model->jobs;
    model->jobs = job;
    model->created++;
    return job;
}

static void apply_done(struct model_job *job, const struct torture_record *record)
{
    struct model_file *file;

    switch (record->operation)
    {
    case TORTURE_CREATE:
        job->existence = THERE;
        job->id = record->id;
        job->has_id = TRUE;
        break;
    case TORTURE_ADD_FILE:
        file = &job->files[record->value / 256];
        file->there = TRUE;
        file->kind = record->value % 256;
        break;
    case TORTURE_RESUME:
        job->activity = RUNNING;
        job->ever_resumed = TRUE;
        break;
    case TORTURE_SUSPEND: job->activity = STOPPED; break;
    case TORTURE_CANCEL:
        ok(record->hr == S_OK, "job %u.%lu: Cancel returned %#lx", job->client, job->serial, record->hr);
        job->existence = CANCELLED;
        break;
    case TORTURE_COMPLETE:
        ok(record->hr == S_OK || record->hr == (HRESULT)BG_S_PARTIAL_COMPLETE, "job %u.%lu: Complete returned %#lx",
           job->client, job->serial, record->hr);
        job->existence = COMPLETED;
        job->partial = record->hr != S_OK;
        break;
    default: set_property(job, record->operation, record->value); break;
    }
}

static void apply_lost(struct model_job *job, const struct torture_record *record)
{
    struct model_file *file;

    switch (record->operation)
    {
    case TORTURE_CREATE: break;
    case TORTURE_ADD_FILE:
        file = &job->files[record->value / 256];
        file->maybe = TRUE;
        file->kind = record->value % 256;
        break;
    case TORTURE_RESUME:
        job->activity = EITHER;
        job->ever_resumed = TRUE;
        break;
    case TORTURE_SUSPEND: job->activity = EITHER; break;
    case TORTURE_CANCEL:
    case TORTURE_COMPLETE:
        job->existence = MAYBE_GONE;
        job->activity = EITHER; /* both suspend it on their way */
        if (record->operation == TORTURE_COMPLETE) job->completing = job->partial = TRUE;
        break;
    default: maybe_set_property(job, record->operation, record->value); break;
    }
}

static void apply_record(struct model *model, unsigned int client, const struct torture_record *record)
{
    struct model_job *job = find_job(model, client, record->serial);

    if (!job && record->operation == TORTURE_CREATE) job = add_job(model, client, record->serial);
    if (!ok(job != NULL, "the log of client %u names a job %lu that it did not make", client, record->serial)) return;
    model->pending[client] = *record;
    if (record->phase == TORTURE_INTENT) return;
    if (torture_is_lost(record->hr))
    {
        model->lost++;
        apply_lost(job, record);
    }
    else
    {
        model->acknowledged++;
        if (SUCCEEDED(record->hr)) apply_done(job, record);
    }
}

static void read_log(struct model *model, unsigned int client)
{
    struct torture_record record;
    struct model_job *job;
    WCHAR path[MAX_PATH];
    LARGE_INTEGER offset;
    HANDLE file;
    DWORD got;

    _snwprintf(path, ARRAYSIZE(path), L"%sc%u.log", client_directory(), client);
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (!ok(file != INVALID_HANDLE_VALUE, "%s: error %lu", wine_dbgstr_w(path), GetLastError())) return;
    offset.QuadPart = model->offsets[client];
    SetFilePointerEx(file, offset, NULL, FILE_BEGIN);
    while (ReadFile(file, &record, sizeof(record), &got, NULL) && got == sizeof(record))
    {
        apply_record(model, client, &record);
        model->offsets[client] += sizeof(record);
    }
    CloseHandle(file);
    /* a client that was killed in a call */
    if (model->pending[client].phase == TORTURE_INTENT &&
        (job = find_job(model, client, model->pending[client].serial)))
    {
        apply_lost(job, &model->pending[client]);
        model->pending[client].phase = TORTURE_RESULT;
    }
}

void model_read(struct model *model)
{
    unsigned int i;

    for (i = 0; i < model->clients; i++) read_log(model, i);
}

/* --- files ------------------------------------------------------------------------------------ */

static BOOL is_right(const WCHAR *path, DWORD kind)
{
    return pattern_check_file(path, torture_kinds[kind].size, torture_kinds[kind].seed);
}

static void note_temporary(struct model *model, const WCHAR *name)
{
    if (model->temporary_count == model->temporary_size)
    {
        unsigned int size = model->temporary_size ? model->temporary_size * 2 : 64;
        void *grown = realloc(model->temporary, size * sizeof(*model->temporary));

        if (!ok(grown != NULL, "no memory")) return;
        model->temporary = grown;
        model->temporary_size = size;
    }
    lstrcpynW(model->temporary[model->temporary_count++], name, MAX_PATH);
}

static BOOL is_named(const struct model *model, const WCHAR *name)
{
    unsigned int i;

    for (i = 0; i < model->temporary_count; i++)
    {
        if (!lstrcmpiW(model->temporary[i], name)) return TRUE;
    }
    return FALSE;
}

/* The temporary files that exist now, one after the other, an empty name at the end; for free(). */
static WCHAR (*list_temporary(const struct model *model))[MAX_PATH]
{
    WCHAR pattern[MAX_PATH], (*names)[MAX_PATH] = calloc(1, sizeof(*names)), (*grown)[MAX_PATH];
    unsigned int client, count = 0;
    WIN32_FIND_DATAW data;
    HANDLE find;

    for (client = 0; names && client < model->clients; client++)
    {
        _snwprintf(pattern, ARRAYSIZE(pattern), L"%sc%u\\BIT*.tmp", client_directory(), client);
        if ((find = FindFirstFileW(pattern, &data)) == INVALID_HANDLE_VALUE) continue;
        do {
            if (!(grown = realloc(names, (count + 2) * sizeof(*names)))) break;
            names = grown;
            _snwprintf(names[count++], MAX_PATH, L"%sc%u\\%s", client_directory(), client, data.cFileName);
            names[count][0] = 0;
        } while (FindNextFileW(find, &data));
        FindClose(find);
    }
    ok(names != NULL, "no memory");
    return names;
}

/* Of a job that is gone: what has its name is right, and after a full Complete all of it has. */
static void check_final_files(const struct model_job *job, BOOL all)
{
    WCHAR path[MAX_PATH];
    unsigned int i;

    for (i = 0; i < TORTURE_FILES; i++)
    {
        if (!job->files[i].there && !job->files[i].maybe) continue;
        torture_local(path, client_directory(), job->client, job->serial, i);
        if (!client_file_exists(path))
        {
            ok(!all || !job->files[i].there, "job %u.%lu is complete, but %s is not there", job->client, job->serial,
               wine_dbgstr_w(path));
            continue;
        }
        ok(job->existence != CANCELLED || job->completing, "job %u.%lu was cancelled, but %s is there", job->client,
           job->serial, wine_dbgstr_w(path));
        ok(is_right(path, job->files[i].kind), "job %u.%lu: the content of %s is wrong", job->client, job->serial,
           wine_dbgstr_w(path));
        DeleteFileW(path);
    }
}

/* --- a job of the service ------------------------------------------------------------------------ */

static void check_property(struct model_job *job, enum torture_operation operation, const char *what, DWORD value)
{
    struct property *property = &job->properties[operation];
    unsigned int i;

    for (i = 0; i < property->count && property->values[i] != value; i++)
        ;
    ok(i < property->count, "job %u.%lu: its %s is %lu instead of %lu", job->client, job->serial, what, value,
       property->values[0]);
    set_property(job, operation, value);
}

static void check_properties(struct model_job *job, IBackgroundCopyJob *com)
{
    BG_JOB_PRIORITY priority = BG_JOB_PRIORITY_NORMAL;
    ULONG delay = 0, flags = 0;
    WCHAR *text = NULL;

    if (ok_hr(IBackgroundCopyJob_GetDescription(com, &text), S_OK))
        check_property(job, TORTURE_DESCRIPTION, "description", wcstoul(text, NULL, 10));
    CoTaskMemFree(text);
    if (ok_hr(IBackgroundCopyJob_GetPriority(com, &priority), S_OK))
        check_property(job, TORTURE_PRIORITY, "priority", priority);
    if (ok_hr(IBackgroundCopyJob_GetMinimumRetryDelay(com, &delay), S_OK))
        check_property(job, TORTURE_RETRY_DELAY, "retry delay", delay);
    if (ok_hr(IBackgroundCopyJob_GetNotifyFlags(com, &flags), S_OK))
        check_property(job, TORTURE_NOTIFY_FLAGS, "notify flags", flags);
}

static void check_state(struct model_job *job, IBackgroundCopyJob *com, BG_JOB_STATE state)
{
    BOOL stopped = state == BG_JOB_STATE_SUSPENDED;
    BOOL done = state == BG_JOB_STATE_TRANSFERRED && job->ever_resumed;
    BOOL running = state == BG_JOB_STATE_QUEUED || state == BG_JOB_STATE_CONNECTING ||
                   state == BG_JOB_STATE_TRANSFERRING;

    if (job->activity == STOPPED) running = FALSE;
    if (job->activity == RUNNING) stopped = FALSE;
    ok(stopped || done || running, "job %u.%lu is %s (error %#lx), activity %d", job->client, job->serial,
       client_state_name(state), client_job_error(com, NULL), job->activity);
    if (job->activity == EITHER && !done) job->activity = stopped ? STOPPED : RUNNING;
}

/* What is transferred must still be there, until it has its final name. */
static void check_transferred(const struct model_job *job, const struct model_file *known, const WCHAR *local,
                              const WCHAR *temporary)
{
    if (client_file_exists(temporary))
        ok(is_right(temporary, known->kind), "job %u.%lu: the content of %s is wrong", job->client, job->serial,
           wine_dbgstr_w(temporary));
    else
        ok(job->completing && client_file_exists(local) && is_right(local, known->kind),
           "job %u.%lu: %s (%s) is transferred and not there", job->client, job->serial, wine_dbgstr_w(temporary),
           wine_dbgstr_w(local));
}

/* Which of the model's files has that name. */
static struct model_file *match_file(struct model_job *job, const WCHAR *local)
{
    WCHAR path[MAX_PATH];
    unsigned int i;

    for (i = 0; i < TORTURE_FILES; i++)
    {
        torture_local(path, client_directory(), job->client, job->serial, i);
        if ((job->files[i].there || job->files[i].maybe) && !lstrcmpiW(path, local)) return &job->files[i];
    }
    return NULL;
}

static void check_file(struct model *model, struct model_job *job, IBackgroundCopyFile *file, BOOL *matched)
{
    IBackgroundCopyFile3 *file3 = NULL;
    WCHAR *local = NULL, *temporary = NULL;
    BG_FILE_PROGRESS progress = {0};
    struct model_file *known;

    if (!ok_hr(IBackgroundCopyFile_GetLocalName(file, &local), S_OK) ||
        !ok_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile3, (void **)&file3), S_OK))
        goto done;
    /* Whether all of it is there, before its name: it may become so in between. */
    ok_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
    if (IBackgroundCopyFile3_GetTemporaryName(file3, &temporary) == S_OK && temporary && *temporary)
        note_temporary(model, temporary);
    if (!(known = match_file(job, local)))
    {
        ok(FALSE, "job %u.%lu: nobody added %s", job->client, job->serial, wine_dbgstr_w(local));
        goto done;
    }
    ok(!matched[known - job->files], "job %u.%lu has %s twice", job->client, job->serial, wine_dbgstr_w(local));
    matched[known - job->files] = TRUE;
    if (progress.BytesTransferred == progress.BytesTotal && !progress.Completed &&
        ok(temporary && *temporary, "a complete file has no temporary file"))
        check_transferred(job, known, local, temporary);

done:
    if (file3) IBackgroundCopyFile3_Release(file3);
    CoTaskMemFree(local);
    CoTaskMemFree(temporary);
}

static void check_files(struct model *model, struct model_job *job, IBackgroundCopyJob *com)
{
    BOOL matched[TORTURE_FILES] = {0};
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    unsigned int i;

    if (!ok_hr(IBackgroundCopyJob_EnumFiles(com, &files), S_OK)) return;
    while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        check_file(model, job, file, matched);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
    for (i = 0; i < TORTURE_FILES; i++)
    {
        ok(matched[i] || !job->files[i].there, "job %u.%lu has lost its file %u", job->client, job->serial, i);
        job->files[i].there = matched[i];
        job->files[i].maybe = FALSE;
    }
}

static void check_job(struct model *model, struct model_job *job, IBackgroundCopyJob *com)
{
    BG_JOB_STATE state;
    GUID id;

    ok(!job->seen, "job %u.%lu is there twice", job->client, job->serial);
    job->seen = TRUE;
    ok(job->existence == THERE || job->existence == MAYBE_CREATED || job->existence == MAYBE_GONE,
       "job %u.%lu is back after it was %s", job->client, job->serial,
       job->existence == COMPLETED ? "completed" : "cancelled");
    if (ok_hr(IBackgroundCopyJob_GetId(com, &id), S_OK))
    {
        ok(!job->has_id || IsEqualGUID(&job->id, &id), "job %u.%lu has another id", job->client, job->serial);
        job->id = id;
        job->has_id = TRUE;
    }
    job->existence = THERE;
    check_properties(job, com);
    if (ok_hr(IBackgroundCopyJob_GetState(com, &state), S_OK)) check_state(job, com, state);
    check_files(model, job, com);
}

/* The model's job that a job of the service is; NULL: none of ours. */
static struct model_job *match_job(struct model *model, IBackgroundCopyJob *com)
{
    struct model_job *job = NULL;
    unsigned int client;
    DWORD serial;
    WCHAR *name;

    if (!ok_hr(IBackgroundCopyJob_GetDisplayName(com, &name), S_OK)) return NULL;
    if (swscanf(name, TORTURE_JOB_NAME L"%u.%lu", &client, &serial) == 2)
    {
        job = find_job(model, client, serial);
        ok(job != NULL, "nobody made the job %s", wine_dbgstr_w(name));
    }
    CoTaskMemFree(name);
    return job;
}

/* --- all of them -------------------------------------------------------------------------------------- */

/* What was not seen must be gone, with its files as they should be. */
static void check_gone(struct model *model)
{
    struct model_job *job;

    for (job = model->jobs; job; job = job->next)
    {
        if (job->seen || job->existence == FORGOTTEN) continue;
        ok(job->existence != THERE, "job %u.%lu is lost", job->client, job->serial);
        check_final_files(job, job->existence == COMPLETED && !job->partial);
        job->existence = FORGOTTEN;
    }
}

static void drop_forgotten(struct model *model)
{
    struct model_job **link = &model->jobs, *job;

    while ((job = *link))
    {
        if (job->existence == FORGOTTEN)
        {
            *link = job->next;
            free(job);
        }
        else link = &job->next;
    }
}

/* Call for every job of the model that the service shows. */
static void for_each_job(struct model *model,
                         void (*function)(struct model *, struct model_job *, IBackgroundCopyJob *))
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IEnumBackgroundCopyJobs *jobs;
    struct model_job *job;
    IBackgroundCopyJob *com;

    if (!manager) return;
    if (ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK))
    {
        while (IEnumBackgroundCopyJobs_Next(jobs, 1, &com, NULL) == S_OK)
        {
            if ((job = match_job(model, com))) function(model, job, com);
            IBackgroundCopyJob_Release(com);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    IBackgroundCopyManager_Release(manager);
}

void model_verify(struct model *model)
{
    WCHAR(*existing)[MAX_PATH];
    struct model_job *job;
    unsigned int i;

    for (job = model->jobs; job; job = job->next) job->seen = FALSE;
    model->temporary_count = 0;

    /* A name is stored before the file is made: files first, then names. */
    existing = list_temporary(model);
    for_each_job(model, check_job);
    for (i = 0; existing && existing[i][0]; i++)
        ok(is_named(model, existing[i]), "no job has the temporary file %s", wine_dbgstr_w(existing[i]));
    free(existing);
    check_gone(model);
    drop_forgotten(model);
}

/* --- the end ---------------------------------------------------------------------------------------------- */

static void restart_job(struct model *model, struct model_job *job, IBackgroundCopyJob *com)
{
    HRESULT hr;

    ok_hr(IBackgroundCopyJob_SetPriority(com, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    hr = IBackgroundCopyJob_Resume(com);
    ok(hr == S_OK || hr == BG_E_EMPTY, "job %u.%lu: Resume returned %#lx", job->client, job->serial, hr);
    job->ever_resumed = hr == S_OK;
}

static void complete_job(struct model *model, struct model_job *job, IBackgroundCopyJob *com)
{
    if (!job->ever_resumed)
    {
        ok_hr(IBackgroundCopyJob_Cancel(com), S_OK);
        job->existence = CANCELLED;
        return;
    }
    client_wait_state(com, BG_JOB_STATE_TRANSFERRED, FINISH_MS);
    ok_hr(IBackgroundCopyJob_Complete(com), S_OK);
    job->existence = COMPLETED;
    job->partial = FALSE;
}

void model_finish(struct model *model)
{
    unsigned int i;
    WCHAR(*existing)[MAX_PATH];

    for_each_job(model, restart_job);
    for_each_job(model, complete_job);
    model_verify(model);
    existing = list_temporary(model);
    for (i = 0; existing && existing[i][0]; i++) ok(FALSE, "%s is left", wine_dbgstr_w(existing[i]));
    free(existing);
}
