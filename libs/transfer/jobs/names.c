/*
 * Names of remote and local files: which are acceptable (B-400 to B-418).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>

#include "base/access.h"
#include "base/debug.h"
#include "base/text.h"
#include "http/url.h"
#include "transfer/jobs/exactname.h"
#include "transfer/jobs/names.h"

DEBUG_CHANNEL(bitsjob);

#define REMOTE_NAME_MAX 2200 /* B-257 */
#define BAD_CHARACTERS L"*?<>|\""

/* The path of an HTTP URL, without query and fragment, in which anything may stand (RFC 3986, 3.3 to 3.5); all of
 * another name. */
static const WCHAR *path_of(const WCHAR *name, const WCHAR **end)
{
    const WCHAR *authority = name_is_http(name) ? wcschr(name, ':') + 1 : NULL;

    *end = name + wcscspn(name, authority ? L"?#" : L"");
    if (!authority) return name;
    authority += wcsspn(authority, L"/");
    return authority < *end ? authority + wcscspn(authority, L"/?#") : *end;
}

/* B-257 */
static BOOL has_long_segment(const WCHAR *name)
{
    const WCHAR *end, *p = path_of(name, &end);
    size_t length = 0;

    for (; p < end; p++)
    {
        length = *p == '/' || *p == '\\' ? 0 : length + 1;
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

/* Whether the path that a file: URL stands for may be one: pipes and devices may not (B-403), wildcards neither. */
static BOOL is_file_path(const WCHAR *name)
{
    WCHAR *path = name_path_of_remote(name);
    char *text = path ? utf8_copy_valid(path, &(int){0}) : NULL;
    enum http_url_kind kind = text ? http_url_classify(text, strlen(text)) : HTTP_URL_KIND_INVALID;

    if (path && wcspbrk(path, BAD_CHARACTERS)) kind = HTTP_URL_KIND_INVALID;
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
        if (allow_files && is_file_path(name)) code = TRANSFER_OK;
        break;
    case HTTP_URL_KIND_UNC:
    case HTTP_URL_KIND_DRIVE:
        if (allow_files && !wcspbrk(name, BAD_CHARACTERS)) code = TRANSFER_OK;
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

/* The path that Win32 makes of a name, for free(): dots and slashes resolved, dots and spaces at its end gone. NULL: it
 * has no file in a directory, is a device (NUL, COM1.txt), or there is no memory. */
static WCHAR *full_path(const WCHAR *name)
{
    DWORD size = GetFullPathNameW(name, 0, NULL, NULL);
    WCHAR *path;

    if (!name_file_part(name) || !size || !(path = malloc(size * sizeof(*path)))) return NULL;
    if (GetFullPathNameW(name, size, path, NULL) < size && name_file_part(path)) return path;
    free(path);
    return NULL;
}

static transfer_code check_directory(const WCHAR *path, BOOL writable)
{
    WCHAR *directory = directory_of(path);
    transfer_code code = TRANSFER_OK;
    HANDLE handle;

    if (!directory) return ERROR_OUTOFMEMORY;
    handle = CreateFileW(directory, FILE_ADD_FILE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                         OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (handle != INVALID_HANDLE_VALUE)
    {
        CloseHandle(handle);
        /* Opening a directory says nothing of who may make files in it: Wine does not look. */
        if (writable && !access_may_add_files(directory)) code = ERROR_ACCESS_DENIED;
    }
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

transfer_code name_resolve_local(const WCHAR *name, const WCHAR *beside, enum name_use use, WCHAR **resolved)
{
    transfer_code code = TRANSFER_OK;
    DWORD attributes;
    WCHAR *path;

    *resolved = NULL;
    if (lstrlenW(name) > MAX_PATH || !(path = full_path(name))) return ERROR_INVALID_PARAMETER;
    if (!beside || !is_beside(path, beside)) code = check_directory(path, use == NAME_FOR_DOWNLOAD);
    if (!code && use == NAME_FOR_DOWNLOAD && (attributes = GetFileAttributesW(path)) != INVALID_FILE_ATTRIBUTES &&
        attributes & FILE_ATTRIBUTE_DIRECTORY)
        code = ERROR_ACCESS_DENIED;
    if (code) free(path);
    else *resolved = path;
    return code;
}

DWORD name_prepare_local(const WCHAR *name)
{
    WCHAR *directory, *path, *p;
    DWORD error = 0;

    if (!(path = full_path(name))) return ERROR_INVALID_NAME;
    free(path);
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

#define TRIES_SHORT 64
#define TRIES_MAX 4096

static LONG names_chosen; /* and tried */

BOOL name_may_repeat(void)
{
    return __atomic_load_n(&names_chosen, __ATOMIC_RELAXED) > 0x8000;
}

WCHAR *name_choose_temporary(const WCHAR *local, const WCHAR *prefix)
{
    static LONG first;
    LONG start, seen;
    const WCHAR *file = name_file_part(local);
    size_t directory = file ? file - local : 0;
    WCHAR *name;
    unsigned int tries;

    if (!file || !(name = malloc((directory + lstrlenW(prefix) + 16) * sizeof(*name)))) return NULL;
    memcpy(name, local, directory * sizeof(*name));
    start = (GetTickCount() / 16 + GetCurrentProcessId() * 7) | 1;
    if ((seen = InterlockedCompareExchange(&first, start, 0))) start = seen;
    for (tries = 0; tries < TRIES_MAX; tries++)
    {
        /* Four hex digits, as GetTempFileName makes them, while a directory has room for that.  No two calls try the
         * same: what one has chosen need not exist yet when another looks. */
        unsigned int number = start + InterlockedIncrement(&names_chosen);

        if (tries < TRIES_SHORT)
            swprintf(name + directory, lstrlenW(prefix) + 16, L"%s%04X.tmp", prefix, number & 0xffff);
        else swprintf(name + directory, lstrlenW(prefix) + 16, L"%s%08X.tmp", prefix, number * 0x9e3779b1);
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

/* --- file: URLs ---------------------------------------------------------------------------- */

static int hex_digit(WCHAR c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes that the escapes of a text stand for, in UTF-8 or, as older programs have them, in the code page; a '%'
 * that begins no escape stays.  For free(); NULL: no memory, or a NUL. */
static WCHAR *unescape(const WCHAR *text)
{
    char *bytes = utf8_copy(text), *to = bytes;
    const char *from = bytes;
    WCHAR *result = NULL;
    int length, size;
    UINT page = CP_UTF8;

    if (!bytes) return NULL;
    for (; *from; from++)
    {
        int high = *from == '%' ? hex_digit((BYTE)from[1]) : -1, low = high >= 0 ? hex_digit((BYTE)from[2]) : -1;

        if (!high && !low) goto done;
        *to++ = low >= 0 ? (char)(high << 4 | low) : *from;
        if (low >= 0) from += 2;
    }
    size = to - bytes;
    if (!(length = MultiByteToWideChar(page, MB_ERR_INVALID_CHARS, bytes, size, NULL, 0)) && size)
        length = MultiByteToWideChar(page = CP_ACP, 0, bytes, size, NULL, 0);
    if ((result = calloc(length + 1, sizeof(*result)))) MultiByteToWideChar(page, 0, bytes, size, result, length);

done:
    free(bytes);
    return result;
}

static BOOL is_slash(WCHAR c)
{
    return c == '/' || c == '\\';
}

static BOOL begins_with_drive(const WCHAR *path)
{
    WCHAR letter = path[0] | 0x20;

    return letter >= 'a' && letter <= 'z' && (path[1] == ':' || path[1] == '|') && is_slash(path[2]);
}

/* B-593: as PathCreateFromUrl of Windows.  slashes: how many were in front of rest. */
static WCHAR *path_of_file_url(const WCHAR *rest, size_t slashes)
{
    static const WCHAR this_machine[] = L"localhost";
    const size_t host = ARRAYSIZE(this_machine) - 1;
    const WCHAR *root = slashes == 2 || slashes > 3 ? L"\\\\" : slashes ? L"\\" : L"";
    WCHAR *path, *p;

    if (slashes == 2 && !_wcsnicmp(rest, this_machine, host) && is_slash(rest[host]) &&
        begins_with_drive(rest + host + 1))
        rest += host + 1;
    if (begins_with_drive(rest)) root = L"";
    if (!(path = malloc((lstrlenW(root) + lstrlenW(rest) + 1) * sizeof(*path)))) return NULL;
    lstrcpyW(path, root);
    lstrcatW(path, rest);
    for (p = path; *p; p++)
        if (*p == '/') *p = '\\';
    if (begins_with_drive(path)) path[1] = ':';
    return path;
}

WCHAR *name_path_of_remote(const WCHAR *remote)
{
    WCHAR *rest, *path;
    size_t slashes;

    if (_wcsnicmp(remote, L"file:", 5)) return string_copy(remote);
    remote += 5;
    slashes = wcsspn(remote, L"/\\");
    if (!(rest = unescape(remote + slashes))) return NULL;
    path = path_of_file_url(rest, slashes);
    free(rest);
    return path;
}
