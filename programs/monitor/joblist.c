/*
 * The list of jobs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <commctrl.h>

#include "monitor.h"

static const int widths[COLUMN_COUNT] = {160, 150, 110, 110, 140, 80, 70, 340};

HWND joblist_create(HWND parent)
{
    DWORD style = WS_CHILD | WS_VISIBLE | WS_TABSTOP | LVS_REPORT | LVS_SHOWSELALWAYS;
    DWORD extended = LVS_EX_FULLROWSELECT | LVS_EX_DOUBLEBUFFER | LVS_EX_LABELTIP | LVS_EX_HEADERDRAGDROP;
    LVCOLUMNW column = {.mask = LVCF_TEXT | LVCF_WIDTH | LVCF_SUBITEM | LVCF_FMT};
    WCHAR text[TEXT_SIZE];
    HWND list;
    int i;

    list = CreateWindowExW(WS_EX_CLIENTEDGE, WC_LISTVIEWW, NULL, style, 0, 0, 0, 0, parent, (HMENU)(INT_PTR)IDC_LIST,
                           GetModuleHandleW(NULL), NULL);
    if (!list) return NULL;
    SendMessageW(list, LVM_SETEXTENDEDLISTVIEWSTYLE, 0, extended);
    for (i = 0; i < COLUMN_COUNT; i++)
    {
        column.iSubItem = i;
        column.cx = widths[i];
        column.pszText = load_text(IDS_COLUMN_NAME + i, text, ARRAYSIZE(text));
        column.fmt = i == COLUMN_SIZE || i == COLUMN_SPEED || i == COLUMN_TIME_LEFT ? LVCFMT_RIGHT : LVCFMT_LEFT;
        SendMessageW(list, LVM_INSERTCOLUMNW, i, (LPARAM)&column);
    }
    return list;
}

static void set_cell(HWND list, int row, enum column column, WCHAR *text)
{
    LVITEMW item = {.iSubItem = column, .pszText = text};

    SendMessageW(list, LVM_SETITEMTEXTW, row, (LPARAM)&item);
}

/* Make row that of a job; old is what it has shown so far, NULL if it is new. */
static void update_row(HWND list, int row, const struct job *old, const struct job *job)
{
    WCHAR before[1024], now[1024];
    int i;

    for (i = 0; i < COLUMN_COUNT; i++)
    {
        format_cell(job, i, now, ARRAYSIZE(now));
        if (!old || wcscmp(format_cell(old, i, before, ARRAYSIZE(before)), now)) set_cell(list, row, i, now);
    }
}

static void set_row_count(HWND list, unsigned int count)
{
    LVITEMW item = {.mask = LVIF_TEXT, .pszText = (WCHAR *)L""};
    unsigned int now = SendMessageW(list, LVM_GETITEMCOUNT, 0, 0);

    for (; now < count; now++)
    {
        item.iItem = now;
        SendMessageW(list, LVM_INSERTITEMW, 0, (LPARAM)&item);
    }
    for (; now > count; now--) SendMessageW(list, LVM_DELETEITEM, now - 1, 0);
}

/* Whether a job is selected and has the keyboard, in whatever row it is. */
static UINT state_of_job(HWND list, const struct snapshot *snapshot, const struct job *job)
{
    const struct job *shown = snapshot_find(snapshot, job->source, &job->id);

    if (!shown) return 0;
    return SendMessageW(list, LVM_GETITEMSTATE, shown - snapshot->jobs, LVIS_SELECTED | LVIS_FOCUSED);
}

/* Row n shows job n of a snapshot. Jobs move up when others go, and take their selection along. */
void joblist_update(HWND list, const struct snapshot *old, const struct snapshot *new)
{
    LVITEMW item = {.stateMask = LVIS_SELECTED | LVIS_FOCUSED};
    UINT *states = calloc(new->count + 1, sizeof(*states));
    unsigned int row;

    for (row = 0; states && row < new->count; row++) states[row] = state_of_job(list, old, &new->jobs[row]);
    set_row_count(list, new->count);
    for (row = 0; row < new->count; row++)
    {
        update_row(list, row, old && row < old->count ? &old->jobs[row] : NULL, &new->jobs[row]);
        if (!states || states[row] == (UINT)SendMessageW(list, LVM_GETITEMSTATE, row, item.stateMask)) continue;
        item.state = states[row];
        SendMessageW(list, LVM_SETITEMSTATE, row, (LPARAM)&item);
    }
    free(states);
}

const struct job *joblist_selected(HWND list, const struct snapshot *snapshot, int *row)
{
    *row = SendMessageW(list, LVM_GETNEXTITEM, *row, LVNI_SELECTED);
    return *row >= 0 && snapshot && *row < (int)snapshot->count ? &snapshot->jobs[*row] : NULL;
}

static void draw_progress(HWND list, const struct job *job, NMLVCUSTOMDRAW *draw)
{
    RECT cell = {.left = LVIR_BOUNDS, .top = COLUMN_PROGRESS}, bar;
    int row = draw->nmcd.dwItemSpec, percent = job_percent(job);
    HDC dc = draw->nmcd.hdc;
    bool failed = job->state == STATE_ERROR;
    WCHAR text[16];

    SendMessageW(list, LVM_GETSUBITEMRECT, row, (LPARAM)&cell);
    FillRect(dc, &cell, GetSysColorBrush(COLOR_WINDOW));
    InflateRect(&cell, -2, -2);
    FrameRect(dc, &cell, GetSysColorBrush(COLOR_BTNSHADOW));
    InflateRect(&cell, -1, -1);
    bar = cell;
    bar.right = bar.left + (cell.right - cell.left) * percent / 100;
    FillRect(dc, &bar, GetSysColorBrush(failed ? COLOR_GRAYTEXT : COLOR_GRADIENTACTIVECAPTION));
    SetBkMode(dc, TRANSPARENT);
    SetTextColor(dc, GetSysColor(COLOR_WINDOWTEXT));
    format_cell(job, COLUMN_PROGRESS, text, ARRAYSIZE(text));
    DrawTextW(dc, text, -1, &cell, DT_CENTER | DT_VCENTER | DT_SINGLELINE | DT_NOPREFIX);
}

LRESULT joblist_draw(HWND list, const struct snapshot *snapshot, NMLVCUSTOMDRAW *draw)
{
    switch (draw->nmcd.dwDrawStage)
    {
    case CDDS_PREPAINT: return CDRF_NOTIFYITEMDRAW;
    case CDDS_ITEMPREPAINT: return CDRF_NOTIFYSUBITEMDRAW;
    case CDDS_ITEMPREPAINT | CDDS_SUBITEM:
        if (draw->iSubItem != COLUMN_PROGRESS || !snapshot || draw->nmcd.dwItemSpec >= snapshot->count) break;
        if (job_percent(&snapshot->jobs[draw->nmcd.dwItemSpec]) < 0) break;
        draw_progress(list, &snapshot->jobs[draw->nmcd.dwItemSpec], draw);
        return CDRF_SKIPDEFAULT;
    }
    return CDRF_DODEFAULT;
}
