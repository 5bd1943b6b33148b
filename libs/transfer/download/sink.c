/*
 * Where the bytes of a file land.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "transfer/download/sink.h"
#include "transfer/jobs/exactname.h"
#include "transfer/jobs/stream.h"

/* Smaller files are flushed while the next ones come: that takes longer than the transfer. */
#define FLUSH_MINIMUM (1024 * 1024)

void sink_init(struct sink *sink)
{
    memset(sink, 0, sizeof(*sink));
    sink->handle = INVALID_HANDLE_VALUE;
}

DWORD sink_create(struct sink *sink, const WCHAR *path)
{
    sink->handle = exact_name_create(path, FILE_SHARE_READ, FILE_ATTRIBUTE_HIDDEN);
    sink->position = sink->end = 0;
    return sink->handle == INVALID_HANDLE_VALUE ? GetLastError() : 0;
}

DWORD sink_open(struct sink *sink, const WCHAR *path, uint64_t position, BOOL hidden)
{
    DWORD error = 0;
    LARGE_INTEGER size;

    /* B-414: others may read, if they let us write. */
    sink->handle = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, position ? OPEN_EXISTING : CREATE_ALWAYS,
                               hidden ? FILE_ATTRIBUTE_HIDDEN : FILE_ATTRIBUTE_NORMAL, NULL);
    if (sink->handle == INVALID_HANDLE_VALUE) return GetLastError();
    sink->position = position;
    sink->end = 0;
    if (!position) return 0;

    if (!GetFileSizeEx(sink->handle, &size)) error = GetLastError();
    else if ((sink->end = size.QuadPart) < position) error = ERROR_HANDLE_EOF;
    if (error) sink_close(sink);
    return error;
}

void sink_seek(struct sink *sink, uint64_t position)
{
    sink->position = position;
}

void sink_open_stream(struct sink *sink, struct stream *stream, const _Atomic(LONG) *stop)
{
    sink->stream = stream;
    sink->stop = stop;
}

DWORD sink_write_at(const struct sink *sink, uint64_t position, const void *data, size_t size)
{
    DWORD written;

    while (size)
    {
        OVERLAPPED place = {.Offset = (DWORD)position, .OffsetHigh = position >> 32};

        if (!WriteFile(sink->handle, data, size, &written, &place)) return GetLastError();
        if (!written) return ERROR_DISK_FULL;
        data = (const char *)data + written;
        position += written;
        size -= written;
    }
    return 0;
}

DWORD sink_write(struct sink *sink, const void *data, size_t size)
{
    DWORD error;

    if (sink->stream) return stream_write(sink->stream, data, size, sink->stop);
    if ((error = sink_write_at(sink, sink->position, data, size))) return error;
    sink->position += size;
    if (sink->position > sink->end) sink->end = sink->position;
    return 0;
}

DWORD sink_restart(struct sink *sink)
{
    static const LARGE_INTEGER zero;

    if (sink->handle == INVALID_HANDLE_VALUE) return 0;
    if (!SetFilePointerEx(sink->handle, zero, NULL, FILE_BEGIN) || !SetEndOfFile(sink->handle)) return GetLastError();
    sink->position = sink->end = 0;
    return 0;
}

DWORD sink_flush(struct sink *sink)
{
    if (sink->stream) return stream_flush(sink->stream, sink->stop);
    return FlushFileBuffers(sink->handle) ? 0 : GetLastError();
}

static DWORD get_identity(struct sink *sink)
{
    BY_HANDLE_FILE_INFORMATION info;

    if (!GetFileInformationByHandle(sink->handle, &info)) return GetLastError();
    file_identity_of(&info, &sink->identity);
    return 0;
}

DWORD sink_finish(struct sink *sink, uint64_t size, HANDLE *unflushed)
{
    LARGE_INTEGER end;
    DWORD error = 0;

    *unflushed = INVALID_HANDLE_VALUE;
    if (sink->stream) return stream_flush(sink->stream, sink->stop);
    end.QuadPart = size;
    if (sink->end != size && (!SetFilePointerEx(sink->handle, end, NULL, FILE_BEGIN) || !SetEndOfFile(sink->handle)))
        error = GetLastError();
    if (!error && size >= FLUSH_MINIMUM) error = sink_flush(sink);
    /* B-417: creation and modification time are the server's, which for HTTP are the same */
    if (!error && sink->written.dwHighDateTime)
        SetFileTime(sink->handle, sink->created.dwHighDateTime ? &sink->created : &sink->written, NULL, &sink->written);
    if (!error) error = get_identity(sink);
    if (!error && size < FLUSH_MINIMUM)
    {
        *unflushed = sink->handle;
        sink->handle = INVALID_HANDLE_VALUE;
    }
    sink_close(sink);
    return error;
}

void sink_close(struct sink *sink)
{
    stream_release(sink->stream);
    sink->stream = NULL;
    if (sink->handle != INVALID_HANDLE_VALUE) CloseHandle(sink->handle);
    sink->handle = INVALID_HANDLE_VALUE;
}
