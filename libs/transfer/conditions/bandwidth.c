/*
 * How much of the network background jobs may use at what time (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stddef.h>

#include "transfer/conditions/bandwidth.h"

#define MINIMUM_KBITS 2

uint64_t bandwidth_of_kbits(uint64_t kbits)
{
    if (kbits && kbits < MINIMUM_KBITS) kbits = MINIMUM_KBITS;
    return kbits * 1000 / 8;
}

bool bandwidth_profile_is_valid(const struct bandwidth_profile *profile)
{
    return profile->start_day <= 6 && profile->end_day <= 6 && profile->start_hour <= 23 && profile->end_hour <= 23;
}

/* Hours may reach over midnight; from = to is the whole day. */
static bool is_hour_within(unsigned int hour, unsigned int from, unsigned int to)
{
    if (from == to) return true;
    return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

static bool is_day_within(unsigned int day, unsigned int first, unsigned int last)
{
    return first <= last ? day >= first && day <= last : day >= first || day <= last;
}

static bool is_time_of(const struct bandwidth_profile *profile, unsigned int day, unsigned int hour)
{
    return profile->present && is_day_within(day, profile->start_day, profile->end_day) &&
           is_hour_within(hour, profile->start_hour, profile->end_hour);
}

/* Maintenance beats work; what is neither is the rest (B-821). */
static const struct bandwidth_profile *profile_of(const struct bandwidth_policy *policy, unsigned int day,
                                                  unsigned int hour)
{
    if (policy->maintenance_profile && is_time_of(&policy->maintenance, day, hour)) return &policy->maintenance;
    if (!policy->profiles) return NULL;
    if (is_time_of(&policy->work, day, hour)) return &policy->work;
    return policy->other.present ? &policy->other : NULL;
}

void bandwidth_evaluate(const struct bandwidth_policy *policy, unsigned int day, unsigned int hour, bool on_subnet,
                        uint64_t limits[BANDWIDTH_LEVELS])
{
    const struct bandwidth_profile *profile = on_subnet && policy->not_on_subnet ? NULL : profile_of(policy, day, hour);
    uint64_t all = BANDWIDTH_UNLIMITED;
    unsigned int i;

    if (policy->simple)
        all = is_hour_within(hour, policy->from_hour, policy->to_hour) ? policy->on_schedule : policy->off_schedule;
    for (i = 0; i < BANDWIDTH_LEVELS; i++)
    {
        limits[i] = all;
        if (profile && profile->limits[i] < all) limits[i] = profile->limits[i];
    }
}
