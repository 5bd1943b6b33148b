/*
 * Texts of the window, in the language of the user.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <shlwapi.h>

#include "monitor.h"

WCHAR *load_text(UINT id, WCHAR *buffer, int size)
{
    if (!LoadStringW(GetModuleHandleW(NULL), id, buffer, size)) *buffer = 0;
    return buffer;
}

WCHAR *format_text(UINT id, ...)
{
    DWORD flags = FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ALLOCATE_BUFFER;
    WCHAR format[TEXT_SIZE], *text = NULL, *copy;
    va_list args;

    load_text(id, format, ARRAYSIZE(format));
    va_start(args, id);
    if (!FormatMessageW(flags, format, 0, 0, (WCHAR *)&text, 0, &args)) text = NULL;
    va_end(args);
    copy = text ? wcsdup(text) : NULL;
    LocalFree(text);
    return copy;
}

/* Copy a text that format_text has made, and free it. */
static void take_text(WCHAR *text, WCHAR *buffer, int size)
{
    lstrcpynW(buffer, text ? text : L"", size);
    free(text);
}

static WCHAR *format_size(UINT64 bytes, WCHAR *buffer, int size)
{
    return StrFormatByteSizeW(bytes, buffer, size) ? buffer : lstrcpynW(buffer, L"", size);
}

static void format_sizes(const struct job *job, WCHAR *buffer, int size)
{
    WCHAR done[32], total[32];

    format_size(job->done, done, ARRAYSIZE(done));
    if (job->total == UNKNOWN_SIZE) lstrcpynW(buffer, job->done ? done : L"", size);
    else if (job->done == job->total) lstrcpynW(buffer, done, size);
    else take_text(format_text(IDS_SIZE_OF, done, format_size(job->total, total, ARRAYSIZE(total))), buffer, size);
}

static void format_speed(const struct job *job, WCHAR *buffer, int size)
{
    WCHAR bytes[32];

    if (!job->speed) return;
    take_text(format_text(IDS_PER_SECOND, format_size(job->speed, bytes, ARRAYSIZE(bytes))), buffer, size);
}

/* 1:02:03, or 2:03 below an hour. */
static void format_time_left(const struct job *job, WCHAR *buffer, int size)
{
    UINT64 seconds;

    if (!job->speed || job->total == UNKNOWN_SIZE || job->done > job->total) return;
    seconds = (job->total - job->done + job->speed - 1) / job->speed;
    if (seconds >= 100 * 3600) return;
    if (seconds >= 3600)
        swprintf(buffer, size, L"%u:%02u:%02u", (UINT)seconds / 3600, (UINT)seconds / 60 % 60, (UINT)seconds % 60);
    else swprintf(buffer, size, L"%u:%02u", (UINT)seconds / 60, (UINT)seconds % 60);
}

int job_percent(const struct job *job)
{
    if (job->state == STATE_TRANSFERRED || job->state == STATE_COMPLETED) return 100;
    if (job->total == UNKNOWN_SIZE || !job->total) return -1;
    return job->done >= job->total ? 100 : (int)(job->done / (job->total / 100.0));
}

WCHAR *format_error(HRESULT code, const WCHAR *text)
{
    WCHAR number[16], line[1024];
    int length;

    swprintf(number, ARRAYSIZE(number), L"0x%08lx", (unsigned long)code);
    if (!text || !*text) return wcsdup(number);
    lstrcpynW(line, text, ARRAYSIZE(line));
    for (length = wcslen(line); length && wcschr(L"\r\n ", line[length - 1]); length--) line[length - 1] = 0;
    return format_text(IDS_ERROR_CODE, line, number);
}

static void format_reason(const struct job *job, WCHAR *buffer, int size)
{
    switch (job->state)
    {
    case STATE_RETRYING:
    case STATE_ERROR: take_text(format_error(job->error, job->error_text), buffer, size); break;
    case STATE_CREATED: load_text(IDS_REASON_CREATED, buffer, size); break;
    case STATE_QUEUED: load_text(IDS_REASON_QUEUED, buffer, size); break;
    case STATE_TRANSFERRED: load_text(IDS_REASON_TRANSFERRED, buffer, size); break;
    default: break;
    }
}

/* The name that the program gave the job, or else that of its file. */
static void format_name(const struct job *job, WCHAR *buffer, int size)
{
    if (job->name && *job->name) lstrcpynW(buffer, job->name, size);
    else if (job->path && *job->path) lstrcpynW(buffer, PathFindFileNameW(job->path), size);
    else load_text(IDS_NO_NAME, buffer, size);
}

WCHAR *format_cell(const struct job *job, enum column column, WCHAR *buffer, int size)
{
    int percent;

    *buffer = 0;
    switch (column)
    {
    case COLUMN_NAME: format_name(job, buffer, size); break;
    case COLUMN_SERVICE: load_text(source_name(job->source), buffer, size); break;
    case COLUMN_STATE: load_text(IDS_STATE_CREATED + job->state, buffer, size); break;
    case COLUMN_PROGRESS:
        if ((percent = job_percent(job)) >= 0) swprintf(buffer, size, L"%d %%", percent);
        break;
    case COLUMN_SIZE: format_sizes(job, buffer, size); break;
    case COLUMN_SPEED: format_speed(job, buffer, size); break;
    case COLUMN_TIME_LEFT: format_time_left(job, buffer, size); break;
    case COLUMN_REASON: format_reason(job, buffer, size); break;
    case COLUMN_COUNT: break;
    }
    return buffer;
}

/* Put the texts one below the other, for free(); frees them. NULL ones are left out. */
static WCHAR *join_lines(WCHAR **lines, unsigned int count, const WCHAR *between)
{
    size_t length = 1;
    unsigned int i;
    WCHAR *text;

    for (i = 0; i < count; i++)
        if (lines[i]) length += wcslen(lines[i]) + wcslen(between);
    text = calloc(length, sizeof(*text));
    for (i = 0; i < count; i++)
    {
        if (text && lines[i])
        {
            if (*text) wcscat(text, between);
            wcscat(text, lines[i]);
        }
        free(lines[i]);
    }
    return text;
}

WCHAR *format_details(const struct job *job)
{
    WCHAR name[TEXT_SIZE], number[16], *lines[5] = {0};

    lines[0] = wcsdup(format_cell(job, COLUMN_NAME, name, ARRAYSIZE(name)));
    if (job->url) lines[1] = format_text(IDS_DETAILS_URL, job->url);
    if (job->path) lines[2] = format_text(IDS_DETAILS_FILE, job->path);
    swprintf(number, ARRAYSIZE(number), L"%u", job->files);
    if (job->files > 1) lines[3] = format_text(IDS_DETAILS_FILES, number);
    if (job->error) lines[4] = format_error(job->error, job->error_text);
    return join_lines(lines, ARRAYSIZE(lines), L"\r\n");
}

/* Delivery Optimization is two sources, and one service. */
static WCHAR *format_service(const struct snapshot *snapshot, enum source_index first, enum source_index last)
{
    WCHAR name[TEXT_SIZE], number[16], *error, *text;
    unsigned int i, count = 0;

    load_text(source_name(first), name, ARRAYSIZE(name));
    if (FAILED(snapshot->result[first]))
    {
        error = format_error(snapshot->result[first], snapshot->error_text[first]);
        text = format_text(IDS_SERVICE_MISSING, name, error);
        free(error);
        return text;
    }
    for (i = 0; i < snapshot->count; i++)
        if (snapshot->jobs[i].source >= first && snapshot->jobs[i].source <= last) count++;
    swprintf(number, ARRAYSIZE(number), L"%u", count);
    return format_text(IDS_SERVICE_JOBS, name, number);
}

WCHAR *format_status(const struct snapshot *snapshot)
{
    WCHAR *lines[2];

    lines[0] = format_service(snapshot, SOURCE_BITS, SOURCE_BITS);
    lines[1] = format_service(snapshot, SOURCE_DO_JOBS, SOURCE_DO_DOWNLOADS);
    return join_lines(lines, ARRAYSIZE(lines), L"   ");
}
