/*
 * The interfaces of Delivery Optimization, written from include/deliveryoptimization.idl.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

using System;
using System.Runtime.InteropServices;

namespace WineBits
{
    enum DownloadState { Created, Transferring, Transferred, Finalized, Aborted, Paused }

    enum DownloadProperty
    {
        Id = 0, Uri = 1, ContentId = 2, DisplayName = 3, LocalPath = 4, HttpCustomHeaders = 5, CostPolicy = 6,
        CallbackFreqSeconds = 9, NoProgressTimeoutSeconds = 10, ForegroundPriority = 11, CallbackInterface = 13,
        StreamInterface = 14, SecurityContext = 15, TotalSizeBytes = 21, HttpResponseHeaders = 27, HttpStatusCode = 29
    }

    [StructLayout(LayoutKind.Sequential)]
    struct DownloadStatus
    {
        public ulong BytesTotal, BytesTransferred;
        public DownloadState State;
        public int Error, ExtendedError;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct DownloadRange
    {
        public ulong Offset, Length;
    }

    /* RangeCount, and the ranges at the next multiple of eight. */
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    struct TwoRanges
    {
        [FieldOffset(0)] public uint Count;
        [FieldOffset(8)] public DownloadRange First;
        [FieldOffset(24)] public DownloadRange Second;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct EnumCategory
    {
        public DownloadProperty Property;
        [MarshalAs(UnmanagedType.LPWStr)] public string Value;
    }

    [ComImport, Guid("5b99fa76-721c-423c-adac-56d03c8a8007")]
    class DeliveryOptimization { }

    [ComImport, Guid("fbbd7fc0-c147-4727-a38d-827ef071ee77"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IDODownload
    {
        void Start(IntPtr ranges);
        void Pause();
        void Abort();
        void Complete();        /* Finalize; a method of that name would hide Object's */
        void GetStatus(out DownloadStatus status);
        void GetProperty(DownloadProperty id, [MarshalAs(UnmanagedType.Struct)] out object value);
        void SetProperty(DownloadProperty id, [In, MarshalAs(UnmanagedType.Struct)] ref object value);
    }

    [ComImport, Guid("d166e8e3-a90e-4392-8e87-05e996d3747d"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IDODownloadStatusCallback
    {
        void OnStatusChange([MarshalAs(UnmanagedType.Interface)] IDODownload download, ref DownloadStatus status);
    }

    [ComImport, Guid("00000100-0000-0000-c000-000000000046"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IEnumUnknown
    {
        [PreserveSig] int Next(uint count, [MarshalAs(UnmanagedType.IUnknown)] out object item, out uint fetched);
        [PreserveSig] int Skip(uint count);
        void Reset();
        void Clone([MarshalAs(UnmanagedType.Interface)] out IEnumUnknown clone);
    }

    [ComImport, Guid("400e2d4a-1431-4c1a-a748-39ca472cfdb1"), InterfaceType(ComInterfaceType.InterfaceIsIUnknown)]
    interface IDOManager
    {
        void CreateDownload([MarshalAs(UnmanagedType.Interface)] out IDODownload download);
        void EnumDownloads([In] ref EnumCategory category, [MarshalAs(UnmanagedType.Interface)] out IEnumUnknown items);
    }
}
