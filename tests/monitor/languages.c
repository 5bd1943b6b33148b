/*
 * The texts of the program, language by language.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "driver.h"
#include "wine/test.h"
#include "../../programs/monitor/resource.h"

#define FIRST_TEXT IDS_TITLE
#define LAST_TEXT IDS_ABOUT
#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* Text id of one language and no other, as FindResourceEx has it: 16 texts a block, each with its length before it.
 * Returns its length, 0 if it is not there. */
static unsigned int find_text(HMODULE module, UINT id, LANGID language, const WCHAR **text)
{
    HRSRC resource = FindResourceExW(module, (WCHAR *)RT_STRING, MAKEINTRESOURCEW(id / 16 + 1), language);
    HGLOBAL block = resource ? LoadResource(module, resource) : NULL;
    const WCHAR *at = block ? LockResource(block) : NULL;
    unsigned int i;

    if (!at) return 0;
    for (i = 0; i < id % 16; i++) at += *at + 1;
    *text = at + 1;
    return *at;
}

/* Which of %1 to %9 are in a text. */
static unsigned int insertions(const WCHAR *text, unsigned int length)
{
    unsigned int found = 0, i;

    for (i = 0; i + 1 < length; i++)
        if (text[i] == '%' && text[i + 1] >= '1' && text[i + 1] <= '9') found |= 1u << (text[i + 1] - '0');
    return found;
}

static unsigned int languages, names;

static BOOL CALLBACK check_language(HMODULE module, LPCWSTR type, LPCWSTR name, WORD language, LONG_PTR context)
{
    const WCHAR *english, *text;
    unsigned int id, wanted, length, differ = 0;

    languages++;
    for (id = FIRST_TEXT; id <= LAST_TEXT; id++)
    {
        if (!(wanted = find_text(module, id, ENGLISH, &english))) continue;
        names++;
        length = find_text(module, id, language, &text);
        ok(length != 0, "language %#x lacks text %u\n", language, id);
        if (!length) continue;
        ok(insertions(text, length) == insertions(english, wanted), "language %#x, text %u: other insertions\n",
           language, id);
        if (length != wanted || memcmp(text, english, wanted * sizeof(*text))) differ++;
    }
    ok(language == ENGLISH || differ > 30, "language %#x: only %u texts are its own\n", language, differ);
    ok(FindResourceExW(module, (WCHAR *)RT_MENU, MAKEINTRESOURCEW(IDR_MENU), language) != NULL,
       "language %#x has no menu\n", language);
    return TRUE;
}

void test_languages(HMODULE module)
{
    EnumResourceLanguagesW(module, (WCHAR *)RT_STRING, MAKEINTRESOURCEW(FIRST_TEXT / 16 + 1), check_language, 0);
    ok(languages >= 7, "%u languages\n", languages);
    ok(languages && names / languages > 35, "%u texts in %u languages\n", names, languages);
}
