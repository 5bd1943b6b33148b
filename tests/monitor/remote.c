/*
 * The window of another process: found, read and commanded by messages.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "driver.h"
#include "wine/test.h"
#include "support/client.h"
#include "../../programs/monitor/resource.h"

#define MEMORY_SIZE 8192
#define POLL_MS 50

/* A window that does not answer for so long is blocked. */
static LRESULT ask(struct monitor *monitor, HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    DWORD_PTR result = 0;

    ok(SendMessageTimeoutW(window, message, wparam, lparam, SMTO_ABORTIFHUNG, SOON_MS, &result) != 0,
       "the window does not answer message %#x, error %lu\n", message, GetLastError());
    return result;
}

BOOL monitor_start(struct monitor *monitor, const WCHAR *program)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR command[MAX_PATH + 2];
    PROCESS_INFORMATION process;
    DWORD waited;

    memset(monitor, 0, sizeof(*monitor));
    swprintf(command, ARRAYSIZE(command), L"\"%ls\"", program);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
    {
        ok(0, "cannot start %ls, error %lu\n", program, GetLastError());
        return FALSE;
    }
    CloseHandle(process.hThread);
    monitor->process = process.hProcess;
    for (waited = 0; waited < SOON_MS && !monitor->window; waited += POLL_MS)
    {
        if (WaitForSingleObject(monitor->process, POLL_MS) == WAIT_OBJECT_0) break;
        /* It can be found before it has its controls; the status is the last one. */
        monitor->window = FindWindowW(L"wine-bits-monitor", NULL);
        if (monitor->window && !GetDlgItem(monitor->window, IDC_STATUS)) monitor->window = NULL;
    }
    ok(monitor->window != NULL, "no window\n");
    if (!monitor->window) return FALSE;
    monitor->list = GetDlgItem(monitor->window, IDC_LIST);
    monitor->module = LoadLibraryExW(program, NULL, LOAD_LIBRARY_AS_DATAFILE);
    monitor->memory = VirtualAllocEx(monitor->process, NULL, MEMORY_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    ok(monitor->list && monitor->module && monitor->memory, "list %p, module %p, memory %p, error %lu\n", monitor->list,
       monitor->module, monitor->memory, GetLastError());
    return monitor->list && monitor->module && monitor->memory;
}

void monitor_stop(struct monitor *monitor)
{
    DWORD code = ~0u;

    if (IsWindow(monitor->window)) monitor_command(monitor, IDM_CLOSE);
    ok(WaitForSingleObject(monitor->process, SOON_MS) == WAIT_OBJECT_0, "the program does not end\n");
    GetExitCodeProcess(monitor->process, &code);
    ok_int(code, 0);
    CloseHandle(monitor->process);
    if (monitor->module) FreeLibrary(monitor->module);
}

const WCHAR *monitor_text(struct monitor *monitor, UINT id)
{
    static WCHAR texts[8][256];
    static unsigned int next;
    WCHAR *text = texts[next++ % ARRAYSIZE(texts)];

    ok(LoadStringW(monitor->module, id, text, ARRAYSIZE(texts[0])), "no text %u\n", id);
    return text;
}

int monitor_rows(struct monitor *monitor)
{
    return ask(monitor, monitor->list, LVM_GETITEMCOUNT, 0, 0);
}

WCHAR *monitor_cell(struct monitor *monitor, int row, int column, WCHAR *buffer, int size)
{
    WCHAR *text = (WCHAR *)(monitor->memory + 1024);
    LVITEMW item = {.iSubItem = column, .pszText = text, .cchTextMax = 1024};
    WCHAR copy[1024];

    *buffer = 0;
    if (!WriteProcessMemory(monitor->process, monitor->memory, &item, sizeof(item), NULL)) return buffer;
    ask(monitor, monitor->list, LVM_GETITEMTEXTW, row, (LPARAM)monitor->memory);
    if (ReadProcessMemory(monitor->process, text, copy, sizeof(copy), NULL)) lstrcpynW(buffer, copy, size);
    return buffer;
}

int monitor_find(struct monitor *monitor, const WCHAR *name)
{
    int row, rows = monitor_rows(monitor);
    WCHAR text[256];

    for (row = 0; row < rows; row++)
        if (!wcscmp(monitor_cell(monitor, row, 0, text, ARRAYSIZE(text)), name)) return row;
    return -1;
}

static void set_state(struct monitor *monitor, int row, UINT state)
{
    LVITEMW item = {.state = state, .stateMask = LVIS_SELECTED | LVIS_FOCUSED};

    WriteProcessMemory(monitor->process, monitor->memory, &item, sizeof(item), NULL);
    ask(monitor, monitor->list, LVM_SETITEMSTATE, row, (LPARAM)monitor->memory);
}

BOOL monitor_select(struct monitor *monitor, const WCHAR *name)
{
    int row = monitor_find(monitor, name);

    ok(row >= 0, "no row %ls\n", name);
    if (row < 0) return FALSE;
    set_state(monitor, -1, 0);
    set_state(monitor, row, LVIS_SELECTED | LVIS_FOCUSED);
    return TRUE;
}

void monitor_command(struct monitor *monitor, UINT command)
{
    ok(PostMessageW(monitor->window, WM_COMMAND, command, 0), "cannot send command %u, error %lu\n", command,
       GetLastError());
}

BOOL monitor_answer(struct monitor *monitor, int button, WCHAR *text, int size)
{
    HWND box = NULL, child = NULL;
    DWORD process, waited, ours = GetProcessId(monitor->process);

    for (waited = 0; waited < SOON_MS; waited += POLL_MS)
    {
        while ((box = FindWindowExW(NULL, box, L"#32770", NULL)))
        {
            GetWindowThreadProcessId(box, &process);
            if (process == ours && GetDlgItem(box, button)) break;
        }
        if (box) break;
        Sleep(POLL_MS);
    }
    ok(box != NULL, "no message box with button %d\n", button);
    if (!box) return FALSE;
    *text = 0;
    while ((child = FindWindowExW(box, child, L"Static", NULL)))
    {
        WCHAR part[1024];

        if (ask(monitor, child, WM_GETTEXT, ARRAYSIZE(part), (LPARAM)part)) lstrcpynW(text, part, size);
    }
    PostMessageW(box, WM_COMMAND, button, 0);
    for (waited = 0; waited < SOON_MS && IsWindow(box); waited += POLL_MS) Sleep(POLL_MS);
    ok(!IsWindow(box), "the message box stays\n");
    return TRUE;
}

WCHAR *monitor_child_text(struct monitor *monitor, int id, WCHAR *buffer, int size)
{
    *buffer = 0;
    ask(monitor, GetDlgItem(monitor->window, id), WM_GETTEXT, size, (LPARAM)buffer);
    return buffer;
}
