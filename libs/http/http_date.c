/*
 * Dates in header fields.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 9110 section 5.6.7. Days are counted in the proleptic Gregorian calendar.
 */

#include "fields.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

struct date
{
    unsigned int year, month, day, hour, minute, second; /* month 1..12, day 1..31 */
};

static const char *const short_days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const long_days[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};
static const char *const months[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static bool is_leap(unsigned int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned int days_in_month(unsigned int year, unsigned int month)
{
    static const unsigned char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from the first of January of the year 0 to that of another year. */
static int64_t days_before_year(int64_t year)
{
    if (!year) return 0;
    return year * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1;
}

/* The index of the name that text begins with, or -1. */
static int take_name(const char **text, const char *const *names, int count)
{
    int i;

    for (i = 0; i < count; i++)
    {
        size_t len = strlen(names[i]);

        if (strncmp(*text, names[i], len)) continue;
        *text += len;
        return i;
    }
    return -1;
}

static bool take_text(const char **text, const char *expected)
{
    size_t len = strlen(expected);

    if (strncmp(*text, expected, len)) return false;
    *text += len;
    return true;
}

/* Exactly that many digits. */
static bool take_number(const char **text, int digits, unsigned int *number)
{
    *number = 0;
    while (digits--)
    {
        if (!http_is_digit(**text)) return false;
        *number = *number * 10 + (unsigned int)(*(*text)++ - '0');
    }
    return true;
}

static bool take_month(const char **text, struct date *date)
{
    int month = take_name(text, months, 12);

    date->month = (unsigned int)(month + 1);
    return month >= 0;
}

static bool take_time(const char **text, struct date *date)
{
    return take_number(text, 2, &date->hour) && take_text(text, ":") && take_number(text, 2, &date->minute) &&
           take_text(text, ":") && take_number(text, 2, &date->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool parse_fixed(const char *text, struct date *date)
{
    return take_name(&text, short_days, 7) >= 0 && take_text(&text, ", ") && take_number(&text, 2, &date->day) &&
           take_text(&text, " ") && take_month(&text, date) && take_text(&text, " ") &&
           take_number(&text, 4, &date->year) && take_text(&text, " ") && take_time(&text, date) &&
           take_text(&text, " GMT") && !*text;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" */
static bool parse_rfc850(const char *text, struct date *date)
{
    return take_name(&text, long_days, 7) >= 0 && take_text(&text, ", ") && take_number(&text, 2, &date->day) &&
           take_text(&text, "-") && take_month(&text, date) && take_text(&text, "-") &&
           take_number(&text, 2, &date->year) && take_text(&text, " ") && take_time(&text, date) &&
           take_text(&text, " GMT") && !*text;
}

/* "Sun Nov  6 08:49:37 1994" */
static bool parse_asctime(const char *text, struct date *date)
{
    if (take_name(&text, short_days, 7) < 0 || !take_text(&text, " ") || !take_month(&text, date) ||
        !take_text(&text, " "))
        return false;
    if (!(take_text(&text, " ") ? take_number(&text, 1, &date->day) : take_number(&text, 2, &date->day))) return false;
    return take_text(&text, " ") && take_time(&text, date) && take_text(&text, " ") &&
           take_number(&text, 4, &date->year) && !*text;
}

static bool is_valid(const struct date *date)
{
    return date->day >= 1 && date->day <= days_in_month(date->year, date->month) && date->hour < 24 &&
           date->minute < 60 && date->second <= 60;
}

static int64_t to_seconds(const struct date *date)
{
    int64_t days = days_before_year(date->year) - days_before_year(1970) + date->day - 1;
    unsigned int month;

    for (month = 1; month < date->month; month++) days += days_in_month(date->year, month);
    return days * DAY + date->hour * 3600 + date->minute * 60 + date->second;
}

/* The date at 00:00 of a number of days since the year 0. */
static struct date from_days(int64_t days)
{
    struct date date = {0, 1, 0, 0, 0, 0};

    date.year = (unsigned int)(days / 366);
    while (days_before_year(date.year + 1) <= days) date.year++;
    days -= days_before_year(date.year);
    while (days >= days_in_month(date.year, date.month)) days -= days_in_month(date.year, date.month++);
    date.day = (unsigned int)days + 1;
    return date;
}

/* Splits seconds since 1970; false: not within the years 0 to 9999. */
static bool from_seconds(int64_t seconds, struct date *date, unsigned int *weekday)
{
    int64_t epoch = days_before_year(1970) * DAY, rest;

    if (seconds < -epoch || seconds >= days_before_year(10000) * DAY - epoch) return false;
    seconds += epoch;
    rest = seconds % DAY;
    *date = from_days(seconds / DAY);
    *weekday = (unsigned int)((seconds / DAY + 6) % 7); /* the year 0 began on a Saturday */
    date->hour = (unsigned int)(rest / 3600);
    date->minute = (unsigned int)(rest / 60 % 60);
    date->second = (unsigned int)(rest % 60);
    return true;
}

/* RFC 9110: a two-digit year that appears to be more than 50 years ahead is one of the past. */
static void choose_century(struct date *date, int64_t now)
{
    struct date today;
    unsigned int weekday;

    if (!from_seconds(now, &today, &weekday)) today.year = 1970;
    date->year += today.year / 100 * 100;
    if (date->year > today.year + 50) date->year -= date->year >= 100 ? 100 : 0;
    else if (date->year + 50 <= today.year) date->year += 100;
}

enum http_parse_error http_date_parse(const char *text, int64_t now, int64_t *seconds)
{
    struct date date = {0, 1, 0, 0, 0, 0};

    if (parse_rfc850(text, &date)) choose_century(&date, now);
    else if (!parse_fixed(text, &date) && !parse_asctime(text, &date)) return HTTP_PARSE_INVALID;
    if (!is_valid(&date)) return HTTP_PARSE_INVALID;
    *seconds = to_seconds(&date);
    return HTTP_PARSE_OK;
}

enum http_parse_error http_date_format(int64_t seconds, char text[HTTP_DATE_SIZE])
{
    unsigned int weekday;
    struct date date;

    if (!from_seconds(seconds, &date, &weekday)) return HTTP_PARSE_INVALID;
    snprintf(text, HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", short_days[weekday], date.day,
             months[date.month - 1], date.year % 10000, date.hour, date.minute, date.second);
    return HTTP_PARSE_OK;
}
