/*
 * Downloads of Delivery Optimization's third generation, done as winget and the do-client SDK do them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The callback and the stream are JavaScript objects.  Rules: D-022, D-023, D-033 to D-038, D-136 to D-154, D-442 to
 * D-456.
 */

'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const com = require('./com');

const { IUnknown, define_interface, koffi, types } = com;
const { u32, u64, pointer, borrowed, out } = types;

/* --- The interfaces ------------------------------------------------------------------------------------- */

const Status = koffi.struct('DO_DOWNLOAD_STATUS', {
    BytesTotal: 'uint64', BytesTransferred: 'uint64', State: 'uint32', Error: 'uint32', ExtendedError: 'uint32',
});

/* With room for one range. */
const Ranges = koffi.struct('DO_DOWNLOAD_RANGES_INFO', {
    RangeCount: 'uint32', Offset: 'uint64', Length: 'uint64',
});

const Variant = koffi.struct('VARIANT', {
    vt: 'uint16', reserved: koffi.array('uint16', 3), value: 'uint64', rest: 'uint64',
});

const by_pointer = (type) => ({ type: koffi.pointer(type) });

const IDODownload = define_interface('IDODownload', 'FBBD7FC0-C147-4727-A38D-827EF071EE77', IUnknown, {
    Start: [3, by_pointer(Ranges)],
    Pause: [4],
    Abort: [5],
    Finalize: [6],
    GetStatus: [7, out.struct(Status)],
    GetProperty: [8, u32, out.struct(Variant)],
    SetProperty: [9, u32, by_pointer(Variant)],
});

const IDOManager = define_interface('IDOManager', '400E2D4A-1431-4C1A-A748-39CA472CFDB1', IUnknown, {
    CreateDownload: [3, out.object(() => IDODownload)],
});

const IDODownloadStatusCallback = define_interface('IDODownloadStatusCallback',
    'D166E8E3-A90E-4392-8E87-05E996D3747D', IUnknown, {
    OnStatusChange: [3, borrowed(() => IDODownload),
        { type: koffi.pointer(Status), received: (cell) => koffi.decode(cell, Status) }],
});

const i64 = { type: 'int64' };
const IStream = define_interface('IStream', '0000000C-0000-0000-C000-000000000046', IUnknown, {
    Read: [3, pointer, u32, pointer],
    Write: [4, pointer, u32, pointer],
    Seek: [5, i64, u32, pointer],
    SetSize: [6, u64],
    CopyTo: [7, pointer, u64, pointer, pointer],
    Commit: [8, u32],
    Revert: [9],
    LockRegion: [10, u64, u64, u32],
    UnlockRegion: [11, u64, u64, u32],
    Stat: [12, pointer, u32],
    Clone: [13, pointer],
});

const state_names = ['Created', 'Transferring', 'Transferred', 'Finalized', 'Aborted', 'Paused'];
const property = {
    Uri: 1, LocalPath: 4, ForegroundPriority: 11, CallbackInterface: 13, StreamInterface: 14, TotalSizeBytes: 21,
    HttpStatusCode: 29,
};
const [VT_BSTR, VT_BOOL, VT_UNKNOWN] = [8, 11, 13];
const TO_EOF = 0xFFFFFFFFFFFFFFFFn;

/* --- Variants and blankets ------------------------------------------------------------------------------ */

const oleaut32 = koffi.load('oleaut32.dll');
const SysAllocString = oleaut32.func('__stdcall', 'SysAllocString', 'void *', ['str16']);
const SysFreeString = oleaut32.func('__stdcall', 'SysFreeString', 'void', ['void *']);
const CoSetProxyBlanket = koffi.load('ole32.dll').func('__stdcall', 'CoSetProxyBlanket', 'uint32',
    ['void *', 'uint32', 'uint32', 'int64', 'uint32', 'uint32', 'void *', 'uint32']);

function variant(vt, value) {
    return { vt, reserved: [0, 0, 0], value, rest: 0 };
}

async function set_text(download, id, text) {
    const string = SysAllocString(text);
    try {
        await download.SetProperty(id, variant(VT_BSTR, koffi.address(string)));
    } finally {
        SysFreeString(string);
    }
}

function set_object(download, id, object) {
    return download.SetProperty(id, variant(VT_UNKNOWN, koffi.address(object.pointer)));
}

/* A client that may not have this gives up (D-022): what winget asks for, and what the SDK does. */
const blankets = { winget: { authorization: 0xFFFFFFFF, capabilities: 0x800 }, sdk: { authorization: 0, capabilities: 0x20 } };

function set_blanket(download, { authorization, capabilities }) {
    return CoSetProxyBlanket(download.pointer, 0xFFFFFFFF, authorization, -1, 0, 3, null, capabilities);
}

/* --- The client's objects ------------------------------------------------------------------------------- */

/* Shows each call; end resolves with the status at which the download is over. */
function make_callback(tell) {
    const watch = { states: [] };
    watch.end = new Promise((resolve) => {
        watch.sink = com.implement(IDODownloadStatusCallback, {
            OnStatusChange(download, status) {
                /* the download may be asked inside the call (D-140) */
                const now = download.now.GetStatus();
                watch.states.push(status.State);
                tell(`callback OnStatusChange  ${state_names[status.State].padEnd(12)}  ` +
                    `${status.BytesTransferred} of ${status.BytesTotal} bytes (now ${state_names[now.State]})`);
                if (status.State === 2 || status.State === 4 || status.Error >= 0x80000000) setImmediate(resolve, status);
            },
        });
    });
    return watch;
}

/* A stream that can only be written to, as the SDK's (D-148). */
function make_stream() {
    const hash = crypto.createHash('sha256');
    const stream = { writes: 0, bytes: 0, sha256: () => hash.digest('hex') };
    const refuse = () => { throw new Error('not implemented'); };
    const handlers = {
        Write(data, size) {
            hash.update(Buffer.from(koffi.decode(data, 'uint8', size)));
            stream.writes += 1;
            stream.bytes += size;
        },
    };
    for (const name of Object.keys(IStream.methods)) if (!(name in handlers)) handlers[name] = refuse;
    stream.sink = com.implement(IStream, handlers);
    return stream;
}

/* --- One download ------------------------------------------------------------------------------------------ */

function within(promise, ms) {
    let timer;
    const late = new Promise((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no end within ${ms / 1000} s`)), ms);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function prepare(manager, url, watch, blanket, label, { check_hr }) {
    const download = await manager.CreateDownload();
    check_hr(set_blanket(download, blanket), 0, `${label}: CoSetProxyBlanket gives`);
    await set_text(download, property.Uri, url);
    await download.SetProperty(property.ForegroundPriority, variant(VT_BOOL, 0xFFFF));
    await set_object(download, property.CallbackInterface, watch.sink);
    return download;
}

async function check_answer(download, size, label, { check }) {
    const total = await download.GetProperty(property.TotalSizeBytes);
    check(Number(total.value) === size, `${label}: TotalSizeBytes is ${size}`, `${total.value}`);
    const status = await download.GetProperty(property.HttpStatusCode);
    check(Number(BigInt(status.value) & 0xFFFFFFFFn) === 200, `${label}: HttpStatusCode is 200`, `${status.value}`);
}

async function released(sink, ms) {
    const end = Date.now() + ms;
    while (sink.references() > 1 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    return sink.references() === 1;
}

async function to_file({ manager, url, sha256, folder, report, label }) {
    const watch = make_callback(report.tell);
    const local = path.join(folder, 'download.bin');
    const download = await prepare(manager, url, watch, blankets.winget, label, report);
    await set_text(download, property.LocalPath, local);
    await download.Start({ RangeCount: 0, Offset: 0, Length: 0 });
    const status = await within(watch.end, report.deadline);
    report.check(status.State === 2 && status.BytesTransferred === status.BytesTotal,
        `${label}: the callback tells of the end`, `${state_names[status.State]}, error ${com.hex(status.Error)}`);
    report.check(watch.states[0] === 1 && watch.states.length > 2, `${label}: it was called all the way`);
    report.check(!fs.existsSync(local), `${label}: the file has no name before Finalize`);
    await check_answer(download, Number(status.BytesTotal), label, report);
    await download.Finalize();
    const data = fs.readFileSync(local);
    report.check(crypto.createHash('sha256').update(data).digest('hex') === sha256,
        `${label}: the file is identical with the server's`);
    await download.Release();
    report.check(await released(watch.sink, report.deadline / 3), `${label}: the callback object was released`);
}

async function to_stream({ manager, url, sha256, report, label }) {
    const watch = make_callback(report.tell);
    const stream = make_stream();
    const download = await prepare(manager, url, watch, blankets.sdk, label, report);
    await set_object(download, property.StreamInterface, stream.sink);
    await download.Start({ RangeCount: 1, Offset: 0, Length: TO_EOF });
    const status = await within(watch.end, report.deadline);
    report.check(status.State === 2, `${label}: the callback tells of the end`,
        `${state_names[status.State]}, error ${com.hex(status.Error)}`);
    report.tell(`stream: ${stream.writes} calls of Write, ${stream.bytes} bytes`);
    report.check(stream.bytes === Number(status.BytesTotal), `${label}: the stream has every byte once`, `${stream.bytes}`);
    report.check(stream.sha256() === sha256, `${label}: they are the server's`);
    await check_answer(download, stream.bytes, label, report);
    await download.Finalize();
    await download.Release();
    report.check(await released(stream.sink, report.deadline / 3), `${label}: the stream was released`);
}

async function missing({ manager, url, folder, report, label }) {
    const watch = make_callback(report.tell);
    const download = await prepare(manager, url, watch, blankets.winget, label, report);
    await set_text(download, property.LocalPath, path.join(folder, 'missing.bin'));
    await download.Start({ RangeCount: 0, Offset: 0, Length: 0 });
    const status = await within(watch.end, report.deadline);
    report.check_hr(status.Error, 0x80190194, `${label}: the callback tells of the error`);
    await download.Abort();
    await download.Release();
}

/* Run all of them; report has say, tell, check, check_hr and deadline (ms). */
async function run_downloads(clsid, server, sha256, folder, report) {
    const scenarios = [
        { name: 'to a file', file: 'slow.bin', run: to_file },
        { name: 'to a stream', file: 'good.bin', run: to_stream },
        { name: '404', file: 'missing.bin', run: missing },
    ];
    for (const { name, file, run } of scenarios) {
        const label = `Download ${name}`;
        const url = `${server}/${file}`;
        report.say(`\n${label}: ${url}`);
        try {
            const manager = await com.create_local(clsid, IDOManager);
            await run({ manager, url, sha256, folder, report, label });
            await manager.Release();
        } catch (error) {
            report.check(false, label, error.message);
        }
    }
}

module.exports = { run_downloads };
