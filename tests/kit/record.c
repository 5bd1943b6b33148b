/*
 * What the processes of a test recorded, as lines of the result file: one for each check, in a fixed order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A line is: test, architecture, check, result, value, separated by tabs. A check that is made many times has
 * one line; its result is "mixed" when it was not always the same, its value what was found when it first
 * failed.
 */

#include "kit/kit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct line
{
    const char *result;
    const char *check;
    const char *value;
    size_t number; /* keeps the order of equal checks */
};

struct lines
{
    struct line *line;
    size_t count;
    size_t size;
    char **texts; /* of the files; the lines point into them */
    size_t text_count;
};

static void *grow(void *memory, size_t count, size_t *size, size_t item)
{
    if (count < *size) return memory;
    *size = *size ? 2 * *size : 256;
    if (!(memory = realloc(memory, *size * item)))
    {
        fprintf(stderr, "out of memory\n");
        exit(3);
    }
    return memory;
}

/* --- reading ----------------------------------------------------------------------------------------- */

/* A whole file, or NULL. */
static char *read_file(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    DWORD size, got = 0;
    char *text = NULL;

    if (file == INVALID_HANDLE_VALUE) return NULL;
    size = GetFileSize(file, NULL);
    if ((text = malloc((size_t)size + 1)))
    {
        ReadFile(file, text, size, &got, NULL);
        text[got] = 0;
    }
    CloseHandle(file);
    return text;
}

/* Cut a text into lines. The last one of a process that was killed may lack its end: it does not count. */
static void cut_lines(struct lines *lines, char *text)
{
    char *end, *check, *value;

    for (; (end = strchr(text, '\n')); text = end + 1)
    {
        *end = 0;
        if (!(check = strchr(text, '\t')) || !(value = strchr(check + 1, '\t'))) continue;
        *check++ = *value++ = 0;
        lines->line = grow(lines->line, lines->count, &lines->size, sizeof(*lines->line));
        lines->line[lines->count] = (struct line){text, check, value, lines->count};
        lines->count++;
    }
}

static void read_directory(struct lines *lines, const char *directory)
{
    char path[2 * MAX_PATH], *text;
    size_t room = 0;
    WIN32_FIND_DATAA data;
    HANDLE find;

    snprintf(path, sizeof(path), "%s\\*.txt", directory);
    if ((find = FindFirstFileA(path, &data)) == INVALID_HANDLE_VALUE) return;
    do {
        snprintf(path, sizeof(path), "%s\\%s", directory, data.cFileName);
        if ((text = read_file(path)))
        {
            lines->texts = grow(lines->texts, lines->text_count, &room, sizeof(*lines->texts));
            lines->texts[lines->text_count++] = text;
            cut_lines(lines, text);
        }
        DeleteFileA(path);
    } while (FindNextFileA(find, &data));
    FindClose(find);
}

/* --- order --------------------------------------------------------------------------------------------- */

/* As strcmp, but 9 comes before 10. */
static int compare_natural(const char *a, const char *b)
{
    unsigned long x, y;
    char *end_a, *end_b;

    while (*a && *b)
    {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b))
        {
            x = strtoul(a, &end_a, 10);
            y = strtoul(b, &end_b, 10);
            if (x != y) return x < y ? -1 : 1;
            a = end_a;
            b = end_b;
            continue;
        }
        if (*a != *b) break;
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = compare_natural(x->check, y->check);

    if (!order) order = strcmp(x->check, y->check);
    return order ? order : x->number < y->number ? -1 : x->number > y->number;
}

/* --- writing ------------------------------------------------------------------------------------------- */

/* Replace a word wherever it stands, in whatever case. Very short ones would hit too much. */
static void mask_word(char *text, const char *word, const char *mask)
{
    size_t length = strlen(word), mask_length = strlen(mask);
    char *p;

    if (length < 3 || mask_length > length) return;
    for (p = text; strlen(p) >= length; p++)
    {
        if (_strnicmp(p, word, length)) continue;
        memcpy(p, mask, mask_length);
        memmove(p + mask_length, p + length, strlen(p + length) + 1);
    }
}

/* Nobody else has to know who has run the tests. */
static void mask_names(char *text)
{
    static const char *const names[] = {"COMPUTERNAME", "USERNAME", "USERDOMAIN"};
    char value[256];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        if (GetEnvironmentVariableA(names[i], value, sizeof(value)) - 1 < sizeof(value) - 1)
            mask_word(text, value, "###");
    }
}

static void write_line(FILE *out, const char *test, const char *check, const char *result, const char *value)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s", value);
    text[sizeof(text) - 1] = 0;
    mask_names(text);
    fprintf(out, "%s\t%s\t%s\t%s\t%s\n", test, KIT_ARCH, check, result, text);
}

/* Write the line of a check that "count" lines tell of. */
static void write_check(FILE *out, const char *test, const struct line *line, size_t count,
                        struct record_counts *counts)
{
    const char *result = line->result, *value = line->value;
    size_t i;

    for (i = 1; i < count; i++)
    {
        if (strcmp(result, line[i].result)) result = "mixed";
        if (!*value) value = line[i].value;
    }
    write_line(out, test, line->check, result, value);
    counts->checks++;
    counts->failed += !strcmp(result, "fail") || !strcmp(result, "mixed");
    counts->skipped += !strcmp(result, "skip");
}

void record_write(const char *directory, const char *test, FILE *out, struct record_counts *counts)
{
    struct lines lines = {0};
    size_t i, next;

    memset(counts, 0, sizeof(*counts));
    read_directory(&lines, directory);
    if (lines.count) qsort(lines.line, lines.count, sizeof(*lines.line), compare_lines);
    for (i = 0; i < lines.count; i = next)
    {
        for (next = i + 1; next < lines.count && !strcmp(lines.line[i].check, lines.line[next].check); next++)
            ;
        write_check(out, test, &lines.line[i], next - i, counts);
    }
    for (i = 0; i < lines.text_count; i++) free(lines.texts[i]);
    free(lines.texts);
    free(lines.line);
}

unsigned int record_answers(const char *directory, FILE *out)
{
    char path[2 * MAX_PATH], *text, *line, *end, *question, *found;
    unsigned int count = 0;
    char check[1024];

    snprintf(path, sizeof(path), "%s\\answers", directory);
    if (!(text = read_file(path))) return 0;
    for (line = text; (end = strchr(line, '\n')); line = end + 1)
    {
        *end = 0;
        if (end > line && end[-1] == '\r') end[-1] = 0;
        if (!(question = strchr(line, '\t')) || !(found = strchr(question + 1, '\t'))) continue;
        *question++ = *found++ = 0;
        mask_names(found);
        snprintf(check, sizeof(check), "%s %s", line, question);
        write_line(out, "rule", check, found, "");
        count++;
    }
    free(text);
    DeleteFileA(path);
    return count;
}
