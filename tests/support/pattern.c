/*
 * Test data that can be made and checked at any offset without keeping it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "support/server.h"
#include "wine/test.h"

#define BLOCK_SIZE (256 * 1024)

/* A bijective mix of the number of an eight byte word: neighbours and seeds look unrelated. */
static uint64_t pattern_word(uint64_t index, uint32_t seed)
{
    uint64_t word = (index + 1) * 0x9e3779b97f4a7c15ull + (uint64_t)seed * 0xd1342543de82ef95ull;

    word ^= word >> 29;
    word *= 0xbf58476d1ce4e5b9ull;
    return word ^ (word >> 32);
}

void pattern_fill(void *buffer, size_t size, uint64_t offset, uint32_t seed)
{
    unsigned char *out = buffer;
    uint64_t word;

    while (size)
    {
        size_t skip_bytes = offset % sizeof(word), count = sizeof(word) - skip_bytes;

        if (count > size) count = size;
        word = pattern_word(offset / sizeof(word), seed);
        memcpy(out, (unsigned char *)&word + skip_bytes, count);
        out += count;
        offset += count;
        size -= count;
    }
}

static BOOL check_block(const WCHAR *path, const unsigned char *got, const unsigned char *expected, size_t size,
                        uint64_t offset)
{
    size_t i;

    if (!memcmp(got, expected, size)) return TRUE;
    for (i = 0; got[i] == expected[i]; i++)
        ;
    trace("%s differs at byte %llu: %02x instead of %02x", wine_dbgstr_w(path), (unsigned long long)(offset + i),
          got[i], expected[i]);
    return FALSE;
}

static BOOL check_contents(HANDLE file, const WCHAR *path, uint64_t size, uint32_t seed, unsigned char *buffer)
{
    unsigned char *expected = buffer + BLOCK_SIZE;
    uint64_t offset = 0;
    DWORD got;

    while (offset < size)
    {
        if (!ReadFile(file, buffer, BLOCK_SIZE, &got, NULL) || !got)
        {
            trace("%s cannot be read at byte %llu: error %lu", wine_dbgstr_w(path), (unsigned long long)offset,
                  GetLastError());
            return FALSE;
        }
        pattern_fill(expected, got, offset, seed);
        if (!check_block(path, buffer, expected, got, offset)) return FALSE;
        offset += got;
    }
    return TRUE;
}

BOOL pattern_check_file(const WCHAR *path, uint64_t size, uint32_t seed)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    unsigned char *buffer;
    LARGE_INTEGER length;
    BOOL same = FALSE;

    if (file == INVALID_HANDLE_VALUE)
    {
        trace("%s cannot be opened: error %lu", wine_dbgstr_w(path), GetLastError());
        return FALSE;
    }
    if (!GetFileSizeEx(file, &length) || (uint64_t)length.QuadPart != size)
    {
        trace("%s has %lld bytes instead of %llu", wine_dbgstr_w(path), (long long)length.QuadPart,
              (unsigned long long)size);
    }
    else if ((buffer = malloc(2 * BLOCK_SIZE)))
    {
        same = check_contents(file, path, size, seed, buffer);
        free(buffer);
    }
    CloseHandle(file);
    return same;
}

BOOL pattern_write_file(const WCHAR *path, uint64_t size, uint32_t seed)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    unsigned char *buffer = malloc(BLOCK_SIZE);
    uint64_t offset = 0;
    DWORD count = 0;

    while (buffer && file != INVALID_HANDLE_VALUE && offset < size)
    {
        count = size - offset < BLOCK_SIZE ? (DWORD)(size - offset) : BLOCK_SIZE;
        pattern_fill(buffer, count, offset, seed);
        if (!WriteFile(file, buffer, count, &count, NULL)) break;
        offset += count;
    }
    if (file == INVALID_HANDLE_VALUE || offset < size)
        trace("%s cannot be written: error %lu", wine_dbgstr_w(path), GetLastError());
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    free(buffer);
    return file != INVALID_HANDLE_VALUE && offset >= size;
}
