/*
 * The interfaces of BITS as .NET programs declare them, written from include/bits*.idl.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the style of the public wrappers: failures are exceptions, strings are marshalled, arrays are arrays. An
 * interface that extends another repeats the methods of that (.NET does not inherit them for COM); where no
 * method of the other is called through it, a placeholder stands for each slot.
 */

using System;
using System.Runtime.InteropServices;

namespace WineBits
{
    enum JobType { Download, Upload, UploadReply }

    enum JobState
    {
        Queued, Connecting, Transferring, Suspended, Error, TransientError, Transferred, Acknowledged, Cancelled
    }

    enum JobPriority { Foreground, High, Normal, Low }

    enum ProxyUsage { Preconfig, NoProxy, Override, AutoDetect }

    enum ErrorContext
    {
        None, Unknown, GeneralQueueManager, QueueManagerNotification, LocalFile, RemoteFile, GeneralTransport,
        RemoteApplication
    }

    [Flags]
    enum NotifyFlags : uint { Transferred = 1, Error = 2, Disable = 4, Modification = 8, FileTransferred = 16 }

    enum JobPropertyId
    {
        CostFlags = 1, NotificationClsid = 2, DynamicContent = 3, HighPerformance = 4, MaxDownloadSize = 5,
        UseStoredCredentials = 7, MinimumNotificationInterval = 9, OnDemandMode = 10
    }

    enum FilePropertyId { HttpResponseHeaders = 1 }

    [StructLayout(LayoutKind.Sequential)]
    struct FileProgress
    {
        public ulong BytesTotal, BytesTransferred;
        [MarshalAs(UnmanagedType.Bool)] public bool Completed;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct JobProgress
    {
        public ulong BytesTotal, BytesTransferred;
        public uint FilesTotal, FilesTransferred;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct JobTimes
    {
        public System.Runtime.InteropServices.ComTypes.FILETIME Creation, Modification, TransferCompletion;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct FileInfo
    {
        [MarshalAs(UnmanagedType.LPWStr)] public string RemoteName;
        [MarshalAs(UnmanagedType.LPWStr)] public string LocalName;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct FileRange
    {
        public ulong InitialOffset, Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct BasicCredentials
    {
        [MarshalAs(UnmanagedType.LPWStr)] public string UserName;
        [MarshalAs(UnmanagedType.LPWStr)] public string Password;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Credentials
    {
        public int Target, Scheme;
        public BasicCredentials Basic;
    }

    /* Passed by value: 16 bytes, by reference on x64 and on the stack on x86. */
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    struct JobPropertyValue
    {
        [FieldOffset(0)] public uint Dword;
        [FieldOffset(0)] public Guid ClsId;
        [FieldOffset(0)] public int Enable;
        [FieldOffset(0)] public ulong Uint64;
        [FieldOffset(0)] public int Target;
    }

    [StructLayout(LayoutKind.Explicit)]
    struct FilePropertyValue
    {
        [FieldOffset(0)] public IntPtr String;
    }

    [ComImport, Guid("4991d34b-80a1-4291-83b6-3328366b9097")]
    class BackgroundCopyManager { }

    [ComImport, Guid("5fd42ad5-c04e-4d36-adc7-e08ff15737ad")]
    class BackgroundCopyManager10_3 { }

    [ComImport, Guid("01b7bd23-fb88-4a77-8490-5891d3e4653a"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyFile
    {
        void GetRemoteName([MarshalAs(UnmanagedType.LPWStr)] out string name);
        void GetLocalName([MarshalAs(UnmanagedType.LPWStr)] out string name);
        void GetProgress(out FileProgress progress);
    }

    [ComImport, Guid("83e81b93-0873-474d-8a8c-f2018b1a939c"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyFile2
    {
        void GetRemoteName([MarshalAs(UnmanagedType.LPWStr)] out string name);
        void GetLocalName([MarshalAs(UnmanagedType.LPWStr)] out string name);
        void GetProgress(out FileProgress progress);
        void GetFileRanges(ref uint count, out IntPtr ranges);
        void SetRemoteName([MarshalAs(UnmanagedType.LPWStr)] string name);
    }

    [ComImport, Guid("659cdeaa-489e-11d9-a9cd-000d56965251"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyFile3
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7();
        void GetTemporaryName([MarshalAs(UnmanagedType.LPWStr)] out string name);
        void SetValidationState([MarshalAs(UnmanagedType.Bool)] bool state);
        void GetValidationState([MarshalAs(UnmanagedType.Bool)] out bool state);
        void IsDownloadedFromPeer([MarshalAs(UnmanagedType.Bool)] out bool value);
    }

    [ComImport, Guid("ef7e0655-7888-4960-b0e5-730846e03492"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyFile4
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10(); void Slot11();
        void GetPeerDownloadStats(out ulong fromOrigin, out ulong fromPeers);
    }

    [ComImport, Guid("85c1657f-dafc-40e8-8834-df18ea25717e"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyFile5
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10(); void Slot11(); void Slot12();
        void SetProperty(FilePropertyId id, FilePropertyValue value);
        void GetProperty(FilePropertyId id, out FilePropertyValue value);
    }

    [ComImport, Guid("cf6784f7-d677-49fd-9368-cb47aee9d1ad"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyFile6
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10(); void Slot11(); void Slot12(); void Slot13(); void Slot14();
        void UpdateDownloadPosition(ulong offset);
        void RequestFileRanges(uint count,
            [MarshalAs(UnmanagedType.LPArray, SizeParamIndex = 0)] FileRange[] ranges);
        void GetFilledFileRanges(out uint count, out IntPtr ranges);
    }

    [ComImport, Guid("ca51e165-c365-424c-8d41-24aaa4ff3c40"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IEnumBackgroundCopyFiles
    {
        [PreserveSig] int Next(uint count, [MarshalAs(UnmanagedType.Interface)] out IBackgroundCopyFile file,
            out uint fetched);
        [PreserveSig] int Skip(uint count);
        void Reset();
        void Clone([MarshalAs(UnmanagedType.Interface)] out IEnumBackgroundCopyFiles clone);
        void GetCount(out uint count);
    }

    [ComImport, Guid("19c613a0-fcb8-4f28-81ae-897c3d078f81"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyError
    {
        void GetError(out ErrorContext context, out int code);
        void GetFile([MarshalAs(UnmanagedType.Interface)] out IBackgroundCopyFile file);
        void GetErrorDescription(uint language, [MarshalAs(UnmanagedType.LPWStr)] out string text);
        void GetErrorContextDescription(uint language, [MarshalAs(UnmanagedType.LPWStr)] out string text);
        void GetProtocol([MarshalAs(UnmanagedType.LPWStr)] out string protocol);
    }

    [ComImport, Guid("37668d37-507e-4160-9316-26306d150b12"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyJob
    {
        void AddFileSet(uint count, [MarshalAs(UnmanagedType.LPArray, SizeParamIndex = 0)] FileInfo[] files);
        void AddFile([MarshalAs(UnmanagedType.LPWStr)] string remote, [MarshalAs(UnmanagedType.LPWStr)] string local);
        void EnumFiles([MarshalAs(UnmanagedType.Interface)] out IEnumBackgroundCopyFiles files);
        void Suspend();
        void Resume();
        void Cancel();
        void Complete();
        void GetId(out Guid id);
        void GetType(out JobType type);
        void GetProgress(out JobProgress progress);
        void GetTimes(out JobTimes times);
        void GetState(out JobState state);
        void GetError([MarshalAs(UnmanagedType.Interface)] out IBackgroundCopyError error);
        void GetOwner([MarshalAs(UnmanagedType.LPWStr)] out string owner);
        void SetDisplayName([MarshalAs(UnmanagedType.LPWStr)] string name);
        void GetDisplayName([MarshalAs(UnmanagedType.LPWStr)] out string name);
        void SetDescription([MarshalAs(UnmanagedType.LPWStr)] string text);
        void GetDescription([MarshalAs(UnmanagedType.LPWStr)] out string text);
        void SetPriority(JobPriority priority);
        void GetPriority(out JobPriority priority);
        void SetNotifyFlags(NotifyFlags flags);
        void GetNotifyFlags(out NotifyFlags flags);
        void SetNotifyInterface([MarshalAs(UnmanagedType.IUnknown)] object callback);
        void GetNotifyInterface([MarshalAs(UnmanagedType.IUnknown)] out object callback);
        void SetMinimumRetryDelay(uint seconds);
        void GetMinimumRetryDelay(out uint seconds);
        void SetNoProgressTimeout(uint seconds);
        void GetNoProgressTimeout(out uint seconds);
        void GetErrorCount(out uint count);
        void SetProxySettings(ProxyUsage usage, [MarshalAs(UnmanagedType.LPWStr)] string list,
            [MarshalAs(UnmanagedType.LPWStr)] string bypass);
        void GetProxySettings(out ProxyUsage usage, [MarshalAs(UnmanagedType.LPWStr)] out string list,
            [MarshalAs(UnmanagedType.LPWStr)] out string bypass);
        void TakeOwnership();
    }

    [ComImport, Guid("54b50739-686f-45eb-9dff-d6a9a0faa9af"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyJob2
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10(); void Slot11(); void Slot12(); void Slot13(); void Slot14(); void Slot15(); void Slot16();
        void Slot17(); void Slot18(); void Slot19(); void Slot20(); void Slot21(); void Slot22(); void Slot23();
        void Slot24(); void Slot25(); void Slot26(); void Slot27(); void Slot28(); void Slot29(); void Slot30();
        void Slot31(); void Slot32(); void Slot33(); void Slot34();
        void SetNotifyCmdLine([MarshalAs(UnmanagedType.LPWStr)] string program,
            [MarshalAs(UnmanagedType.LPWStr)] string parameters);
        void GetNotifyCmdLine([MarshalAs(UnmanagedType.LPWStr)] out string program,
            [MarshalAs(UnmanagedType.LPWStr)] out string parameters);
        void GetReplyProgress(IntPtr progress);
        void GetReplyData(out IntPtr buffer, ref ulong length);
        void SetReplyFileName([MarshalAs(UnmanagedType.LPWStr)] string name);
        void GetReplyFileName([MarshalAs(UnmanagedType.LPWStr)] out string name);
        void SetCredentials(ref Credentials credentials);
        void RemoveCredentials(int target, int scheme);
    }

    [ComImport, Guid("443c8934-90ff-48ed-bcde-26f5c7450042"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyJob3
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10(); void Slot11(); void Slot12(); void Slot13(); void Slot14(); void Slot15(); void Slot16();
        void Slot17(); void Slot18(); void Slot19(); void Slot20(); void Slot21(); void Slot22(); void Slot23();
        void Slot24(); void Slot25(); void Slot26(); void Slot27(); void Slot28(); void Slot29(); void Slot30();
        void Slot31(); void Slot32(); void Slot33(); void Slot34(); void Slot35(); void Slot36(); void Slot37();
        void Slot38(); void Slot39(); void Slot40(); void Slot41(); void Slot42();
        void ReplaceRemotePrefix([MarshalAs(UnmanagedType.LPWStr)] string from,
            [MarshalAs(UnmanagedType.LPWStr)] string to);
        void AddFileWithRanges([MarshalAs(UnmanagedType.LPWStr)] string remote,
            [MarshalAs(UnmanagedType.LPWStr)] string local, uint count,
            [MarshalAs(UnmanagedType.LPArray, SizeParamIndex = 2)] FileRange[] ranges);
        void SetFileACLFlags(uint flags);
        void GetFileACLFlags(out uint flags);
    }

    [ComImport, Guid("659cdeae-489e-11d9-a9cd-000d56965251"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyJob4
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10(); void Slot11(); void Slot12(); void Slot13(); void Slot14(); void Slot15(); void Slot16();
        void Slot17(); void Slot18(); void Slot19(); void Slot20(); void Slot21(); void Slot22(); void Slot23();
        void Slot24(); void Slot25(); void Slot26(); void Slot27(); void Slot28(); void Slot29(); void Slot30();
        void Slot31(); void Slot32(); void Slot33(); void Slot34(); void Slot35(); void Slot36(); void Slot37();
        void Slot38(); void Slot39(); void Slot40(); void Slot41(); void Slot42(); void Slot43(); void Slot44();
        void Slot45(); void Slot46();
        void SetPeerCachingFlags(uint flags);
        void GetPeerCachingFlags(out uint flags);
        void GetOwnerIntegrityLevel(out uint level);
        void GetOwnerElevationState([MarshalAs(UnmanagedType.Bool)] out bool elevated);
        void SetMaximumDownloadTime(uint seconds);
        void GetMaximumDownloadTime(out uint seconds);
    }

    [ComImport, Guid("e847030c-bbba-4657-af6d-484aa42bf1fe"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyJob5
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10(); void Slot11(); void Slot12(); void Slot13(); void Slot14(); void Slot15(); void Slot16();
        void Slot17(); void Slot18(); void Slot19(); void Slot20(); void Slot21(); void Slot22(); void Slot23();
        void Slot24(); void Slot25(); void Slot26(); void Slot27(); void Slot28(); void Slot29(); void Slot30();
        void Slot31(); void Slot32(); void Slot33(); void Slot34(); void Slot35(); void Slot36(); void Slot37();
        void Slot38(); void Slot39(); void Slot40(); void Slot41(); void Slot42(); void Slot43(); void Slot44();
        void Slot45(); void Slot46(); void Slot47(); void Slot48(); void Slot49(); void Slot50(); void Slot51();
        void Slot52();
        void SetProperty(JobPropertyId id, JobPropertyValue value);
        void GetProperty(JobPropertyId id, out JobPropertyValue value);
    }

    [ComImport, Guid("f1bd1079-9f01-4bdc-8036-f09b70095066"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyJobHttpOptions
    {
        void SetClientCertificateByID(int location, [MarshalAs(UnmanagedType.LPWStr)] string store,
            [MarshalAs(UnmanagedType.LPArray, SizeConst = 20)] byte[] hash);
        void SetClientCertificateByName(int location, [MarshalAs(UnmanagedType.LPWStr)] string store,
            [MarshalAs(UnmanagedType.LPWStr)] string subject);
        void RemoveClientCertificate();
        void GetClientCertificate(out int location, [MarshalAs(UnmanagedType.LPWStr)] out string store,
            out IntPtr hash, [MarshalAs(UnmanagedType.LPWStr)] out string subject);
        void SetCustomHeaders([MarshalAs(UnmanagedType.LPWStr)] string headers);
        void GetCustomHeaders([MarshalAs(UnmanagedType.LPWStr)] out string headers);
        void SetSecurityFlags(uint flags);
        void GetSecurityFlags(out uint flags);
    }

    [ComImport, Guid("8a9263d3-fd4c-4eda-9b28-30132a4d4e3c"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyJobHttpOptions3
    {
        void Slot3(); void Slot4(); void Slot5(); void Slot6(); void Slot7(); void Slot8(); void Slot9();
        void Slot10();
        void SetHttpMethod([MarshalAs(UnmanagedType.LPWStr)] string method);
        void GetHttpMethod([MarshalAs(UnmanagedType.LPWStr)] out string method);
        void SetServerCertificateValidationInterface([MarshalAs(UnmanagedType.IUnknown)] object callback);
        void MakeCustomHeadersWriteOnly();
    }

    [ComImport, Guid("1af4f612-3b71-466f-8f58-7b6f73ac57ad"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IEnumBackgroundCopyJobs
    {
        [PreserveSig] int Next(uint count, [MarshalAs(UnmanagedType.Interface)] out IBackgroundCopyJob job,
            out uint fetched);
        [PreserveSig] int Skip(uint count);
        void Reset();
        void Clone([MarshalAs(UnmanagedType.Interface)] out IEnumBackgroundCopyJobs clone);
        void GetCount(out uint count);
    }

    [ComImport, Guid("5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyManager
    {
        void CreateJob([MarshalAs(UnmanagedType.LPWStr)] string name, JobType type, out Guid id,
            [MarshalAs(UnmanagedType.Interface)] out IBackgroundCopyJob job);
        void GetJob(ref Guid id, [MarshalAs(UnmanagedType.Interface)] out IBackgroundCopyJob job);
        void EnumJobs(uint flags, [MarshalAs(UnmanagedType.Interface)] out IEnumBackgroundCopyJobs jobs);
        void GetErrorDescription(int code, uint language, [MarshalAs(UnmanagedType.LPWStr)] out string text);
    }

    [ComImport, Guid("97ea99c7-0186-4ad4-8df9-c5b4e0ed6b22"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IBackgroundCopyCallback
    {
        void JobTransferred([MarshalAs(UnmanagedType.Interface)] IBackgroundCopyJob job);
        void JobError([MarshalAs(UnmanagedType.Interface)] IBackgroundCopyJob job,
            [MarshalAs(UnmanagedType.Interface)] IBackgroundCopyError error);
        void JobModification([MarshalAs(UnmanagedType.Interface)] IBackgroundCopyJob job, uint reserved);
    }
}
