/*
 * The interfaces of BITS, and of Delivery Optimization's BITS-shaped API, as far as the main job uses them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The number that begins each method is its place in the vtable.
 */

'use strict';

const { IUnknown, define_interface, koffi, types } = require('./com');

const { wstr, u32, u64, guid, pointer, borrowed, out } = types;

const JobProgress = koffi.struct('BG_JOB_PROGRESS', {
    BytesTotal: 'uint64', BytesTransferred: 'uint64', FilesTotal: 'uint32', FilesTransferred: 'uint32',
});

const IBackgroundCopyFile = define_interface('IBackgroundCopyFile',
    '01B7BD23-FB88-4A77-8490-5891D3E4653A', IUnknown, {
    GetRemoteName: [3, out.wstr],
    GetLocalName: [4, out.wstr],
});

const IBackgroundCopyError = define_interface('IBackgroundCopyError',
    '19C613A0-FCB8-4F28-81AE-897C3D078F81', IUnknown, {
    GetError: [3, out.u32, out.u32],
    GetFile: [4, out.object(() => IBackgroundCopyFile)],
    GetErrorDescription: [5, u32, out.wstr],
    GetErrorContextDescription: [6, u32, out.wstr],
    GetProtocol: [7, out.wstr],
});

const IBackgroundCopyJob = define_interface('IBackgroundCopyJob',
    '37668D37-507E-4160-9316-26306D150B12', IUnknown, {
    AddFile: [4, wstr, wstr],
    Resume: [7],
    Cancel: [8],
    Complete: [9],
    GetId: [10, out.guid],
    GetProgress: [12, out.struct(JobProgress)],
    GetState: [14, out.u32],
    GetError: [15, out.object(() => IBackgroundCopyError)],
    SetNotifyFlags: [23, u32],
    SetNotifyInterface: [25, pointer],
});

const IBackgroundCopyManager = define_interface('IBackgroundCopyManager',
    '5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C', IUnknown, {
    CreateJob: [3, wstr, u32, out.guid, out.object(() => IBackgroundCopyJob)],
    GetJob: [4, guid, out.object(() => IBackgroundCopyJob)],
});

const IBackgroundCopyCallback = define_interface('IBackgroundCopyCallback',
    '97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22', IUnknown, {
    JobTransferred: [3, borrowed(() => IBackgroundCopyJob)],
    JobError: [4, borrowed(() => IBackgroundCopyJob), borrowed(() => IBackgroundCopyError)],
    JobModification: [5, borrowed(() => IBackgroundCopyJob), u32],
});

const IDeliveryOptimizationJob = define_interface('IDeliveryOptimizationJob',
    'EE2584CF-A69C-4848-B633-2649962B3EF7', IUnknown, {
    /* fileId, remoteUrl, localName, rangeCount, ranges, fileSize */
    AddFileWithRanges: [3, wstr, wstr, wstr, u32, pointer, u64],
});

const state_names = ['QUEUED', 'CONNECTING', 'TRANSFERRING', 'SUSPENDED', 'ERROR', 'TRANSIENT_ERROR',
    'TRANSFERRED', 'ACKNOWLEDGED', 'CANCELLED'];

const context_names = ['NONE', 'UNKNOWN', 'GENERAL_QUEUE_MANAGER', 'QUEUE_MANAGER_NOTIFICATION', 'LOCAL_FILE',
    'REMOTE_FILE', 'GENERAL_TRANSPORT', 'REMOTE_APPLICATION'];

module.exports = {
    CLSID_BackgroundCopyManager: '4991D34B-80A1-4291-83B6-3328366B9097',
    CLSID_DeliveryOptimization: '5B99FA76-721C-423C-ADAC-56D03C8A8007',
    BG_JOB_TYPE_DOWNLOAD: 0,
    BG_NOTIFY_JOB_TRANSFERRED: 1,
    BG_NOTIFY_JOB_ERROR: 2,
    BG_NOTIFY_JOB_MODIFICATION: 8,
    SIZE_UNKNOWN: 0xFFFFFFFFFFFFFFFFn,
    LANG_ENGLISH_US: 0x0409,
    IBackgroundCopyCallback, IBackgroundCopyManager, IDeliveryOptimizationJob,
    context_names, state_names,
};
