/*
 * The table of bitsadmin's switches: name, arguments, help line, function; in the order of the help.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "commands.h"
#include "property.h"

#define OPT(kind) (ARG_OPTIONAL | (kind))

/* clang-format off */
/* Switches that show or set a property of a job, or of one of its files. */
#define ARGS(...) {ARG_JOB, __VA_ARGS__}
#define GET(name, id, help) \
    {NULL, name, "job", help, 0, {ARG_JOB}, cmd_get_property, &properties[PROPERTY_##id]}
#define GET_OF_FILE(name, id, help) \
    {NULL, name, "job index", help, 0, {ARG_JOB, ARG_NUMBER}, cmd_get_property, &properties[PROPERTY_##id]}
#define SET(name, id, syntax, args, help) \
    {NULL, name, "job " syntax, help, 0, args, cmd_set_property, &properties[SETTABLE_##id]}

const struct switch_def switch_table[] = {
    {NULL, "HELP", "", "Shows this text", 0, {0}, cmd_help},
    {NULL, "?", "", "Shows this text", 0, {0}, cmd_help},

    {"UTIL", "VERSION", "[/VERBOSE]",
     "Shows the version of BITS, and of its files", OPTION_VERBOSE, {0}, cmd_version},
    {"UTIL", "REPAIRSERVICE", "[/FORCE]",
     "Repairs the service of old versions of BITS; not for this version", OPTION_FORCE, {0}, cmd_repair_service},
    {"UTIL", "GETIEPROXY", "account [/CONN connection]",
     "Shows the Internet proxy settings of a service account", OPTION_CONN, {ARG_ACCOUNT}, cmd_get_ie_proxy},
    {"UTIL", "SETIEPROXY", "account usage [list bypass | url] [/CONN connection]",
     "Sets them: NO_PROXY, AUTODETECT, MANUAL_PROXY list bypass, AUTOSCRIPT url, RESET",
     OPTION_CONN, {ARG_ACCOUNT, ARG_IE_PROXY, OPT(ARG_LIST_OR_NULL), OPT(ARG_LIST_OR_NULL)}, cmd_set_ie_proxy},
    {"UTIL", "ENABLEANALYTICCHANNEL", "TRUE | FALSE",
     "Switches the analytic event channel of BITS clients", 0, {ARG_BOOLEAN}, cmd_enable_analytic_channel},

    {"PEERCACHING", "GETCONFIGURATIONFLAGS", "",
     "Shows the flags of the peer cache of this machine",
     0, {OPT(ARG_TEXT)}, cmd_get_property, &properties[PROPERTY_CONFIGURATION_FLAGS]},
    {"PEERCACHING", "SETCONFIGURATIONFLAGS", "value",
     "Sets them: 1 uses the cache of peers, 2 serves to peers",
     0, {ARG_TEXT, OPT(ARG_TEXT)}, cmd_set_configuration_flags},

    {"CACHE", "LIST", "[/VERBOSE]", "Lists the records of the peer cache", OPTION_VERBOSE, {0}, cmd_cache_list},
    {"CACHE", "INFO", "record [/VERBOSE]", "Shows one record", OPTION_VERBOSE, {ARG_ID}, cmd_cache_info},
    {"CACHE", "CLEAR", "", "Empties the cache", 0, {0}, cmd_cache_clear},
    {"CACHE", "DELETE", "record", "Deletes one record", 0, {ARG_ID}, cmd_cache_delete},
    {"CACHE", "DELETEURL", "url", "Deletes the records of a URL", 0, {ARG_TEXT}, cmd_cache_delete_url},
    {"CACHE", "GETLIMIT", "",
     "Shows the size limit in per cent of the disk", 0, {0}, cmd_get_property, &properties[PROPERTY_CACHE_LIMIT]},
    {"CACHE", "SETLIMIT", "percent",
     "Sets the size limit", 0, {ARG_NUMBER}, cmd_set_property, &properties[SETTABLE_CACHE_LIMIT]},
    {"CACHE", "GETEXPIRATIONTIME", "",
     "Shows the age limit of records in seconds",
     0, {0}, cmd_get_property, &properties[PROPERTY_CACHE_EXPIRATION_TIME]},
    {"CACHE", "SETEXPIRATIONTIME", "seconds",
     "Sets the age limit", 0, {ARG_NUMBER}, cmd_set_property, &properties[SETTABLE_CACHE_EXPIRATION_TIME]},

    {"PEERS", "DISCOVER", "", "Looks for peers", 0, {0}, cmd_peers_discover},
    {"PEERS", "LIST", "", "Lists the peers that are known", 0, {0}, cmd_peers_list},
    {"PEERS", "CLEAR", "", "Forgets them", 0, {0}, cmd_peers_clear},

    {NULL, "LIST", "[/ALLUSERS] [/VERBOSE]",
     "Lists the jobs of the user, or of all users", OPTION_ALLUSERS | OPTION_VERBOSE, {0}, cmd_list},
    {NULL, "MONITOR", "[/ALLUSERS] [/REFRESH seconds]",
     "Lists jobs again and again until Ctrl+C", OPTION_ALLUSERS | OPTION_REFRESH, {0}, cmd_monitor},
    {NULL, "RESET", "[/ALLUSERS]",
     "Cancels all jobs of the user, or of all users", OPTION_ALLUSERS, {0}, cmd_reset},

    {NULL, "TRANSFER",
     "name [/DOWNLOAD | /UPLOAD] [/PRIORITY priority] [/ACLFLAGS letters] [/DYNAMIC] url local [url local ...]",
     "Transfers files in a new job, and waits for the end",
     OPTION_DOWNLOAD | OPTION_UPLOAD | OPTION_PRIORITY | OPTION_ACLFLAGS | OPTION_DYNAMIC,
     {ARG_NEW_NAME, ARG_PAIRS}, cmd_transfer},

    {NULL, "CREATE", "[/DOWNLOAD | /UPLOAD | /UPLOAD-REPLY] name",
     "Creates a job, suspended and without files",
     OPTION_DOWNLOAD | OPTION_UPLOAD | OPTION_UPLOAD_REPLY, {ARG_TEXT}, cmd_create},
    {NULL, "INFO", "job [/VERBOSE]", "Shows one job", OPTION_VERBOSE, {ARG_JOB}, cmd_info},
    {NULL, "ADDFILE", "job url local",
     "Adds a file; the local path must be complete", 0, {ARG_JOB, ARG_TEXT, ARG_TEXT}, cmd_add_file},
    {NULL, "ADDFILESET", "job textfile",
     "Adds the files of a text file: \"url local\" in each line, # for remarks",
     0, {ARG_JOB, ARG_TEXT}, cmd_add_file_set},
    {NULL, "ADDFILEWITHRANGES", "job url local ranges",
     "Adds parts of a file: offset:length[,offset:length ...], length may be eof",
     0, {ARG_JOB, ARG_TEXT, ARG_TEXT, ARG_RANGES}, cmd_add_file_with_ranges},
    {NULL, "REPLACEREMOTEPREFIX", "job old new",
     "Gives all URLs that start with old another start", 0, {ARG_JOB, ARG_TEXT, ARG_TEXT}, cmd_replace_remote_prefix},

    {NULL, "LISTFILES", "job", "Lists the files of a job", 0, {ARG_JOB}, cmd_list_files},
    {NULL, "SUSPEND", "job", "Suspends a job", 0, {ARG_JOB}, cmd_suspend},
    {NULL, "RESUME", "job", "Starts a job, or lets it go on", 0, {ARG_JOB}, cmd_resume},
    {NULL, "CANCEL", "job", "Deletes a job and what it has transferred", 0, {ARG_JOB}, cmd_cancel},
    {NULL, "COMPLETE", "job", "Ends a job and gives its files their names", 0, {ARG_JOB}, cmd_complete},

    GET("GETTYPE", TYPE, "Shows the type of a job"),
    GET("GETACLFLAGS", ACL_FLAGS, "Shows which parts of security descriptors are kept"),
    SET("SETACLFLAGS", ACL_FLAGS, "letters", ARGS(ARG_ACL), "Sets them: O owner, G group, D access list, S audit list"),
    GET("GETBYTESTOTAL", BYTES_TOTAL, "Shows the size of all files"),
    GET("GETBYTESTRANSFERRED", BYTES_TRANSFERRED, "Shows how much of it is transferred"),
    GET("GETFILESTOTAL", FILES_TOTAL, "Shows the number of files"),
    GET("GETFILESTRANSFERRED", FILES_TRANSFERRED, "Shows how many are transferred"),
    GET("GETCREATIONTIME", CREATION_TIME, "Shows when the job was created"),
    GET("GETMODIFICATIONTIME", MODIFICATION_TIME, "Shows when it was changed"),
    GET("GETCOMPLETIONTIME", COMPLETION_TIME, "Shows when everything was transferred"),
    GET("GETSTATE", STATE, "Shows the state of a job"),
    {NULL, "GETERROR", "job", "Shows the error of a job", 0, {ARG_JOB}, cmd_get_error},
    GET("GETOWNER", OWNER, "Shows the owner of a job"),
    GET("GETDISPLAYNAME", DISPLAY_NAME, "Shows the name of a job"),
    SET("SETDISPLAYNAME", DISPLAY_NAME, "name", ARGS(ARG_TEXT), "Sets it"),
    GET("GETDESCRIPTION", DESCRIPTION, "Shows the description of a job"),
    SET("SETDESCRIPTION", DESCRIPTION, "text", ARGS(ARG_TEXT), "Sets it"),
    GET("GETPRIORITY", PRIORITY, "Shows the priority of a job"),
    SET("SETPRIORITY", PRIORITY, "priority", ARGS(ARG_PRIORITY), "Sets it: FOREGROUND, HIGH, NORMAL or LOW"),

    GET("GETNOTIFYFLAGS", NOTIFY_FLAGS, "Shows of what the job's owner is notified"),
    SET("SETNOTIFYFLAGS", NOTIFY_FLAGS, "value", ARGS(ARG_NUMBER),
     "Sets it: 1 the end of the transfer, 2 errors, 4 nothing"),
    GET("GETNOTIFYINTERFACE", NOTIFY_INTERFACE, "Shows whether a program waits for notifications"),
    GET("GETMINRETRYDELAY", MIN_RETRY_DELAY, "Shows the pause after a transient error in seconds"),
    SET("SETMINRETRYDELAY", MIN_RETRY_DELAY, "seconds", ARGS(ARG_NUMBER), "Sets it"),
    GET("GETNOPROGRESSTIMEOUT", NO_PROGRESS_TIMEOUT, "Shows after how many seconds without progress a job fails"),
    SET("SETNOPROGRESSTIMEOUT", NO_PROGRESS_TIMEOUT, "seconds", ARGS(ARG_NUMBER), "Sets it"),
    GET("GETMAXDOWNLOADTIME", MAX_DOWNLOAD_TIME, "Shows how many seconds a download may take"),
    SET("SETMAXDOWNLOADTIME", MAX_DOWNLOAD_TIME, "seconds", ARGS(ARG_NUMBER), "Sets it"),
    GET("GETERRORCOUNT", ERROR_COUNT, "Shows how often a job was interrupted by errors"),

    {NULL, "SETPROXYSETTINGS", "job usage [list bypass]",
     "Sets the proxies: PRECONFIG, NO_PROXY, AUTODETECT, or OVERRIDE with lists (NULL for an empty one)",
     0, {ARG_JOB, ARG_PROXY_USAGE, OPT(ARG_LIST_OR_NULL), OPT(ARG_LIST_OR_NULL)}, cmd_set_proxy_settings},
    GET("GETPROXYUSAGE", PROXY_USAGE, "Shows how proxies are found"),
    GET("GETPROXYLIST", PROXY_LIST, "Shows the proxies of a job"),
    GET("GETPROXYBYPASSLIST", PROXY_BYPASS_LIST, "Shows for which servers they are not used"),
    {NULL, "TAKEOWNERSHIP", "job", "Makes the user the owner of a job", 0, {ARG_JOB}, cmd_take_ownership},

    {NULL, "SETNOTIFYCMDLINE", "job program parameters",
     "Sets the command that runs at the end; NULL or \"\" for none of either",
     0, {ARG_JOB, ARG_LIST_OR_NULL, ARG_REST}, cmd_set_notify_cmd_line},
    GET("GETNOTIFYCMDLINE", NOTIFY_CMD_LINE, "Shows it"),
    {NULL, "SETCREDENTIALS", "job target scheme user password",
     "Sets a login; target SERVER or PROXY, scheme BASIC, DIGEST, NTLM, NEGOTIATE or PASSPORT",
     0, {ARG_JOB, ARG_TARGET, ARG_SCHEME, ARG_TEXT_OR_NULL, ARG_TEXT_OR_NULL}, cmd_set_credentials},
    {NULL, "REMOVECREDENTIALS", "job target scheme",
     "Removes it", 0, {ARG_JOB, ARG_TARGET, ARG_SCHEME}, cmd_remove_credentials},
    GET("GETCUSTOMHEADERS", CUSTOM_HEADERS, "Shows the job's own HTTP header lines"),
    {NULL, "SETCUSTOMHEADERS", "job header [header ...]",
     "Sets them; each is name:value", 0, {ARG_JOB, ARG_REST}, cmd_set_custom_headers},
    {NULL, "MAKECUSTOMHEADERSWRITEONLY", "job",
     "Keeps them from being shown, for ever", 0, {ARG_JOB}, cmd_make_custom_headers_write_only},
    GET("GETHTTPMETHOD", HTTP_METHOD, "Shows the HTTP method of a job"),
    SET("SETHTTPMETHOD", HTTP_METHOD, "method", ARGS(ARG_TEXT), "Sets it"),
    {NULL, "GETCLIENTCERTIFICATE", "job",
     "Shows the client certificate of a job", 0, {ARG_JOB}, cmd_get_client_certificate},
    {NULL, "SETCLIENTCERTIFICATEBYID", "job location store hash",
     "Sets it; location 1 to 8, store CA, MY, ROOT, SPC",
     0, {ARG_JOB, ARG_STORE, ARG_TEXT, ARG_HASH}, cmd_set_client_certificate_by_id},
    {NULL, "SETCLIENTCERTIFICATEBYNAME", "job location store subject",
     "Sets it", 0, {ARG_JOB, ARG_STORE, ARG_TEXT, ARG_TEXT}, cmd_set_client_certificate_by_name},
    {NULL, "REMOVECLIENTCERTIFICATE", "job", "Removes it", 0, {ARG_JOB}, cmd_remove_client_certificate},
    SET("SETSECURITYFLAGS", SECURITY_FLAGS, "value", ARGS(ARG_NUMBER),
     "Sets the checks of certificates (bits 0 to 4) and redirects (8 to 11)"),
    GET("GETSECURITYFLAGS", SECURITY_FLAGS, "Shows them"),

    SET("SETVALIDATIONSTATE", VALIDATION_STATE, "index TRUE | FALSE", ARGS(ARG_NUMBER, ARG_BOOLEAN),
     "Says whether a file is good; the first has index 0"),
    GET_OF_FILE("GETVALIDATIONSTATE", VALIDATION_STATE, "Shows it"),
    GET_OF_FILE("GETTEMPORARYNAME", TEMPORARY_NAME, "Shows the name of a file before the job is complete"),
    SET("SETPEERCACHINGFLAGS", PEERCACHING_FLAGS, "value", ARGS(ARG_NUMBER),
     "Sets the peer caching of a job: 1 uses peers, 2 serves to peers"),
    GET("GETPEERCACHINGFLAGS", PEERCACHING_FLAGS, "Shows it"),

    SET("SETREPLYFILENAME", REPLY_FILE_NAME, "path", ARGS(ARG_TEXT_OR_NULL),
     "Sets the file for the server's reply (UPLOAD-REPLY)"),
    GET("GETREPLYFILENAME", REPLY_FILE_NAME, "Shows it"),
    GET("GETREPLYPROGRESS", REPLY_PROGRESS, "Shows size and progress of the reply"),
    {NULL, "GETREPLYDATA", "job", "Shows the reply in hexadecimal digits", 0, {ARG_JOB}, cmd_get_reply_data},

    {NULL, "SETHELPERTOKEN", "job",
     "Gives a job the rights of this program as well", 0, {ARG_JOB}, cmd_set_helper_token},
    GET("GETHELPERTOKENSID", HELPER_TOKEN_SID, "Shows whose rights were given"),
    SET("SETHELPERTOKENFLAGS", HELPER_TOKEN_FLAGS, "value", ARGS(ARG_NUMBER),
     "Sets what they are for: 1 local files, 2 network, 3 both"),
    GET("GETHELPERTOKENFLAGS", HELPER_TOKEN_FLAGS, "Shows it"),
    {NULL, "GETPEERSTATS", "job index",
     "Shows how much of a file came from the server and from peers", 0, {ARG_JOB, ARG_NUMBER}, cmd_get_peer_stats},
};
/* clang-format on */

const size_t switch_count = sizeof(switch_table) / sizeof(switch_table[0]);
