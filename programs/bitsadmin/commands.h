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

/* progress.c: what a job is and how far it is */
COMMAND(cmd_get_type);
COMMAND(cmd_get_state);
COMMAND(cmd_get_bytes_total);
COMMAND(cmd_get_bytes_transferred);
COMMAND(cmd_get_files_total);
COMMAND(cmd_get_files_transferred);
COMMAND(cmd_get_creation_time);
COMMAND(cmd_get_modification_time);
COMMAND(cmd_get_completion_time);
COMMAND(cmd_get_error);
COMMAND(cmd_get_error_count);
COMMAND(cmd_get_owner);

/* property.c: what a job's owner may set */
COMMAND(cmd_get_display_name);
COMMAND(cmd_set_display_name);
COMMAND(cmd_get_description);
COMMAND(cmd_set_description);
COMMAND(cmd_get_priority);
COMMAND(cmd_set_priority);
COMMAND(cmd_get_acl_flags);
COMMAND(cmd_set_acl_flags);
COMMAND(cmd_get_min_retry_delay);
COMMAND(cmd_set_min_retry_delay);
COMMAND(cmd_get_no_progress_timeout);
COMMAND(cmd_set_no_progress_timeout);
COMMAND(cmd_get_max_download_time);
COMMAND(cmd_set_max_download_time);
COMMAND(cmd_get_peercaching_flags);
COMMAND(cmd_set_peercaching_flags);

/* notify.c */
COMMAND(cmd_get_notify_flags);
COMMAND(cmd_set_notify_flags);
COMMAND(cmd_get_notify_interface);
COMMAND(cmd_get_notify_cmd_line);
COMMAND(cmd_set_notify_cmd_line);

/* connection.c: proxies, credentials, HTTP */
COMMAND(cmd_get_proxy_usage);
COMMAND(cmd_get_proxy_list);
COMMAND(cmd_get_proxy_bypass_list);
COMMAND(cmd_set_proxy_settings);
COMMAND(cmd_set_credentials);
COMMAND(cmd_remove_credentials);
COMMAND(cmd_get_custom_headers);
COMMAND(cmd_set_custom_headers);
COMMAND(cmd_make_custom_headers_write_only);
COMMAND(cmd_get_http_method);
COMMAND(cmd_set_http_method);
COMMAND(cmd_get_security_flags);
COMMAND(cmd_set_security_flags);

/* certificate.c */
COMMAND(cmd_get_client_certificate);
COMMAND(cmd_set_client_certificate_by_id);
COMMAND(cmd_set_client_certificate_by_name);
COMMAND(cmd_remove_client_certificate);

/* file.c: one file of a job */
COMMAND(cmd_get_validation_state);
COMMAND(cmd_set_validation_state);
COMMAND(cmd_get_temporary_name);
COMMAND(cmd_get_peer_stats);

/* reply.c */
COMMAND(cmd_get_reply_file_name);
COMMAND(cmd_set_reply_file_name);
COMMAND(cmd_get_reply_progress);
COMMAND(cmd_get_reply_data);

/* token.c */
COMMAND(cmd_set_helper_token);
COMMAND(cmd_get_helper_token_sid);
COMMAND(cmd_get_helper_token_flags);
COMMAND(cmd_set_helper_token_flags);

/* peercache.c */
COMMAND(cmd_get_configuration_flags);
COMMAND(cmd_set_configuration_flags);
COMMAND(cmd_cache_list);
COMMAND(cmd_cache_info);
COMMAND(cmd_cache_clear);
COMMAND(cmd_cache_delete);
COMMAND(cmd_cache_delete_url);
COMMAND(cmd_cache_get_limit);
COMMAND(cmd_cache_set_limit);
COMMAND(cmd_cache_get_expiration_time);
COMMAND(cmd_cache_set_expiration_time);
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
