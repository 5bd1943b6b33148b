/*
 * The start of the monitor, and its message loop.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <commctrl.h>
#include <objbase.h>

#include "monitor.h"

/* A second start shows the window of the first. */
static bool show_running_one(void)
{
    HWND window = FindWindowW(WINDOW_CLASS, NULL);

    if (!window) return false;
    if (IsIconic(window)) ShowWindow(window, SW_RESTORE);
    SetForegroundWindow(window);
    return true;
}

/*
 * The window's thread is a single-threaded apartment, because the shell wants one; the worker enters the
 * multithreaded one. The security is that of the whole process: the services have to see who asks and, to write
 * files, to act as him.
 */
static bool start_com(void)
{
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE))) return false;
    CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE,
                         NULL);
    return true;
}

int WINAPI wWinMain(HINSTANCE module, HINSTANCE previous, WCHAR *command_line, int show)
{
    INITCOMMONCONTROLSEX controls = {sizeof(controls), ICC_LISTVIEW_CLASSES | ICC_BAR_CLASSES};
    HACCEL keys = LoadAcceleratorsW(module, MAKEINTRESOURCEW(IDR_KEYS));
    HWND window;
    MSG message;

    if (show_running_one()) return 0;
    if (!InitCommonControlsEx(&controls) || !start_com()) return 1;
    if (!(window = window_create(show))) return 1;
    while (GetMessageW(&message, NULL, 0, 0) > 0)
    {
        if (TranslateAcceleratorW(window, keys, &message) || IsDialogMessageW(window, &message)) continue;
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    CoUninitialize();
    return 0;
}
