/*
 * Policies: values of the registry and their defaults.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_CONDITIONS_POLICY_H
#define WINE_BITS_TRANSFER_CONDITIONS_POLICY_H

#include "transfer/conditions/bandwidth.h"

/* JOB_COST_FLAGS: bits of the cost states in which a job may transfer, and of options (B-585).  Of a job whose client
 * has set none: */
#define COST_BY_POLICY (1ull << 32)

/* The sets that have names, all of them with the option to ignore congestion. */
#define COST_ALWAYS 0x800000ff
#define COST_NOT_ROAMING 0x8000007f
#define COST_NO_SURCHARGE 0x8000006f
#define COST_STANDARD 0x80000067
#define COST_UNRESTRICTED 0x80000021

#define COST_STATES 0xff /* all of them, without the options */

#define POLICY_PRIORITIES 4 /* foreground, high, normal, low */

struct policy_limits
{
    uint32_t jobs_per_user, jobs_per_machine, files_per_job, ranges_per_file;
};

/* These read the registry: not under a lock that others wait for. */
void policy_read_limits(struct policy_limits *limits);
uint32_t policy_inactivity_days(void);
uint32_t policy_maximum_download_time(void); /* seconds */
uint32_t policy_time_slice(void);            /* seconds */
void policy_read_bandwidth(struct bandwidth_policy *policy);
void policy_read_costs(uint32_t costs[POLICY_PRIORITIES]); /* B-822; by priority */

#endif
