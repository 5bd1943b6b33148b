/*
 * The values in arguments and listings of bitsadmin. Pure: no Windows header.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "values.h"

#include <stdlib.h>
#include <string.h>

/* --- words ------------------------------------------------------------------------------------ */

/* The numbers are those of BITS' enumerations. */
const struct word type_words[] = {{"DOWNLOAD", 0}, {"UPLOAD", 1}, {"UPLOAD-REPLY", 2}, {NULL}};

const struct word state_words[] = {
    {"QUEUED", 0},          {"CONNECTING", 1},  {"TRANSFERRING", 2}, {"SUSPENDED", 3}, {"ERROR", 4},
    {"TRANSIENT_ERROR", 5}, {"TRANSFERRED", 6}, {"ACKNOWLEDGED", 7}, {"CANCELLED", 8}, {NULL}};

const struct word priority_words[] = {{"FOREGROUND", 0}, {"HIGH", 1}, {"NORMAL", 2}, {"LOW", 3}, {NULL}};

const struct word proxy_usage_words[] = {{"PRECONFIG", 0}, {"NO_PROXY", 1}, {"OVERRIDE", 2}, {"AUTODETECT", 3}, {NULL}};

const struct word target_words[] = {{"SERVER", 1}, {"PROXY", 2}, {NULL}};

const struct word scheme_words[] = {{"BASIC", 1},     {"DIGEST", 2},   {"NTLM", 3},
                                    {"NEGOTIATE", 4}, {"PASSPORT", 5}, {NULL}};

const struct word boolean_words[] = {{"false", 0}, {"true", 1}, {NULL}};

/* The first spelling of each value is the one that is printed. */
const struct word store_words[] = {{"CURRENT_USER", 0},
                                   {"LOCAL_MACHINE", 1},
                                   {"CURRENT_SERVICE", 2},
                                   {"SERVICES", 3},
                                   {"USERS", 4},
                                   {"CURRENT_USER_GROUP_POLICY", 5},
                                   {"LOCAL_MACHINE_GROUP_POLICY", 6},
                                   {"LOCAL_MACHINE_ENTERPRISE", 7},
                                   {"1", 0},
                                   {"2", 1},
                                   {"3", 2},
                                   {"4", 3},
                                   {"5", 4},
                                   {"6", 5},
                                   {"7", 6},
                                   {"8", 7},
                                   {"BG_CERT_STORE_LOCATION_CURRENT_USER", 0},
                                   {"BG_CERT_STORE_LOCATION_LOCAL_MACHINE", 1},
                                   {"BG_CERT_STORE_LOCATION_CURRENT_SERVICE", 2},
                                   {"BG_CERT_STORE_LOCATION_SERVICES", 3},
                                   {"BG_CERT_STORE_LOCATION_USERS", 4},
                                   {"BG_CERT_STORE_LOCATION_CURRENT_USER_GROUP_POLICY", 5},
                                   {"BG_CERT_STORE_LOCATION_LOCAL_MACHINE_GROUP_POLICY", 6},
                                   {"BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE", 7},
                                   {NULL}};

const struct word ie_proxy_words[] = {
    {"NO_PROXY", IE_PROXY_NO_PROXY},     {"AUTODETECT", IE_PROXY_AUTODETECT}, {"MANUAL_PROXY", IE_PROXY_MANUAL_PROXY},
    {"AUTOSCRIPT", IE_PROXY_AUTOSCRIPT}, {"RESET", IE_PROXY_RESET},           {NULL}};

const struct word account_words[] = {{"LocalSystem", ACCOUNT_LOCALSYSTEM},
                                     {"NetworkService", ACCOUNT_NETWORKSERVICE},
                                     {"LocalService", ACCOUNT_LOCALSERVICE},
                                     {NULL}};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

bool same_word(const char *a, const char *b)
{
    while (*a && upper(*a) == upper(*b)) a++, b++;
    return upper(*a) == upper(*b);
}

bool parse_word(const struct word *words, const char *text, uint32_t *value)
{
    for (; words->text; words++)
    {
        if (!same_word(words->text, text)) continue;
        *value = words->value;
        return true;
    }
    return false;
}

const char *word_text(const struct word *words, uint32_t value)
{
    for (; words->text; words++)
    {
        if (words->value == value) return words->text;
    }
    return "UNKNOWN";
}

static const char acl_letters[] = "OGDS"; /* letter i is flag 1 << i */

bool parse_acl_letters(const char *text, uint32_t *flags)
{
    const char *letter;
    uint32_t found = 0;

    if (!*text) return false;
    for (; *text; text++)
    {
        if (!(letter = strchr(acl_letters, upper(*text)))) return false;
        found |= 1u << (letter - acl_letters);
    }
    *flags = found;
    return true;
}

void format_acl_letters(uint32_t flags, char text[ACL_LETTERS_SIZE])
{
    unsigned int i;

    for (i = 0; acl_letters[i]; i++)
    {
        if (flags & (1u << i)) *text++ = acl_letters[i];
    }
    *text = 0;
}

const char *integrity_text(uint32_t level)
{
    static const char *const names[] = {"UNTRUSTED", "LOW", "MEDIUM", "HIGH", "SYSTEM"};

    level /= 0x1000;
    return level < sizeof(names) / sizeof(names[0]) ? names[level] : "UNKNOWN";
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* The value of a hexadecimal digit, or 16. */
static unsigned int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = upper(c);
    return c >= 'A' && c <= 'F' ? c - 'A' + 10u : 16;
}

/* Digits up to end; at least one. */
static bool parse_digits(const char *text, const char *end, unsigned int base, uint64_t limit, uint64_t *value)
{
    uint64_t sum = 0;
    unsigned int digit;

    if (text == end) return false;
    for (; text < end; text++)
    {
        if ((digit = digit_value(*text)) >= base) return false;
        if (digit > limit || sum > (limit - digit) / base) return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

static bool parse_number_part(const char *text, const char *end, uint64_t limit, uint64_t *value)
{
    if (end - text > 2 && text[0] == '0' && upper(text[1]) == 'X') return parse_digits(text + 2, end, 16, limit, value);
    return parse_digits(text, end, 10, limit, value);
}

bool parse_number(const char *text, uint64_t limit, uint64_t *value)
{
    return parse_number_part(text, text + strlen(text), limit, value);
}

unsigned int percentage(uint64_t done, uint64_t total)
{
    unsigned int percent;

    if (!total || total == UINT64_MAX) return 0;
    if (done >= total) return 100;
    percent = done <= UINT64_MAX / 100 ? done * 100 / total : done / (total / 100);
    return percent < 100 ? percent : 99; /* dividing the total rounds it down */
}

/* --- ids -------------------------------------------------------------------------------------- */

bool parse_id(const char *text, struct id *id)
{
    static const char form[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    uint8_t bytes[16];
    unsigned int i, digits = 0, digit;

    for (i = 0; form[i]; i++)
    {
        if (form[i] != 'x')
        {
            if (text[i] != form[i]) return false;
            continue;
        }
        if ((digit = digit_value(text[i])) >= 16) return false;
        bytes[digits / 2] = digits % 2 ? bytes[digits / 2] << 4 | digit : digit;
        digits++;
    }
    if (text[i]) return false;
    id->data1 = (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    id->data2 = bytes[4] << 8 | bytes[5];
    id->data3 = bytes[6] << 8 | bytes[7];
    memcpy(id->data4, bytes + 8, sizeof(id->data4));
    return true;
}

bool parse_hash(const char *text, uint8_t hash[HASH_SIZE])
{
    uint8_t bytes[HASH_SIZE];
    unsigned int count, high, low;

    for (count = 0; *text; count++)
    {
        if (count == HASH_SIZE) return false;
        if ((high = digit_value(text[0])) >= 16 || (low = digit_value(text[1])) >= 16) return false;
        bytes[count] = high << 4 | low;
        text += 2;
        if (*text == ' ' && text[1]) text++;
    }
    if (count != HASH_SIZE) return false;
    memcpy(hash, bytes, sizeof(bytes));
    return true;
}

/* --- ranges ----------------------------------------------------------------------------------- */

static bool parse_range(const char *text, const char *end, struct value_range *range)
{
    const char *colon = memchr(text, ':', end - text);

    if (!colon || !parse_number_part(text, colon, UINT64_MAX - 1, &range->offset)) return false;
    if (end - colon == 4 && upper(colon[1]) == 'E' && upper(colon[2]) == 'O' && upper(colon[3]) == 'F')
    {
        range->length = RANGE_TO_END;
        return true;
    }
    return parse_number_part(colon + 1, end, UINT64_MAX - 1, &range->length);
}

bool parse_ranges(const char *text, struct value_range **ranges, size_t *count)
{
    struct value_range *list;
    size_t commas = 0, used = 0;
    const char *p, *end;

    *ranges = NULL;
    for (p = text; *p; p++) commas += *p == ',';
    if (!(list = calloc(commas + 1, sizeof(*list)))) return false;
    for (p = text; used <= commas; p = end + 1)
    {
        if (!(end = strchr(p, ','))) end = p + strlen(p);
        if (!parse_range(p, end, &list[used++]))
        {
            free(list);
            return false;
        }
    }
    *ranges = list;
    *count = used;
    return true;
}

/* --- file sets -------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Cut one name off *line; a quote at its start reaches to the next one. */
static char *cut_name(char **line, bool to_end)
{
    char *name, *p = *line;

    while (is_blank(*p)) p++;
    if (*p == '"' && strchr(p + 1, '"'))
    {
        name = ++p;
        p = strchr(p, '"');
    }
    else if (to_end)
    {
        name = p;
        p += strlen(p);
        while (p > name && is_blank(p[-1])) p--;
    }
    else
    {
        name = p;
        while (*p && !is_blank(*p)) p++;
    }
    *line = *p ? p + 1 : p;
    *p = 0;
    return name;
}

enum file_line split_file_line(char *line, char **remote, char **local)
{
    while (is_blank(*line)) line++;
    if (!*line || *line == '#') return FILE_LINE_EMPTY;
    *remote = cut_name(&line, false);
    *local = cut_name(&line, true);
    return **remote && **local ? FILE_LINE_FILE : FILE_LINE_BAD;
}
