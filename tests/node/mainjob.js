/*
 * The main job of BITS and Delivery Optimization, done by a plain Windows program: run under Windows' own
 * node.exe.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: node.exe mainjob.js GOOD_SERVER REFUSED_SERVER SHA256 [bits|do|download]
 *
 * GOOD_SERVER (http://127.0.0.1:N) answers /good.bin and /slow.bin with a file of that SHA-256, /forbidden.bin
 * with 403, /missing.bin with 404 and /broken.bin with 500; nobody listens at REFUSED_SERVER.  Tells what
 * happens in indented lines and what was checked in lines that begin with "ok - " or "not ok - ".  The exit
 * code is 0 when all is well.
 *
 * Rules: B-500, B-506, B-507, B-511, B-521, B-701 to B-707, B-936 for BITS; D-223, D-228, D-265 to D-271 for
 * DO.
 */

'use strict';

const crypto = require('crypto');
const EventEmitter = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');

const bits = require('./bits');
const com = require('./com');
const { run_downloads } = require('./downloads');

/* Long enough for a service that starts on a busy machine; nothing waits for it when all is well. */
const DEADLINE_MS = 30000;
const [good_server, refused_server, good_sha256, only] = process.argv.slice(2);

/* --- What each service must do -------------------------------------------------------------------------- */

const REMOTE_FILE = 5;
const NONE = 0;

const services = [
    {
        key: 'bits',
        title: 'BITS',
        clsid: bits.CLSID_BackgroundCopyManager,
        add_call: 'AddFile',
        add_file: (job, url, local) => job.AddFile(url, local),
        no_error: 0x8020000F, /* BG_E_ERROR_INFORMATION_UNAVAILABLE */
        context: (_status) => REMOTE_FILE,
    },
    {
        key: 'do',
        title: 'Delivery Optimization',
        clsid: bits.CLSID_DeliveryOptimization,
        add_call: 'IDeliveryOptimizationJob::AddFileWithRanges',
        add_file: async (job, url, local) => {
            const do_job = await job.query(bits.IDeliveryOptimizationJob);
            await do_job.AddFileWithRanges(path.basename(local), url, local, 0, null, bits.SIZE_UNKNOWN);
            await do_job.Release();
        },
        no_error: 0x80D02014, /* DO_E_ERROR_INFORMATION_UNAVAILABLE */
        context: (status) => (status === 403 ? REMOTE_FILE : NONE),
    },
];

const scenarios = [
    { name: '200', url: `${good_server}/good.bin`, outcome: 'transferred' },
    { name: '403', url: `${good_server}/forbidden.bin`, outcome: 'error', status: 403, code: 0x80190193 },
    { name: '404', url: `${good_server}/missing.bin`, outcome: 'error', status: 404, code: 0x80190194 },
    { name: '500', url: `${good_server}/broken.bin`, outcome: 'transient', status: 500, code: 0x801901F4 },
    { name: 'refused port', url: `${refused_server}/good.bin`, outcome: 'transient', code: 0x80072EFD },
];

/* --- Reporting ------------------------------------------------------------------------------------------ */

let failures = 0;

/* One write per line: what was said before a crash or a hang must be there. */
function say(line) {
    fs.writeSync(1, line + '\n');
}

function tell(line) {
    say('    ' + line);
}

function check(condition, what, otherwise) {
    if (condition) return say(`ok - ${what}`);
    failures += 1;
    say(`not ok - ${what}${otherwise === undefined ? '' : ` (${otherwise})`}`);
}

function check_hr(got, want, what) {
    check(got === want, `${what} ${com.hex(want)}`, `got ${com.hex(got)}`);
}

/* The HRESULT of a call that may fail. */
async function outcome_of(promise) {
    try {
        await promise;
        return 0;
    } catch (error) {
        if (error instanceof com.ComError) return error.hr;
        throw error;
    }
}

/* --- The callback object -------------------------------------------------------------------------------- */

function progress_text(progress) {
    const total = progress.BytesTotal === bits.SIZE_UNKNOWN || progress.BytesTotal > Number.MAX_SAFE_INTEGER
        ? 'unknown' : progress.BytesTotal;
    return `${progress.BytesTransferred} of ${total} bytes`;
}

/* What a call says, as { hr, value }; value is null when it fails. */
function answer(method, ...values) {
    try {
        return { hr: 0, value: method(...values) };
    } catch (error) {
        if (error instanceof com.ComError) return { hr: error.hr, value: null };
        throw error;
    }
}

/* A text of the service, for people to read. */
function shown({ hr, value }) {
    return value === null ? `no text (${com.hex(hr)})` : value.trim();
}

/* Everything that an error object says, read while the service waits for the callback. */
function read_error(error) {
    const [context, code] = error.now.GetError();
    const { hr: file_hr, value: file } = answer(error.now.GetFile);
    const info = { context, code, file_hr, file_name: null };
    if (file !== null) {
        info.file_name = file.now.GetRemoteName();
        file.now.Release();
    }
    info.text = answer(error.now.GetErrorDescription, bits.LANG_ENGLISH_US);
    info.context_text = answer(error.now.GetErrorContextDescription, bits.LANG_ENGLISH_US);
    return info;
}

function shown_file(info) {
    return info.file_name === null ? `none (${com.hex(info.file_hr)})` : info.file_name;
}

function tell_error(info) {
    tell(`  error ${com.hex(info.code)}: ${shown(info.text)}`);
    tell(`  context ${bits.context_names[info.context]}: ${shown(info.context_text)}`);
    tell(`  file: ${shown_file(info)}`);
}

/*
 * Makes a callback object that shows and records each call, and does in it what a program would do.
 * watch.called(name, state) resolves when that callback has seen the job in that state and has returned; it
 * rejects when another callback told of the job's end.
 */
function make_watch() {
    const calls = { JobTransferred: 0, JobError: 0, JobModification: 0 };
    const watch = { calls, complete_hr: null, error: null, job_id: null };
    const seen = new EventEmitter();
    const history = [];

    function show(name, job) {
        const state = bits.state_names[job.now.GetState()];
        calls[name] += 1;
        watch.job_id = job.now.GetId();
        tell(`callback ${name.padEnd(15)}  ${state.padEnd(15)}  ${progress_text(job.now.GetProgress())}`);
        history.push(`${name} ${state}`);
        setImmediate(() => seen.emit('call', name, state));
    }

    watch.called = (wanted_name, wanted_state) => new Promise((resolve, reject) => {
        const wanted = `${wanted_name} ${wanted_state}`;
        const late = `no ${wanted_name} in the state ${wanted_state} within ${DEADLINE_MS / 1000} s`;
        const expiry = setTimeout(() => stop(late), DEADLINE_MS);
        function stop(problem) {
            clearTimeout(expiry);
            seen.removeListener('call', look);
            if (problem) reject(new Error(problem));
            else resolve();
        }
        function look(name, state) {
            if (history.includes(wanted)) stop();
            else if (name !== 'JobModification') stop(`${name} in the state ${state} instead of ${wanted}`);
        }
        seen.on('call', look);
        if (history.includes(wanted)) stop();
    });
    watch.sink = com.implement(bits.IBackgroundCopyCallback, {
        JobTransferred(job) {
            show('JobTransferred', job);
            watch.complete_hr = job.now.Complete();
            tell(`  Complete inside it: ${com.hex(watch.complete_hr)}`);
        },
        JobError(job, error) {
            show('JobError', job);
            watch.error = read_error(error);
            tell_error(watch.error);
        },
        JobModification(job) {
            show('JobModification', job);
        },
    });
    return watch;
}

/* --- The checks of each outcome ------------------------------------------------------------------------- */

function check_once(watch, name, label) {
    check(watch.calls[name] === 1, `${label}: ${name} was called once`, `${watch.calls[name]} times`);
}

function check_context(info, context, label) {
    const [wanted, got] = [context, info.context].map((number) => bits.context_names[number]);
    check(got === wanted, `${label}: the error's context is ${wanted}`, got);
}

async function check_transferred(service, job, watch, local, label) {
    const state = bits.state_names[await job.GetState()];
    check(state === 'ACKNOWLEDGED', `${label}: after Complete the job is ACKNOWLEDGED`, `it is ${state}`);
    check_once(watch, 'JobTransferred', label);
    check(watch.calls.JobModification > 0, `${label}: JobModification was called`);
    check(watch.complete_hr === 0, `${label}: Complete worked inside JobTransferred`);
    check(watch.calls.JobError === 0, `${label}: JobError was not called`);
    const data = fs.readFileSync(local);
    const sha256 = crypto.createHash('sha256').update(data).digest('hex');
    tell(`file ${local}: ${data.length} bytes, SHA-256 ${sha256}`);
    check(sha256 === good_sha256, `${label}: the file is identical with the server's`);
}

async function check_error(service, job, watch, scenario, label) {
    const info = watch.error;
    const state = bits.state_names[await job.GetState()];
    check(state === 'ERROR', `${label}: the job is in ERROR`, `it is ${state}`);
    check_once(watch, 'JobError', label);
    check(watch.calls.JobTransferred === 0, `${label}: JobTransferred was not called`);
    check_hr(info.code, scenario.code, `${label}: the error's code is`);
    check_context(info, service.context(scenario.status), label);
    /* whatever the context: D-270 */
    check(info.file_name === scenario.url, `${label}: the error's file is the one that failed`, shown_file(info));
    const status_text = `HTTP status ${scenario.status}`;
    check(shown(info.text).includes(status_text), `${label}: the error's text names the status`);
    check_hr(info.context_text.hr, 0, `${label}: the text of the error's context:`);
    check_hr(await outcome_of(job.Cancel()), 0, `${label}: Cancel gives`);
}

async function check_transient(service, job, watch, scenario, label) {
    const error = await job.GetError();
    const info = read_error(error);
    await error.Release();
    tell('GetError in TRANSIENT_ERROR');
    tell_error(info);
    check_hr(info.code, scenario.code, `${label}: GetError's code is`);
    check_hr(info.text.hr, 0, `${label}: the text of GetError's code:`);
    check(info.file_name === scenario.url, `${label}: the error's file is the one that failed`, shown_file(info));
    check_hr(await outcome_of(job.Cancel()), 0, `${label}: Cancel gives`);
    const state = bits.state_names[await job.GetState()];
    check(state === 'CANCELLED', `${label}: after Cancel the job is CANCELLED`, `it is ${state}`);
    check(watch.calls.JobError === 0, `${label}: JobError was not called`);
    check(watch.calls.JobTransferred === 0, `${label}: JobTransferred was not called`);
}

/* The service must give back its last reference to the callback object when the job has ended. */
async function check_released(watch, label) {
    const end = Date.now() + DEADLINE_MS / 3;
    const left = () => watch.sink.references() - 1;
    while (left() > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    check(left() === 0, `${label}: the callback object was released`, `${left()} references are left`);
}

/* --- The main job --------------------------------------------------------------------------------------- */

const { BG_NOTIFY_JOB_TRANSFERRED, BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_MODIFICATION } = bits;
const notify_flags = BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_JOB_MODIFICATION;
const final_calls = {
    transferred: ['JobTransferred', 'TRANSFERRED'],
    error: ['JobError', 'ERROR'],
    transient: ['JobModification', 'TRANSIENT_ERROR'],
};

async function run(service, scenario, folder) {
    const label = `${service.title} ${scenario.name}`;
    const local = path.join(folder, `${service.key}-${path.basename(scenario.url)}`);
    const watch = make_watch();

    say(`\n${label}: ${scenario.url}`);
    tell(`CreateJob, ${service.add_call}, SetNotifyInterface, SetNotifyFlags, Resume`);
    const manager = await com.create_local(service.clsid, bits.IBackgroundCopyManager);
    const [id, job] = await manager.CreateJob(`main job, ${scenario.name}`, bits.BG_JOB_TYPE_DOWNLOAD);
    await service.add_file(job, scenario.url, local);
    await job.SetNotifyInterface(watch.sink.pointer);
    await job.SetNotifyFlags(notify_flags);
    const early_error = await outcome_of(job.GetError());
    check_hr(early_error, service.no_error, `${label}: GetError before there is an error gives`);
    await job.Resume();

    try {
        await watch.called(...final_calls[scenario.outcome]);
        check(watch.job_id === id, `${label}: callbacks got the job`, `${watch.job_id} instead of ${id}`);
        if (scenario.outcome === 'transferred') await check_transferred(service, job, watch, local, label);
        else if (scenario.outcome === 'error') await check_error(service, job, watch, scenario, label);
        else await check_transient(service, job, watch, scenario, label);
        await check_released(watch, label);
    } catch (error) {
        tell(`the job is now ${bits.state_names[await job.GetState()]}`);
        await outcome_of(job.Cancel());
        throw error;
    } finally {
        await outcome_of(job.Release());
        await outcome_of(manager.Release());
    }
}

async function main() {
    com.initialize();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mainjob-'));
    say(`Node.js ${process.version} for ${process.platform} ${process.arch}, ${process.execPath}`);
    for (const service of services.filter(({ key }) => !only || key === only)) {
        for (const scenario of scenarios) {
            try {
                await run(service, scenario, folder);
            } catch (error) {
                check(false, `${service.title} ${scenario.name}`, error.message);
            }
        }
    }
    if (!only || only === 'download') {
        const report = { say, tell, check, check_hr, deadline: DEADLINE_MS };
        await run_downloads(bits.CLSID_DeliveryOptimization, good_server, good_sha256, folder, report);
    }
    fs.rmSync(folder, { recursive: true, force: true });
    say(failures === 0 ? '\nAll checks passed.' : `\n${failures} checks failed.`);
}

main().catch((error) => {
    check(false, 'the test ran to its end', error.stack);
}).finally(() => process.exit(failures === 0 ? 0 : 1));
