/*
 * What bitsadmin prints, on a console or into a file or pipe.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A console gets UTF-16, everything else the console's code page and CR LF, as from every Windows program.
 */

#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "commands.h"

/* Consoles of old refuse more than 64 KiB at once. */
#define CONSOLE_CHUNK 8192

static struct
{
    HANDLE handle;
    bool console, cut, lost;
    size_t column; /* characters written in this line; counted while lines are cut */
} out;

void output_init(void)
{
    DWORD mode;

    out.handle = GetStdHandle(STD_OUTPUT_HANDLE);
    out.console = GetConsoleMode(out.handle, &mode);
}

void output_cut_lines(bool cut)
{
    out.cut = cut;
}

bool output_is_console(void)
{
    return out.console;
}

bool output_is_lost(void)
{
    return out.lost;
}

void out_of_memory(void)
{
    static const char message[] = "Out of memory.\r\n";
    DWORD written;

    WriteFile(out.handle, message, sizeof(message) - 1, &written, NULL);
    exit(RESULT_FAILED);
}

void *allocate(size_t size)
{
    void *memory = malloc(size ? size : 1);

    if (!memory) out_of_memory();
    return memory;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_console(const WCHAR *text, size_t length)
{
    DWORD chunk, written;

    while (length)
    {
        chunk = length < CONSOLE_CHUNK ? length : CONSOLE_CHUNK;
        if (!WriteConsoleW(out.handle, text, chunk, &written, NULL) || !written)
        {
            out.lost = true;
            return;
        }
        text += written;
        length -= written;
    }
}

static void write_bytes(const char *bytes, size_t size)
{
    DWORD written;

    while (size)
    {
        if (!WriteFile(out.handle, bytes, size, &written, NULL) || !written)
        {
            out.lost = true;
            return;
        }
        bytes += written;
        size -= written;
    }
}

static UINT output_code_page(void)
{
    UINT page = GetConsoleOutputCP();

    return page ? page : GetOEMCP();
}

static void write_file(const WCHAR *text, size_t length)
{
    WCHAR *lines = allocate(2 * length * sizeof(*lines));
    UINT page = output_code_page();
    size_t i, count = 0;
    char *bytes;
    int size;

    for (i = 0; i < length; i++)
    {
        if (text[i] == '\n') lines[count++] = '\r';
        lines[count++] = text[i];
    }
    if ((size = WideCharToMultiByte(page, 0, lines, count, NULL, 0, NULL, NULL)) > 0)
    {
        bytes = allocate(size);
        WideCharToMultiByte(page, 0, lines, count, bytes, size, NULL, NULL);
        write_bytes(bytes, size);
        free(bytes);
    }
    free(lines);
}

/* Columns of the console that a line may fill without going on in the next row. */
static size_t line_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    if (!GetConsoleScreenBufferInfo(out.handle, &info) || info.dwSize.X < 2) return SIZE_MAX;
    return info.dwSize.X - 1;
}

static void write_cut(const WCHAR *text, size_t length)
{
    size_t i, start, width = line_width();

    for (i = 0; i < length;)
    {
        for (start = i; i < length && text[i] != '\n'; i++) {}
        if (out.column < width) write_console(text + start, min(i - start, width - out.column));
        out.column += i - start;
        if (i == length) break;
        write_console(L"\n", 1);
        out.column = 0;
        i++;
    }
}

static void write_text(const WCHAR *text)
{
    size_t length = wcslen(text);

    if (!length) return;
    if (!out.console) write_file(text, length);
    else if (out.cut) write_cut(text, length);
    else write_console(text, length);
}

WCHAR *format_text(const WCHAR *format, va_list args)
{
    va_list again;
    WCHAR *text;
    int length;

    va_copy(again, args);
    length = _vscwprintf(format, again);
    va_end(again);
    if (length < 0) length = 0;
    text = allocate((length + 1) * sizeof(*text));
    _vsnwprintf(text, length + 1, format, args);
    text[length] = 0;
    return text;
}

void print_args(const WCHAR *format, va_list args)
{
    WCHAR *text = format_text(format, args);

    write_text(text);
    free(text);
}

void print(const WCHAR *format, ...)
{
    va_list args;

    va_start(args, format);
    print_args(format, args);
    va_end(args);
}

/* --- the screen ------------------------------------------------------------------------------- */

void output_redraw(const WCHAR *const *lines, unsigned int count, bool *drawn)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    size_t i, length, width;
    COORD top = {0, 0};
    WCHAR *row;

    if (!out.console || !GetConsoleScreenBufferInfo(out.handle, &info)) return;
    if (*drawn)
    {
        /* Each line filled one row, so where the cursor is tells where they are, even after scrolling. */
        top.Y = info.dwCursorPosition.Y >= (SHORT)count ? info.dwCursorPosition.Y - count : 0;
        SetConsoleCursorPosition(out.handle, top);
    }
    width = info.dwSize.X > 1 ? info.dwSize.X - 1 : 1;
    row = allocate((width + 1) * sizeof(*row));
    for (i = 0; i < count; i++)
    {
        length = min(wcslen(lines[i]), width);
        wmemcpy(row, lines[i], length);
        wmemset(row + length, ' ', width - length);
        row[width] = '\n';
        write_console(row, width + 1);
    }
    free(row);
    *drawn = true;
}

void output_clear(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    COORD home = {0, 0};
    DWORD cells, done;

    if (!out.console || !GetConsoleScreenBufferInfo(out.handle, &info)) return;
    cells = (DWORD)info.dwSize.X * info.dwSize.Y;
    FillConsoleOutputCharacterW(out.handle, ' ', cells, home, &done);
    FillConsoleOutputAttribute(out.handle, info.wAttributes, cells, home, &done);
    SetConsoleCursorPosition(out.handle, home);
}

/* --- Ctrl+C ----------------------------------------------------------------------------------- */

static HANDLE interrupted;

static BOOL WINAPI handle_control(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
    SetEvent(interrupted);
    return TRUE;
}

HANDLE watch_interrupt(void)
{
    if (!interrupted && (interrupted = CreateEventW(NULL, TRUE, FALSE, NULL)))
    {
        /* Who started us may have switched Ctrl+C off, which is inherited. */
        SetConsoleCtrlHandler(NULL, FALSE);
        SetConsoleCtrlHandler(handle_control, TRUE);
    }
    return interrupted;
}
