/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The binary contract: sizes, offsets, slots, identifiers, constants, codes, in both architectures. */

#include <stddef.h>
#include <string.h>
#include <windows.h>
#include <ole2.h>

#include "wine/test.h"
#include "bitsapi.h"
#include "bitsmsg.h"
#include "domsg.h"
#include "layout.h"

static GUID guid_from_string(const char *text)
{
    WCHAR buffer[40];
    GUID guid = {0};
    int i;

    for (i = 0; text[i] && i < 39; i++) buffer[i] = text[i];
    buffer[i] = 0;
    ok_hr(CLSIDFromString(buffer, &guid), S_OK);
    return guid;
}

static void check_guid(const char *name, const GUID *guid, const char *text)
{
    GUID expected = guid_from_string(text);

    ok(IsEqualGUID(guid, &expected), "%s is not %s\n", name, text);
}

static void check_number(const char *name, unsigned long long got, unsigned long long expected)
{
    ok(got == expected, "%s is %#llx, expected %#llx\n", name, got, expected);
}

static unsigned long long by_bits(unsigned int in_32, unsigned int in_64)
{
    return sizeof(void *) == 8 ? in_64 : in_32;
}

static void interfaces(void)
{
#define COM_INTERFACE(name, iid, slots) \
    check_guid("IID_" #name, &IID_##name, iid); \
    check_number(#name, sizeof(name##Vtbl), (slots) * sizeof(void *));
#define SLOT(name, method, slot) \
    check_number(#name "::" #method, offsetof(name##Vtbl, method), (slot) * sizeof(void *));
#include "interfaces.inc"
#undef COM_INTERFACE
#undef SLOT
}

static void classes(void)
{
#define CLASS(name, clsid) check_guid("CLSID_" #name, &CLSID_##name, clsid);
#define LIBRARY(name, libid) check_guid("LIBID_" #name, &LIBID_##name, libid);
#include "classes.inc"
#undef CLASS
#undef LIBRARY
}

static void types(void)
{
#define TYPE(name, size32, size64) check_number(#name, sizeof(name), by_bits(size32, size64));
#define FIELD(type, field, offset32, offset64) \
    check_number(#type "." #field, offsetof(type, field), by_bits(offset32, offset64));
#include "types.inc"
#undef TYPE
#undef FIELD
    /* by-value arguments of 16 bytes depend on this */
    check_number("alignment of BITS_JOB_PROPERTY_VALUE", __alignof__(BITS_JOB_PROPERTY_VALUE), 8);
    check_number("alignment of BG_FILE_PROGRESS", __alignof__(BG_FILE_PROGRESS), 8);
    check_number("alignment of BG_JOB_TIMES", __alignof__(BG_JOB_TIMES), 4);
}

static void values(void)
{
#define VALUE(name, expected) check_number(#name, (unsigned long long)(name), expected);
#include "values.inc"
#undef VALUE
}

static void codes(void)
{
#define CODE(name, value) ok((unsigned int)(name) == value##u, "%s is %#x\n", #name, (unsigned int)(name));
#include "codes.inc"
#undef CODE
}

/* B-705, B-706: a text for every code, ending in CR LF; the table is in the resources of this program */
static void check_text(const char *name, HRESULT code)
{
    static const WCHAR prefix[] = L"HTTP status ";
    WCHAR text[512], start[32];
    DWORD length;

    length = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_IGNORE_INSERTS, GetModuleHandleW(NULL), code,
                            MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), text, ARRAYSIZE(text), NULL);
    ok(length > 10, "%s: no text, error %lu\n", name, GetLastError());
    if (length <= 10) return;
    ok(!wcscmp(text + length - 2, L"\r\n"), "%s: text is %s\n", name, wine_dbgstr_w(text));
    if (HRESULT_FACILITY(code) == 0x19 && HRESULT_CODE(code) < 1000)
    {
        wsprintfW(start, L"%s%d: ", prefix, HRESULT_CODE(code));
        ok(!wcsncmp(text, start, wcslen(start)), "%s: text is %s\n", name, wine_dbgstr_w(text));
    }
    else ok(wcsncmp(text, prefix, ARRAYSIZE(prefix) - 1), "%s: text is %s\n", name, wine_dbgstr_w(text));
}

static void texts(void)
{
#define CODE(name, value) \
    if (HRESULT_FACILITY(name) != FACILITY_DELIVERY_OPTIMIZATION) check_text(#name, name);
#include "codes.inc"
#undef CODE
}

static void same_as_mingw(void)
{
    int i;

    for (i = 0; our_numbers[i].name && mingw_numbers[i].name; i++)
    {
        ok(!strcmp(our_numbers[i].name, mingw_numbers[i].name), "%s and %s\n", our_numbers[i].name,
           mingw_numbers[i].name);
        check_number(our_numbers[i].name, our_numbers[i].value, mingw_numbers[i].value);
    }
    ok(!our_numbers[i].name && !mingw_numbers[i].name, "lists differ in length\n");
    ok(i > 300, "only %d numbers\n", i);

    for (i = 0; our_guids[i].name && mingw_guids[i].name; i++)
    {
        ok(!strcmp(our_guids[i].name, mingw_guids[i].name), "%s and %s\n", our_guids[i].name, mingw_guids[i].name);
        ok(IsEqualGUID(our_guids[i].guid, mingw_guids[i].guid), "%s differs\n", our_guids[i].name);
    }
    ok(!our_guids[i].name && !mingw_guids[i].name, "lists differ in length\n");
    ok(i > 15, "only %d identifiers\n", i);
}

START_TEST(contract)
{
    winetest_run(interfaces);
    winetest_run(classes);
    winetest_run(types);
    winetest_run(values);
    winetest_run(codes);
    winetest_run(texts);
    winetest_run(same_as_mingw);
}
