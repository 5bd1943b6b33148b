# shellcheck shell=bash
# The cases of tools/bench. Sourced by it, and uses its variables.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# --- servers -----------------------------------------------------------------------------

make_files()
{
    local i
    head -c "$file_size" /dev/zero >"$scratch/www/file" && head -c "$part_size" /dev/zero >"$scratch/www/part" || exit
    mkdir "$scratch/www/small" "$scratch/www/put"
    for ((i = 0; i < small_count || i < callback_jobs; i++)); do printf '%4096d' "$i" >"$scratch/www/small/$i"; done
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$scratch/key.pem" -out "$scratch/certificate.pem" >/dev/null 2>&1 || fail "openssl makes no certificate"
}

nginx_conf()
{
    cat <<END
daemon off;
master_process off;
pid $scratch/nginx.pid;
error_log $scratch/nginx-error.log notice;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_max_body_size 0;
    client_body_temp_path $scratch/body;
    proxy_temp_path $scratch/proxy;
    fastcgi_temp_path $scratch/fastcgi;
    uwsgi_temp_path $scratch/uwsgi;
    scgi_temp_path $scratch/scgi;
    root $scratch/www;
    server {
        listen 127.0.0.1:$port;
        location /put/ { dav_methods PUT; }
        location /half/ { rewrite ^ /file break; limit_rate_after $((file_size / 2 + 65536)); limit_rate 1000; }
        location /slow/ { rewrite ^ /file break; limit_rate $((file_size / 1024)); }
        location /parts/ { rewrite ^ /part break; }
    }
    server {
        listen 127.0.0.1:$secure_port ssl;
        ssl_certificate $scratch/certificate.pem;
        ssl_certificate_key $scratch/key.pem;
    }
}
END
}

# nginx tells by its pid file that it listens, and by its end that it cannot.
start_nginx()
{
    local nginx attempt
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    [ -x "$nginx" ] || fail "nginx is missing (Debian package nginx-light)"
    for attempt in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 12000)) secure_port=$((port + 1))
        nginx_conf >"$scratch/nginx.conf"
        $server_pin "$nginx" -e "$scratch/nginx-error.log" -p "$scratch" -c "$scratch/nginx.conf" >"$scratch/nginx.log" 2>&1 &
        nginx_pid=$!
        while kill -0 "$nginx_pid" 2>/dev/null; do
            [ -s "$scratch/nginx.pid" ] && { url=http://127.0.0.1:$port secure_url=https://127.0.0.1:$secure_port; return; }
            sleep 0.05
        done
    done
    fail "nginx did not start after $attempt attempts: $(tail -n 3 "$scratch/nginx-error.log")"
}

start_upload_server()
{
    mkdir -p "$scratch/uploads"
    WB_CHECK_DIR=$scratch $server_pin "$top/tools/bits-upload-server" --quiet --overwrite "$scratch/uploads" >"$scratch/uploads.log" 2>&1 &
    upload_pid=$!
    while kill -0 "$upload_pid" 2>/dev/null; do
        upload_url=$(sed -n 's|^{"listening":"\(.*\)/"}$|\1|p' "$scratch/uploads.log")
        [ -n "$upload_url" ] && return
        sleep 0.05
    done
    fail "the upload server does not start: $(cat "$scratch/uploads.log")"
}

# --- helpers ---------------------------------------------------------------------------------

windows_path() { printf 'Z:%s' "${1//\//\\}"; }
out() { windows_path "$scratch/out/"; }

# each_round FUNCTION: as often as wanted, the rows in turn.
each_round()
{
    local round
    for ((round = 0; round < rounds; round++)); do "$1"; done
}

# --- one large file -----------------------------------------------------------------------------

rows_file()
{
    native file curl curl -sf -o "$scratch/out/a" "$url/file"
    native file 'aria2, 1 connection' aria2c -q -x1 --file-allocation=none -d "$scratch/out" -o a "$url/file"
    native file 'aria2, 4 connections' aria2c -q -x4 -s4 --file-allocation=none -d "$scratch/out" -o a "$url/file"
    native file wget wget -q -O "$scratch/out/a" "$url/file"
    loop file 'Winsock loop, 1 MiB' winsock port="$port" path=/file file="$(out)a"
    loop file 'WinHTTP loop, 64 KiB' winhttp port="$port" path=/file file="$(out)a"
    service plain bits file "Wine's own BITS" files url="$url/file" dir="$(out)"
    service ours bits file 'wine-bits' files url="$url/file" dir="$(out)"
}

case_file()
{
    each_round rows_file
    table file "$((file_size / MiB)) MiB over HTTP into a file"
}

rows_tls()
{
    native tls curl curl -skf -o "$scratch/out/a" "$secure_url/file"
    native tls 'aria2, 1 connection' aria2c -q -x1 --check-certificate=false --file-allocation=none -d "$scratch/out" -o a \
        "$secure_url/file"
    native tls wget wget -q --no-check-certificate -O "$scratch/out/a" "$secure_url/file"
    loop tls 'WinHTTP loop, 64 KiB' winhttp port="$secure_port" path=/file secure=1 file="$(out)a"
    service ours bits tls 'wine-bits' files url="$secure_url/file" insecure=1 dir="$(out)"
}

case_tls()
{
    each_round rows_tls
    table tls "$((file_size / MiB)) MiB over HTTPS into a file"
}

# --- many files --------------------------------------------------------------------------------------

rows_small()
{
    native small 'curl, one connection' curl -sf --output-dir "$scratch/out" -K "$scratch/small.curl"
    native small 'aria2, 5 at a time' aria2c -q -j5 --file-allocation=none -d "$scratch/out" -i "$scratch/small.urls"
    native small wget wget -q -P "$scratch/out" -i "$scratch/small.urls"
    service plain bits small "Wine's own BITS, 1 job" files files="$small_count" url="$url/small/%u" dir="$(out)"
    service plain bits small "Wine's own BITS, jobs of $job_files" files files="$job_files" \
        jobs=$((small_count / job_files)) url="$url/small/%u" dir="$(out)"
    service ours bits small 'wine-bits, 1 job' files files="$small_count" url="$url/small/%u" dir="$(out)"
    service ours bits small "wine-bits, jobs of $job_files" files files="$job_files" \
        jobs=$((small_count / job_files)) url="$url/small/%u" dir="$(out)"
}

case_small()
{
    local i
    for ((i = 0; i < small_count; i++)); do
        printf 'url=%s/small/%d\noutput=%d\n' "$url" "$i" "$i" >>"$scratch/small.curl"
        printf '%s/small/%d\n' "$url" "$i" >>"$scratch/small.urls"
    done
    each_round rows_small
    table small "$small_count files of 4 KiB"
}

rows_parallel()
{
    native parallel "curl, $parallel at a time" curl -sf -Z --parallel-max "$parallel" --output-dir "$scratch/out" \
        -K "$scratch/parallel.curl"
    native parallel "aria2, $parallel at a time" aria2c -q -j"$parallel" -x1 --file-allocation=none -d "$scratch/out" \
        -i "$scratch/parallel.urls"
    service ours bits parallel 'wine-bits, foreground jobs' files jobs="$parallel" url="$url/parts/%u" dir="$(out)" || return
    record parallel-spread 'slowest job by the median one' "$(result slowest_ratio)"
}

case_parallel()
{
    local i
    for ((i = 0; i < parallel; i++)); do
        printf 'url=%s/parts/%d\noutput=%d\n' "$url" "$i" "$i" >>"$scratch/parallel.curl"
        printf '%s/parts/%d\n' "$url" "$i" >>"$scratch/parallel.urls"
    done
    each_round rows_parallel
    table parallel "$parallel files of $((part_size / 1024)) KiB at once"
    table parallel-spread 'How far these jobs differ' times
}

# --- the second half -------------------------------------------------------------------------------------

rows_resume()
{
    fresh
    head -c $((file_size / 2)) /dev/zero >"$scratch/out/a"
    keep=yes native resume curl curl -sf -C - -o "$scratch/out/a" "$url/half/a"
    service ours bits resume 'wine-bits, Resume to Complete' resume url="$url/half/a" half=$((file_size / 2)) dir="$(out)"
}

case_resume()
{
    each_round rows_resume
    table resume "The second half of $((file_size / MiB)) MiB"
}

# --- the client is told ---------------------------------------------------------------------------------------

# latency PREFIX NAME LOAD
latency()
{
    local what
    fresh
    [ "$1" = ours ] && set -- "$1" "$2" "$3" wanted=1 || set -- "$1" "$2" "$3" builtin=1
    bench "$1" latency count="$latency_count" load="$3" url="$url/slow/%u" dir="$(out)" "$4" || return
    for what in error transferred; do
        [ -n "$(result ${what}_median_ms)" ] || continue
        record latency "$2, $what: median" "$(seconds ${what}_median_ms)"
        record latency "$2, $what: 99 %" "$(seconds ${what}_p99_ms)"
    done
}

rows_latency()
{
    latency plain "Wine's own BITS" 0
    latency ours 'wine-bits idle' 0
    latency ours "wine-bits, $load transfers" "$load"
}

case_latency()
{
    each_round rows_latency
    table latency "From the server's last byte to the client's callback ($latency_count jobs, 404 and 4 KiB)" ms
}

rows_callbacks()
{
    local pid before
    bench ours activate || return
    pid=$(pid_with "$scratch/ours" qmgr.dll)
    before=$(status_of "$pid" Threads)
    : >"$scratch/watch"
    watch_threads "$pid" "$scratch/threads" &
    service ours bits callbacks "wine-bits, first Resume to last call" callbacks jobs="$callback_jobs" url="$url/small/%u" \
        dir="$(out)" && record callbacks 'of this after the last Resume' "$(seconds after_last_resume_ms)"
    rm -f "$scratch/watch"
    wait $!
    say "callbacks: $before threads before, at most $(cat "$scratch/threads")"
}

case_callbacks()
{
    each_round rows_callbacks
    table callbacks "$callback_jobs foreground jobs of one file of 4 KiB, one client"
}

# --- uploads -----------------------------------------------------------------------------------------------------

rows_upload()
{
    rm -f "$scratch/uploads"/* "$scratch/www/put"/*
    native upload 'curl -T, same server' curl -sf -T "$scratch/www/file" -H 'Expect:' "$upload_url/curl"
    rm -f "$scratch/uploads"/*
    native upload 'curl -T, nginx' curl -sf -T "$scratch/www/file" -H 'Expect:' "$url/put/a"
    rm -f "$scratch/www/put"/*
    service ours bits upload 'wine-bits' files url="$upload_url/ours" upload="$(windows_path "$scratch/www/file")"
    rm -f "$scratch/uploads"/*
}

case_upload()
{
    start_upload_server
    each_round rows_upload
    table upload "Upload of $((file_size / MiB)) MiB"
    kill "$upload_pid" && wait "$upload_pid" 2>/dev/null
    upload_pid=''
}

# --- Delivery Optimization -----------------------------------------------------------------------------------------

rows_delivery()
{
    local pid
    service ours bits delivery 'BITS, foreground' files url="$url/file" dir="$(out)"
    service ours do delivery 'Delivery Optimization, foreground' downloads url="$url/file" dir="$(out)"
    bench ours activate class=do || return
    pid=$(pid_with "$scratch/ours" dosvc.dll)
    : >"$scratch/watch"
    watch_threads "$pid" "$scratch/threads" &
    service ours do "delivery-many" "$downloads downloads of $((part_size / 1024)) KiB" downloads jobs="$downloads" \
        url="$url/parts/%u" dir="$(out)"
    rm -f "$scratch/watch"
    wait $!
    say "delivery: at most $(cat "$scratch/threads") threads with $downloads downloads"
}

case_delivery()
{
    each_round rows_delivery
    table delivery "$((file_size / MiB)) MiB over HTTP into a file, by either service"
    table delivery-many 'Downloads at once'
}

# start_relay [BYTES_PER_SECOND]: a line of 50 ms to nginx; its address is in $line_url, its process in $relay_pid.
start_relay()
{
    : >"$scratch/relay"
    # shellcheck disable=SC2086
    $server_pin "$build/native/relay" "$port" 50 ${1:-} >"$scratch/relay" &
    relay_pid=$!
    while kill -0 "$relay_pid" 2>/dev/null; do
        [ -s "$scratch/relay" ] && { line_url=http://127.0.0.1:$(<"$scratch/relay"); return; }
        sleep 0.05
    done
    fail "the relay does not start"
}

stop_relay() { kill "$relay_pid" && wait "$relay_pid" 2>/dev/null; relay_pid=''; }

# rows_over_line CASE
rows_over_line()
{
    native "$1" 'aria2, 1 connection' aria2c -q -x1 --file-allocation=none -d "$scratch/out" -o a "$line_url/line"
    native "$1" 'aria2, 4 connections' aria2c -q -x4 -s4 --file-allocation=none -d "$scratch/out" -o a "$line_url/line"
    native "$1" curl curl -sf -o "$scratch/out/a" "$line_url/line"
    service ours bits "$1" 'BITS, foreground' files url="$line_url/line" dir="$(out)"
    service ours do "$1" 'Delivery Optimization, foreground' downloads url="$line_url/line" dir="$(out)"
}

rows_line() { rows_over_line line; }

rows_capped()
{
    rows_over_line capped
    service ours do capped 'Delivery Optimization to a stream' stream url="$line_url/line" size="$line_size"
}

case_line()
{
    # Without a cap a small file would be there before anything could be measured.
    head -c $((4 * line_size)) /dev/zero >"$scratch/www/line"
    start_relay
    each_round rows_line
    stop_relay
    table line "$((4 * line_size / MiB)) MiB over a line of 100 ms"
    head -c "$line_size" /dev/zero >"$scratch/www/line"
    start_relay $((4 * MiB))
    each_round rows_capped
    stop_relay
    table capped "$((line_size / MiB)) MiB over a line of 100 ms, 4 MiB a second for each connection"
}

# The configuration of curl for the same ranges, in as few requests as servers take, over one connection.
curl_ranges()
{
    awk -v url="$1" -v count="$range_count" -v size="$range_size" -v stride="$range_stride" -v out="$scratch/out/" '
        function flush() { if (list != "") printf "%surl=%s\nrange=%s\noutput=%s%d\n", n++ ? "next\nfail\nsilent\n" : "", url, list, out, n; list = "" }
        BEGIN {
            for (i = 0; i < count; i++) {
                range = sprintf("%d-%d", i * stride, i * stride + size - 1)
                if (length(list) + length(range) > 7500) flush()
                list = list (list == "" ? "" : ",") range
            }
            flush()
        }'
}

# rows_of_ranges CASE URL
rows_of_ranges()
{
    curl_ranges "$2" >"$scratch/ranges.curl"
    native "$1" 'curl, 7500 bytes of ranges at once' curl -sf -K "$scratch/ranges.curl"
    service ours do "$1" 'Delivery Optimization, foreground' downloads url="$2" dir="$(out)" ranges="$range_count" \
        length="$range_size" stride="$range_stride"
}

rows_ranges() { rows_of_ranges ranges "$url/line"; }
rows_ranges_line() { rows_of_ranges ranges-line "$line_url/line"; }

case_ranges()
{
    head -c "$line_size" /dev/zero >"$scratch/www/line"
    range_stride=$((line_size / range_count)) range_size=$((range_stride / 8))
    each_round rows_ranges
    table ranges "$range_count ranges of $range_size bytes of one file"
    start_relay
    each_round rows_ranges_line
    stop_relay
    table ranges-line "$range_count ranges of $range_size bytes of one file over a line of 100 ms"
}

rows_stream()
{
    loop stream 'IStream::Write alone' rpc size="$stream_size"
    head -c "$stream_size" "$scratch/www/file" >"$scratch/www/stream"
    service ours do stream 'Delivery Optimization to a stream' stream url="$url/stream" size="$stream_size"
}

case_stream()
{
    each_round rows_stream
    table stream "$((stream_size / MiB)) MiB into a stream of another process"
}

# --- idle --------------------------------------------------------------------------------------------------------------

# Thread and number of its context switches, a line each.
switches_of() { awk '$1 ~ /voluntary_ctxt_switches/ { sum[FILENAME] += $2 } END { for (i in sum) print i, sum[i] }' \
    /proc/"$1"/task/*/status; }
# Those between two such lists; a thread that has ended meanwhile tells nothing any more.
switches_between() { awk 'NR == FNR { before[$1] = $2; next } { sum += $2 - before[$1] } END { print sum + 0 }' \
    <(echo "$1") <(echo "$2"); }

# idle_row ROW CLASS DLL: how often the service wakes when nothing is to be done.
idle_row()
{
    local pid before cpu
    bench ours activate class="$2" || return
    pid=$(pid_with "$scratch/ours" "$3")
    # What the client left behind is still being cleared away.
    sleep $((idle_s < 5 ? 1 : 12))
    before=$(switches_of "$pid") cpu=$(cpu_of "$pid")
    sleep "$idle_s"
    record idle "$1" "$(switches_between "$before" "$(switches_of "$pid")")" "$(difference "$cpu" "$(cpu_of "$pid")")" '' \
        "$(status_of "$pid" VmRSS)"
}

case_idle()
{
    idle_row 'BITS without jobs' bits qmgr.dll
    idle_row 'Delivery Optimization without jobs' do dosvc.dll
    bench ours suspended url=http://127.0.0.1:9/file dir="$(out)" && idle_row 'BITS, a job waits to be tried again' bits qmgr.dll
    table idle "Context switches of the service in $idle_s s" times
}
