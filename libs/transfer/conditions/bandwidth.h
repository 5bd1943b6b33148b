/*
 * How much of the network background jobs may use at what time (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_CONDITIONS_BANDWIDTH_H
#define WINE_BITS_TRANSFER_CONDITIONS_BANDWIDTH_H

#include <stdbool.h>
#include <stdint.h>

#define BANDWIDTH_UNLIMITED UINT64_MAX

/* Of the priorities HIGH, NORMAL and LOW. */
#define BANDWIDTH_LEVELS 3

/* One of the profiles of B-821. */
struct bandwidth_profile
{
    bool present;
    unsigned int start_day, end_day;   /* 0 = Sunday; both included */
    unsigned int start_hour, end_hour; /* the second is not included; equal: the whole day */
    uint64_t limits[BANDWIDTH_LEVELS]; /* bytes a second */
};

/* What the registry says (9.1, 9.2). */
struct bandwidth_policy
{
    bool simple;                        /* B-806 */
    unsigned int from_hour, to_hour;    /* B-808, B-809 */
    uint64_t on_schedule, off_schedule; /* bytes a second, B-807, B-811 */
    bool profiles;                      /* B-820 */
    bool maintenance_profile;
    bool not_on_subnet; /* the profiles are not for servers of our subnets, B-820 */
    struct bandwidth_profile work, other, maintenance;
};

/*
 * Bytes a second for each level; 0 = nothing at all (B-531), BANDWIDTH_UNLIMITED.  on_subnet: between us and a server
 * of a subnet that we are on.
 */
void bandwidth_evaluate(const struct bandwidth_policy *policy, unsigned int day, unsigned int hour, bool on_subnet,
                        uint64_t limits[BANDWIDTH_LEVELS]);

/* Bytes a second of that many kbit/s: at least what 2 kbit/s are, except for 0 (B-584). */
uint64_t bandwidth_of_kbits(uint64_t kbits);

/* Whether hours and days are such. */
bool bandwidth_profile_is_valid(const struct bandwidth_profile *profile);

#endif
