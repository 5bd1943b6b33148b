/*
 * Having Wine install its own files again where ours were.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The means is the one Wine makes a prefix with: an INF section that names DLLs of Wine.  wineboot -u does
 * the same for all of Wine's files, and resets much else in the registry with that.
 */

#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "wbsetup.h"

/* Wildcards, because a plain name makes an empty placeholder where this Wine has no such file.  Wine
 * registers what it installs. */
static const char restore_inf[] = "[Version]\r\n"
                                  "Signature=\"$CHICAGO$\"\r\n"
                                  "\r\n"
                                  "[DefaultInstall]\r\n"
                                  "WineFakeDlls=WineFiles\r\n"
                                  "\r\n"
                                  "[WineFiles]\r\n"
                                  "11,,qmgr*.dll\r\n"
                                  "11,,dosvc*.dll\r\n"
                                  "11,,bitsadmin*.exe\r\n";

static DWORD write_inf(WCHAR path[MAX_PATH])
{
    WCHAR directory[MAX_PATH];
    DWORD error = 0, written;
    HANDLE file;

    path[0] = 0;
    if (!GetTempPathW(ARRAYSIZE(directory), directory) || !GetTempFileNameW(directory, L"wbs", 0, path))
        return complain(GetLastError(), L"cannot make a temporary file");
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) return complain(GetLastError(), L"cannot write %ls", path);
    if (!WriteFile(file, restore_inf, strlen(restore_inf), &written, NULL)) error = GetLastError();
    CloseHandle(file);
    if (error) complain(error, L"cannot write %ls", path);
    return error;
}

/* Let the rundll32 of one system directory process the file. */
static DWORD install_inf(const WCHAR *directory, const WCHAR *inf)
{
    WCHAR command[3 * MAX_PATH];
    STARTUPINFOW startup = {sizeof(startup)};
    PROCESS_INFORMATION process;

    swprintf(command, ARRAYSIZE(command), L"%ls\\rundll32.exe setupapi.dll,InstallHinfSection DefaultInstall 128 %ls",
             directory, inf);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        return complain(GetLastError(), L"cannot run %ls\\rundll32.exe", directory);
    WaitForSingleObject(process.hProcess, INFINITE);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    return 0;
}

/* Does the directory belong to a half of Wine that is there? */
static BOOL has_wine(const WCHAR *directory)
{
    WCHAR path[MAX_PATH + 32];

    swprintf(path, ARRAYSIZE(path), L"%ls\\ntdll.dll", directory);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

DWORD restore_wine_files(void)
{
    WCHAR inf[MAX_PATH], system[MAX_PATH], wow64[MAX_PATH];
    DWORD error;

    if (!(error = write_inf(inf)))
    {
        GetSystemDirectoryW(system, ARRAYSIZE(system));
        error = install_inf(system, inf);
        if (GetSystemWow64DirectoryW(wow64, ARRAYSIZE(wow64)) && has_wine(wow64) && !error)
            error = install_inf(wow64, inf);
    }
    if (inf[0]) DeleteFileW(inf);
    return error;
}
