/*
 * What codes mean, in words.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The texts come from BITS, which has the system's too, in the user's language. Scripts search English ones for the
 * words of Windows, and Wine has others: these are corrected.
 */

#include <stdlib.h>
#include <wchar.h>

#include "message.h"
#include "output.h"

/* As the lists of system and of WinHTTP error codes on Microsoft Learn give them. */
static const struct wording
{
    DWORD error;
    const WCHAR *text;
} wordings[] = {
    {ERROR_FILE_NOT_FOUND, L"The system cannot find the file specified."},
    {ERROR_PATH_NOT_FOUND, L"The system cannot find the path specified."},
    {ERROR_ACCESS_DENIED, L"Access is denied."},
    {ERROR_INVALID_HANDLE, L"The handle is invalid."},
    {ERROR_OUTOFMEMORY, L"Not enough memory resources are available to complete this operation."},
    {ERROR_INVALID_DRIVE, L"The system cannot find the drive specified."},
    {ERROR_WRITE_PROTECT, L"The media is write protected."},
    {ERROR_NOT_READY, L"The device is not ready."},
    {ERROR_SHARING_VIOLATION, L"The process cannot access the file because it is being used by another process."},
    {ERROR_NOT_SUPPORTED, L"The request is not supported."},
    {ERROR_BAD_NETPATH, L"The network path was not found."},
    {ERROR_NETWORK_ACCESS_DENIED, L"Network access is denied."},
    {ERROR_BAD_NET_NAME, L"The network name cannot be found."},
    {ERROR_FILE_EXISTS, L"The file exists."},
    {ERROR_CANNOT_MAKE, L"The directory or file cannot be created."},
    {ERROR_INVALID_PARAMETER, L"The parameter is incorrect."},
    {ERROR_DISK_FULL, L"There is not enough space on the disk."},
    {ERROR_INVALID_NAME, L"The filename, directory name, or volume label syntax is incorrect."},
    {ERROR_BAD_PATHNAME, L"The specified path is invalid."},
    {ERROR_ALREADY_EXISTS, L"Cannot create a file when that file already exists."},
    {ERROR_FILENAME_EXCED_RANGE, L"The filename or extension is too long."},
    {ERROR_INVALID_INDEX, L"Invalid index."},
    {ERROR_SERVICE_DISABLED, L"The service cannot be started, either because it is disabled or because it has no "
                             L"enabled devices associated with it."},
    {ERROR_SERVICE_DOES_NOT_EXIST, L"The specified service does not exist as an installed service."},
    {ERROR_NOT_FOUND, L"Element not found."},
    {ERROR_NOT_LOGGED_ON, L"The operation being requested was not performed because the user has not logged on to the "
                          L"network. The specified service does not exist."},
    {RPC_S_SERVER_UNAVAILABLE, L"The RPC server is unavailable."},
    {RPC_S_CALL_FAILED, L"The remote procedure call failed."},
    {RPC_X_NULL_REF_POINTER, L"A null reference pointer was passed to the stub."},
    {RPC_X_BAD_STUB_DATA, L"The stub received bad data."},
    {12002, L"The operation timed out"},
    {12007, L"The server name or address could not be resolved"},
    {12029, L"A connection with the server could not be established"},
    {12030, L"The connection with the server was terminated abnormally"},
    {12152, L"The server returned an invalid or unrecognized response"},
};

static const WCHAR *find_wording(HRESULT hr)
{
    size_t i;

    if (PRIMARYLANGID(LANGIDFROMLCID(GetThreadLocale())) != LANG_ENGLISH) return NULL;
    for (i = 0; i < ARRAYSIZE(wordings); i++)
    {
        if (hr == HRESULT_FROM_WIN32(wordings[i].error)) return wordings[i].text;
    }
    return NULL;
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

WCHAR *message_of_code(IBackgroundCopyManager *manager, HRESULT hr)
{
    DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    DWORD language = LANGIDFROMLCID(GetThreadLocale());
    const WCHAR *wording = find_wording(hr);
    WCHAR *text = NULL, *copy = NULL;

    if (wording) return trimmed_copy(wording);
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
