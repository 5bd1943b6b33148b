/*
 * The window: the list, the details of what is selected, the menu.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <commctrl.h>
#include <shellapi.h>
#include <shlwapi.h>

#include "monitor.h"

#define DETAILS_HEIGHT 92

struct window
{
    HWND handle, list, details, status;
    HFONT font;
    struct worker *worker;
    struct snapshot *snapshot; /* what the list shows; NULL before the first */
    bool asking;               /* a message box is open */
};

/* --- what is selected --------------------------------------------------------------------------------- */

static unsigned int selected_count(const struct window *window)
{
    return SendMessageW(window->list, LVM_GETSELECTEDCOUNT, 0, 0);
}

/* What can be done to at least one of the selected jobs. */
static unsigned int selected_actions(const struct window *window)
{
    const struct job *job;
    unsigned int actions = 0;
    int row = -1;

    while ((job = joblist_selected(window->list, window->snapshot, &row))) actions |= job->actions;
    return actions;
}

static const struct job *first_selected(const struct window *window)
{
    int row = -1;

    return joblist_selected(window->list, window->snapshot, &row);
}

/* Set a control's text unless it is there already: what somebody reads or copies stays as it is. */
static void set_text(HWND control, const WCHAR *text)
{
    int length = GetWindowTextLengthW(control);
    WCHAR *now = calloc(length + 1, sizeof(*now));

    if (!now || !GetWindowTextW(control, now, length + 1) || wcscmp(now, text)) SetWindowTextW(control, text);
    free(now);
}

static void show_details(struct window *window)
{
    const struct job *job = selected_count(window) == 1 ? first_selected(window) : NULL;
    WCHAR *text = job ? format_details(job) : NULL;

    set_text(window->details, text ? text : L"");
    free(text);
}

static void take_snapshot(struct window *window)
{
    struct snapshot *snapshot = worker_take_snapshot(window->worker), *old = window->snapshot;
    WCHAR *text;

    if (!snapshot) return;
    joblist_update(window->list, old, snapshot);
    window->snapshot = snapshot;
    snapshot_destroy(old);
    InvalidateRect(window->list, NULL, FALSE);
    show_details(window);
    if ((text = format_status(snapshot))) set_text(window->status, text);
    free(text);
}

/* --- commands ------------------------------------------------------------------------------------------- */

static int ask(struct window *window, const WCHAR *text, UINT type)
{
    WCHAR title[TEXT_SIZE];
    int answer;

    window->asking = true;
    answer = MessageBoxW(window->handle, text ? text : L"", load_text(IDS_TITLE, title, ARRAYSIZE(title)), type);
    window->asking = false;
    return answer;
}

/* Of messages one at a time is enough: the first says what is wrong. Takes the text. */
static void complain(struct window *window, WCHAR *text)
{
    if (!window->asking) ask(window, text, MB_OK | MB_ICONWARNING);
    free(text);
}

static bool confirm_cancel(struct window *window)
{
    unsigned int count = selected_count(window);
    WCHAR name[TEXT_SIZE], number[16], *text;
    const struct job *job;
    bool yes;

    if (!(job = first_selected(window))) return false;
    swprintf(number, ARRAYSIZE(number), L"%u", count);
    if (count > 1) text = format_text(IDS_CONFIRM_CANCEL_MANY, number);
    else text = format_text(IDS_CONFIRM_CANCEL_ONE, format_cell(job, COLUMN_NAME, name, ARRAYSIZE(name)));
    yes = ask(window, text, MB_YESNO | MB_ICONQUESTION | MB_DEFBUTTON2) == IDYES;
    free(text);
    return yes;
}

static void act(struct window *window, enum action action)
{
    const struct job *job;
    int row = -1;

    if (!(selected_actions(window) & 1 << action)) return;
    if (action == ACTION_CANCEL && !confirm_cancel(window)) return;
    /* While somebody was asked the list may have changed; selected are the same jobs. */
    while ((job = joblist_selected(window->list, window->snapshot, &row)))
        if (job->actions & 1 << action) worker_act(window->worker, job, action);
}

/* The addresses of all selected jobs, one a line. */
static void copy_urls(struct window *window)
{
    const struct job *job;
    size_t length = 1;
    HGLOBAL memory;
    WCHAR *text;
    int row = -1;

    while ((job = joblist_selected(window->list, window->snapshot, &row)))
        if (job->url) length += wcslen(job->url) + 2;
    if (length == 1 || !OpenClipboard(window->handle)) return;
    EmptyClipboard();
    if ((memory = GlobalAlloc(GMEM_MOVEABLE | GMEM_ZEROINIT, length * sizeof(WCHAR))) && (text = GlobalLock(memory)))
    {
        while ((job = joblist_selected(window->list, window->snapshot, &row)))
        {
            if (!job->url) continue;
            if (*text) wcscat(text, L"\r\n");
            wcscat(text, job->url);
        }
        GlobalUnlock(memory);
        if (SetClipboardData(CF_UNICODETEXT, memory)) memory = NULL; /* it is the system's now */
    }
    GlobalFree(memory);
    CloseClipboard();
}

static void open_folder(struct window *window)
{
    const struct job *job = first_selected(window);
    WCHAR folder[MAX_PATH];

    if (!job || !job->path) return;
    lstrcpynW(folder, job->path, ARRAYSIZE(folder));
    PathRemoveFileSpecW(folder);
    if ((INT_PTR)ShellExecuteW(window->handle, NULL, folder, NULL, NULL, SW_SHOWNORMAL) <= 32)
        complain(window, format_text(IDS_FAILED_FOLDER, folder));
}

static void select_all(struct window *window)
{
    LVITEMW item = {.state = LVIS_SELECTED, .stateMask = LVIS_SELECTED};

    SendMessageW(window->list, LVM_SETITEMSTATE, -1, (LPARAM)&item);
}

static void about(struct window *window)
{
    WCHAR *text = format_text(IDS_ABOUT, L"" WINE_BITS_VERSION);

    ask(window, text, MB_OK | MB_ICONINFORMATION);
    free(text);
}

static void run_command(struct window *window, UINT command)
{
    switch (command)
    {
    case IDM_PAUSE:
    case IDM_RESUME:
    case IDM_RETRY:
    case IDM_COMPLETE:
    case IDM_CANCEL: act(window, command - IDM_PAUSE); break;
    case IDM_COPY_URL: copy_urls(window); break;
    case IDM_OPEN_FOLDER: open_folder(window); break;
    case IDM_REFRESH: worker_refresh(window->worker); break;
    case IDM_SELECT_ALL: select_all(window); break;
    case IDM_CLOSE: DestroyWindow(window->handle); break;
    case IDM_ABOUT: about(window); break;
    }
}

static void enable_command(HMENU menu, UINT command, bool enabled)
{
    EnableMenuItem(menu, command, MF_BYCOMMAND | (enabled ? MF_ENABLED : MF_GRAYED));
}

static void update_menu(struct window *window, HMENU menu)
{
    const struct job *job = first_selected(window);
    unsigned int actions = selected_actions(window), i;

    for (i = 0; i < ACTION_COUNT; i++) enable_command(menu, IDM_PAUSE + i, actions & 1 << i);
    enable_command(menu, IDM_COPY_URL, job && job->url);
    enable_command(menu, IDM_OPEN_FOLDER, job && job->path);
}

/* The first menu of the bar, at the mouse; or, for the keyboard, at the corner of the list. */
static void show_context_menu(struct window *window, LPARAM place)
{
    POINT point = {(short)LOWORD(place), (short)HIWORD(place)};

    if (place == -1)
    {
        point.x = point.y = 0;
        ClientToScreen(window->list, &point);
    }
    TrackPopupMenu(GetSubMenu(GetMenu(window->handle), 0), TPM_RIGHTBUTTON, point.x, point.y, 0, window->handle, NULL);
}

/* --- the window --------------------------------------------------------------------------------------------- */

static void lay_out(struct window *window)
{
    RECT client, status;
    int height;

    SendMessageW(window->status, WM_SIZE, 0, 0);
    GetClientRect(window->handle, &client);
    GetWindowRect(window->status, &status);
    height = max(0, client.bottom - (status.bottom - status.top) - DETAILS_HEIGHT);
    MoveWindow(window->list, 0, 0, client.right, height, TRUE);
    MoveWindow(window->details, 0, height, client.right, DETAILS_HEIGHT, TRUE);
}

static bool create_controls(struct window *window)
{
    DWORD style = WS_CHILD | WS_VISIBLE | WS_TABSTOP | WS_VSCROLL | ES_MULTILINE | ES_READONLY;
    NONCLIENTMETRICSW metrics = {.cbSize = sizeof(metrics)};
    HINSTANCE module = GetModuleHandleW(NULL);
    WCHAR text[TEXT_SIZE];

    window->list = joblist_create(window->handle);
    window->details = CreateWindowExW(0, WC_EDITW, NULL, style, 0, 0, 0, 0, window->handle, (HMENU)(INT_PTR)IDC_DETAILS,
                                      module, NULL);
    window->status = CreateWindowExW(0, STATUSCLASSNAMEW, load_text(IDS_CONNECTING, text, ARRAYSIZE(text)),
                                     WS_CHILD | WS_VISIBLE | SBARS_SIZEGRIP, 0, 0, 0, 0, window->handle,
                                     (HMENU)(INT_PTR)IDC_STATUS, module, NULL);
    if (!window->list || !window->details || !window->status) return false;
    if (SystemParametersInfoW(SPI_GETNONCLIENTMETRICS, sizeof(metrics), &metrics, 0) &&
        (window->font = CreateFontIndirectW(&metrics.lfMessageFont)))
    {
        SendMessageW(window->list, WM_SETFONT, (WPARAM)window->font, FALSE);
        SendMessageW(window->details, WM_SETFONT, (WPARAM)window->font, FALSE);
    }
    return true;
}

static struct window *window_init(HWND handle)
{
    struct window *window = calloc(1, sizeof(*window));

    if (!window) return NULL;
    window->handle = handle;
    SetWindowLongPtrW(handle, GWLP_USERDATA, (LONG_PTR)window);
    return create_controls(window) && (window->worker = worker_create(handle)) ? window : NULL;
}

static void window_cleanup(HWND handle, struct window *window)
{
    ShowWindow(handle, SW_HIDE);
    SetWindowLongPtrW(handle, GWLP_USERDATA, 0);
    worker_destroy(window->worker);
    snapshot_destroy(window->snapshot);
    if (window->font) DeleteObject(window->font);
    free(window);
}

static LRESULT notify(struct window *window, NMHDR *header)
{
    if (header->hwndFrom != window->list) return 0;
    switch (header->code)
    {
    case NM_CUSTOMDRAW: return joblist_draw(window->list, window->snapshot, (NMLVCUSTOMDRAW *)header);
    case LVN_ITEMCHANGED: show_details(window); break;
    case NM_DBLCLK: open_folder(window); break;
    }
    return 0;
}

static LRESULT CALLBACK window_procedure(HWND handle, UINT message, WPARAM wparam, LPARAM lparam)
{
    struct window *window = (struct window *)GetWindowLongPtrW(handle, GWLP_USERDATA);

    if (message == WM_CREATE) return window_init(handle) ? 0 : -1;
    if (!window) return DefWindowProcW(handle, message, wparam, lparam);
    switch (message)
    {
    case WM_SIZE: lay_out(window); return 0;
    case WM_SETFOCUS: SetFocus(window->list); return 0;
    case WM_NOTIFY: return notify(window, (NMHDR *)lparam);
    case WM_COMMAND: run_command(window, LOWORD(wparam)); return 0;
    case WM_INITMENUPOPUP: update_menu(window, (HMENU)wparam); return 0;
    case WM_CONTEXTMENU:
        if ((HWND)wparam == window->list) show_context_menu(window, lparam);
        return 0;
    case WM_MONITOR_SNAPSHOT: take_snapshot(window); return 0;
    case WM_MONITOR_FAILED: complain(window, (WCHAR *)lparam); return 0;
    case WM_DESTROY:
        window_cleanup(handle, window);
        PostQuitMessage(0);
        return 0;
    }
    return DefWindowProcW(handle, message, wparam, lparam);
}

HWND window_create(int show)
{
    HINSTANCE module = GetModuleHandleW(NULL);
    WNDCLASSEXW class = {.cbSize = sizeof(class)};
    WCHAR title[TEXT_SIZE];
    HWND handle;

    class.lpfnWndProc = window_procedure;
    class.hInstance = module;
    class.hIcon = LoadIconW(module, MAKEINTRESOURCEW(IDI_MONITOR));
    class.hCursor = LoadCursorW(NULL, (WCHAR *)IDC_ARROW);
    class.hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1);
    class.lpszMenuName = MAKEINTRESOURCEW(IDR_MENU);
    class.lpszClassName = WINDOW_CLASS;
    if (!RegisterClassExW(&class)) return NULL;
    handle = CreateWindowExW(0, WINDOW_CLASS, load_text(IDS_TITLE, title, ARRAYSIZE(title)), WS_OVERLAPPEDWINDOW,
                             CW_USEDEFAULT, CW_USEDEFAULT, 1180, 420, NULL, NULL, module, NULL);
    if (handle) ShowWindow(handle, show);
    return handle;
}
