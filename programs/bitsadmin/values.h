/*
 * The values in arguments and listings of bitsadmin: words, numbers, ids, ranges, file sets. Pure.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Texts are UTF-8.  Functions that parse return false for anything that is not completely a value of their
 * kind, and leave the result alone then.
 */

#ifndef BITSADMIN_VALUES_H
#define BITSADMIN_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- words: a vocabulary ends with a NULL text ------------------------------------------------ */

struct word
{
    const char *text;
    uint32_t value;
};

extern const struct word type_words[], state_words[], priority_words[], proxy_usage_words[];
extern const struct word target_words[], scheme_words[], boolean_words[], store_words[];
extern const struct word ie_proxy_words[], account_words[];

enum ie_proxy_usage
{
    IE_PROXY_NO_PROXY,
    IE_PROXY_AUTODETECT,
    IE_PROXY_MANUAL_PROXY,
    IE_PROXY_AUTOSCRIPT,
    IE_PROXY_RESET,
};

enum service_account
{
    ACCOUNT_LOCALSYSTEM,
    ACCOUNT_NETWORKSERVICE,
    ACCOUNT_LOCALSERVICE,
};

/* Are two texts the same but for the case of ASCII letters? */
bool same_word(const char *a, const char *b);

/* The value of a word, in any case. */
bool parse_word(const struct word *words, const char *text, uint32_t *value);

/* The word for a value, "UNKNOWN" if the vocabulary has none. */
const char *word_text(const struct word *words, uint32_t value);

/* Letters of file ACL flags (BG_COPY_FILE_), each once or more, in any order and case. */
bool parse_acl_letters(const char *text, uint32_t *flags);

#define ACL_LETTERS_SIZE 5

/* The letters of flags in the order O G D S; "" for none. */
void format_acl_letters(uint32_t flags, char text[ACL_LETTERS_SIZE]);

/* The name of an integrity level, which is a number in steps of 0x1000 (SECURITY_MANDATORY_*_RID). */
const char *integrity_text(uint32_t level);

/* --- numbers ---------------------------------------------------------------------------------- */

/* Decimal, or hexadecimal after 0x; up to limit. */
bool parse_number(const char *text, uint64_t limit, uint64_t *value);

/* Whole per cents of total that done is; 0 when the total is unknown (UINT64_MAX) or nothing. */
unsigned int percentage(uint64_t done, uint64_t total);

/* --- ids -------------------------------------------------------------------------------------- */

/* The fields of a GUID, laid out as Windows has them. */
struct id
{
    uint32_t data1;
    uint16_t data2, data3;
    uint8_t data4[8];
};

/* {XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX} in any case, braces included. */
bool parse_id(const char *text, struct id *id);

#define HASH_SIZE 20

/* The 40 hexadecimal digits of a SHA-1 hash; blanks between pairs are what certificate dialogs show, and are
 * skipped. */
bool parse_hash(const char *text, uint8_t hash[HASH_SIZE]);

/* --- ranges ----------------------------------------------------------------------------------- */

#define RANGE_TO_END UINT64_MAX

struct value_range
{
    uint64_t offset, length; /* bytes; RANGE_TO_END: to the end of the file */
};

/* offset:length[,offset:length...], where length may be "eof".  *ranges is for free().  False for bad text
 * and for lack of memory, with *ranges NULL. */
bool parse_ranges(const char *text, struct value_range **ranges, size_t *count);

/* --- file sets -------------------------------------------------------------------------------- */

enum file_line
{
    FILE_LINE_EMPTY, /* blank, or a comment: starts with # */
    FILE_LINE_FILE,
    FILE_LINE_BAD, /* the local name is missing */
};

/* Split one line, in place: the remote name ends at the first blank, the rest without blanks around it is the
 * local name.  Quotes around a name are taken off. */
enum file_line split_file_line(char *line, char **remote, char **local);

#endif
