/*
 * Names of remote and local files: which are acceptable (4.1, 4.2).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>

#include "base/debug.h"
#include "base/text.h"
#include "http/url.h"
#include "transfer/jobs/exactname.h"
#include "transfer/jobs/names.h"

DEBUG_CHANNEL(bitsjob);

#define REMOTE_NAME_MAX 2200 /* B-257 */

static BOOL has_long_segment(const WCHAR *name)
{
    size_t length = 0;

    for (; *name; name++)
    {
        length = *name == '/' || *name == '\\' ? 0 : length + 1;
        if (length > MAX_PATH) return TRUE;
    }
    return FALSE;
}

BOOL transfer_is_http_url(const WCHAR *name)
{
    struct http_url url;
    BOOL valid = FALSE;
    char *text;
    int length;

    if (!(text = utf8_copy_valid(name, &length))) return FALSE;
    switch (http_url_classify(text, length))
    {
    case HTTP_URL_KIND_HTTP:
    case HTTP_URL_KIND_HTTPS:
        if ((valid = !http_url_parse(&url, text, length))) http_url_cleanup(&url);
        break;
    default: break;
    }
    free(text);
    return valid;
}

/* Whether the path that a file: URL stands for may be one: pipes and devices may not (B-403). */
static BOOL is_file_path(const WCHAR *name)
{
    WCHAR *path = name_path_of_remote(name);
    char *text = path ? utf8_copy_valid(path, &(int){0}) : NULL;
    enum http_url_kind kind = text ? http_url_classify(text, strlen(text)) : HTTP_URL_KIND_INVALID;

    free(text);
    free(path);
    return kind == HTTP_URL_KIND_UNC || kind == HTTP_URL_KIND_DRIVE;
}

transfer_code name_check_remote(const WCHAR *name, BOOL allow_files)
{
    transfer_code code = ERROR_INVALID_PARAMETER;
    struct http_url url;
    char *text;
    int length;

    if (!*name || lstrlenW(name) > REMOTE_NAME_MAX || has_long_segment(name)) return ERROR_INVALID_PARAMETER;
    if (!(text = utf8_copy_valid(name, &length))) return ERROR_INVALID_PARAMETER;
    switch (http_url_classify(text, length))
    {
    case HTTP_URL_KIND_HTTP:
    case HTTP_URL_KIND_HTTPS:
        if (!http_url_parse(&url, text, length))
        {
            http_url_cleanup(&url);
            code = TRANSFER_OK;
        }
        break;
    case HTTP_URL_KIND_FILE:
        if (!is_file_path(name)) break;
        /* fall through */
    case HTTP_URL_KIND_UNC:
    case HTTP_URL_KIND_DRIVE:
        if (allow_files && !wcspbrk(name, L"*?<>|\"")) code = TRANSFER_OK;
        break;
    default: break;
    }
    free(text);
    return code;
}

const WCHAR *name_file_part(const WCHAR *name)
{
    const WCHAR *p, *last = NULL;

    if (((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z')) && name[1] == ':' &&
        (name[2] == '\\' || name[2] == '/'))
        p = name + 2;
    else if ((name[0] == '\\' || name[0] == '/') && (name[1] == '\\' || name[1] == '/') && name[2] && name[2] != '?' &&
             name[2] != '.')
        p = name + 2;
    else return NULL;
    for (; *p; p++)
    {
        if (*p == '\\' || *p == '/') last = p + 1;
        else if (*p < ' ' || wcschr(L"*?<>|\":", *p)) return NULL; /* wildcards, streams */
    }
    return last && *last ? last : NULL;
}

static WCHAR *directory_of(const WCHAR *name)
{
    const WCHAR *file = name_file_part(name);
    WCHAR *directory;

    if (!file || !(directory = string_copy(name))) return NULL;
    directory[file - name] = 0;
    return directory;
}

static BOOL is_beside(const WCHAR *name, const WCHAR *other)
{
    const WCHAR *file = name_file_part(name), *other_file = name_file_part(other);

    return other_file && file - name == other_file - other && !wcsncmp(name, other, file - name);
}

transfer_code name_check_local(const WCHAR *name, const WCHAR *good)
{
    transfer_code code = TRANSFER_OK;
    WCHAR *directory;
    HANDLE handle;

    if (lstrlenW(name) > MAX_PATH || !name_file_part(name)) return ERROR_INVALID_PARAMETER;
    if (good && is_beside(name, good)) return TRANSFER_OK;
    if (!(directory = directory_of(name))) return ERROR_OUTOFMEMORY;
    handle = CreateFileW(directory, FILE_ADD_FILE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                         OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
    else
    {
        code = GetLastError();
        /* Wine's answer for a drive that does not exist. */
        if (code == ERROR_FILE_NOT_FOUND || code == ERROR_BAD_NETPATH) code = ERROR_PATH_NOT_FOUND;
        TRACE("%s: error %u\n", debug_wstr(directory), code);
    }
    free(directory);
    return code;
}

DWORD name_prepare_local(const WCHAR *name)
{
    const WCHAR *file = name_file_part(name);
    DWORD error = 0;
    WCHAR *directory, *p;

    if (!file) return ERROR_INVALID_NAME;
    if (GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES) return ERROR_FILE_EXISTS; /* D-098 */
    if (!(directory = directory_of(name))) return ERROR_OUTOFMEMORY;
    for (p = directory + 3; *p; p++)
    {
        if (*p != '\\' && *p != '/') continue;
        *p = 0;
        error = CreateDirectoryW(directory, NULL) ? 0 : GetLastError();
        *p = '\\';
    }
    /* The last one counts: those before it may be none of ours, or a share. */
    if (error && GetFileAttributesW(directory) != INVALID_FILE_ATTRIBUTES) error = 0;
    free(directory);
    return error;
}

static LONG names_chosen; /* and tried */

BOOL name_may_repeat(void)
{
    return names_chosen > 0x8000;
}

WCHAR *name_choose_temporary(const WCHAR *local, const WCHAR *prefix)
{
    static LONG first;
    const WCHAR *file = name_file_part(local);
    size_t directory = file ? file - local : 0;
    WCHAR *name;
    unsigned int tries;

    if (!file || !(name = malloc((directory + lstrlenW(prefix) + 16) * sizeof(*name)))) return NULL;
    memcpy(name, local, directory * sizeof(*name));
    InterlockedCompareExchange(&first, (GetTickCount() / 16 + GetCurrentProcessId() * 7) | 1, 0);
    for (tries = 0; tries < 0x10000; tries++)
    {
        /* Four hex digits, as GetTempFileName makes them.  No two calls try the same: what one has chosen need not
         * exist yet when another looks. */
        unsigned int number = (first + InterlockedIncrement(&names_chosen)) & 0xffff;

        swprintf(name + directory, lstrlenW(prefix) + 16, L"%s%04X.tmp", prefix, number);
        if (!exact_name_exists(name)) return name;
    }
    free(name);
    return NULL;
}

void name_reserve(const WCHAR *name)
{
    HANDLE handle = exact_name_create(name, 0, FILE_ATTRIBUTE_HIDDEN);

    if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
}

BOOL name_is_http(const WCHAR *name)
{
    return !_wcsnicmp(name, L"http:", 5) || !_wcsnicmp(name, L"https:", 6);
}

WCHAR *name_path_of_remote(const WCHAR *remote)
{
    const WCHAR *rest = remote;
    WCHAR *path, *p;
    size_t size = lstrlenW(remote) + 3;

    if (_wcsnicmp(remote, L"file:", 5)) return string_copy(remote);
    rest += 5;
    if (!(path = malloc(size * sizeof(*path)))) return NULL;
    while (*rest == '/' || *rest == '\\') rest++;
    if (rest[0] && (rest[1] == ':' || rest[1] == '|'))
    {
        lstrcpyW(path, rest);
        path[1] = ':';
    }
    else
    {
        lstrcpyW(path, L"\\\\");
        lstrcatW(path, rest);
    }
    for (p = path; *p; p++)
        if (*p == '/') *p = '\\';
    return path;
}
