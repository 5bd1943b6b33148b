/*
 * The switches of bitsadmin: the table, and the functions behind it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each function does what its switch says with the arguments of the call, prints the answer and returns the
 * exit code.  Where the first argument is a job, session->job is that job.
 */

#ifndef BITSADMIN_COMMANDS_H
#define BITSADMIN_COMMANDS_H

#include "args.h"

/* Exit codes.  Small and positive, so that "if errorlevel 1" sees every failure. */
enum result
{
    RESULT_DONE,
    RESULT_FAILED, /* BITS or the system refused, or a transfer failed */
    RESULT_USAGE,  /* the command line makes no sense */
};

/* Signature of a switch's function. */
#define COMMAND(name) int name(struct session *session, const struct call *call)

/* help.c */
COMMAND(cmd_help);
void print_banner(void);
/* The help of a group, or with NULL of everything. */
void print_help(const char *group);

/* listing.c */
COMMAND(cmd_list);
COMMAND(cmd_monitor);
COMMAND(cmd_reset);
COMMAND(cmd_info);
COMMAND(cmd_list_files);

/* transfer.c */
COMMAND(cmd_transfer);

/* control.c */
COMMAND(cmd_create);
COMMAND(cmd_add_file);
COMMAND(cmd_add_file_set);
COMMAND(cmd_add_file_with_ranges);
COMMAND(cmd_replace_remote_prefix);
COMMAND(cmd_suspend);
COMMAND(cmd_resume);
COMMAND(cmd_cancel);
COMMAND(cmd_complete);
COMMAND(cmd_take_ownership);

/* property.c: a value that has a row in the table of properties */
COMMAND(cmd_get_property);
COMMAND(cmd_set_property);

/* details.c: what has several values */
COMMAND(cmd_get_error);
COMMAND(cmd_get_reply_data);
COMMAND(cmd_get_peer_stats);

/* settings.c: what is set in several parts */
COMMAND(cmd_set_proxy_settings);
COMMAND(cmd_set_credentials);
COMMAND(cmd_remove_credentials);
COMMAND(cmd_set_custom_headers);
COMMAND(cmd_make_custom_headers_write_only);
COMMAND(cmd_set_notify_cmd_line);
COMMAND(cmd_set_helper_token);

/* certificate.c */
COMMAND(cmd_get_client_certificate);
COMMAND(cmd_set_client_certificate_by_id);
COMMAND(cmd_set_client_certificate_by_name);
COMMAND(cmd_remove_client_certificate);

/* peercache.c */
/* Say that there is no cache to change. Returns the exit code. */
int refuse_without_peer_cache(void);
COMMAND(cmd_set_configuration_flags);
COMMAND(cmd_cache_list);
COMMAND(cmd_cache_info);
COMMAND(cmd_cache_clear);
COMMAND(cmd_cache_delete);
COMMAND(cmd_cache_delete_url);
COMMAND(cmd_peers_discover);
COMMAND(cmd_peers_list);
COMMAND(cmd_peers_clear);

/* util.c */
COMMAND(cmd_version);
COMMAND(cmd_repair_service);
COMMAND(cmd_enable_analytic_channel);

/* ieproxy.c */
COMMAND(cmd_get_ie_proxy);
COMMAND(cmd_set_ie_proxy);

/* switches.c: in the order of the help */
extern const struct switch_def switch_table[];
extern const size_t switch_count;

#endif
