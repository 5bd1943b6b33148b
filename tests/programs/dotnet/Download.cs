/*
 * Delivery Optimization from .NET: properties as VARIANTs, a callback, a stream, enumeration.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.ComTypes;
using System.Threading;

namespace WineBits
{
    class StatusEvents : IDODownloadStatusCallback
    {
        public readonly ManualResetEvent Done = new ManualResetEvent(false);
        public readonly ManualResetEvent Failed = new ManualResetEvent(false);
        public int Calls, Error;
        public ulong Bytes;
        public bool FinalizeInside;
        public Exception Inside;

        public void OnStatusChange(IDODownload download, ref DownloadStatus status)
        {
            Interlocked.Increment(ref Calls);
            if (status.Error < 0)
            {
                Error = status.Error;
                Failed.Set();
            }
            if (status.State != DownloadState.Transferred) return;
            Bytes = status.BytesTransferred;
            try
            {
                if (FinalizeInside) download.Complete();
            }
            catch (Exception exception)
            {
                Inside = exception;
            }
            Done.Set();
        }
    }

    /* Only Write works, as in the samples. */
    class Sink : IStream
    {
        public readonly MemoryStream Data = new MemoryStream();

        public void Write(byte[] bytes, int count, IntPtr written)
        {
            lock (Data) Data.Write(bytes, 0, count);
            if (written != IntPtr.Zero) Marshal.WriteInt32(written, count);
        }

        public void Read(byte[] bytes, int count, IntPtr read) { throw new NotImplementedException(); }
        public void Seek(long offset, int origin, IntPtr position) { throw new NotImplementedException(); }
        public void SetSize(long size) { throw new NotImplementedException(); }
        public void CopyTo(IStream to, long count, IntPtr read, IntPtr written) { throw new NotImplementedException(); }
        public void Commit(int flags) { throw new NotImplementedException(); }
        public void Revert() { throw new NotImplementedException(); }
        public void LockRegion(long offset, long count, int type) { throw new NotImplementedException(); }
        public void UnlockRegion(long offset, long count, int type) { throw new NotImplementedException(); }
        public void Stat(out STATSTG stat, int flag) { throw new NotImplementedException(); }
        public void Clone(out IStream stream) { throw new NotImplementedException(); }
    }

    static class DownloadTest
    {
        const int NoDownloads = unchecked((int)0x80D02005);
        const int NotSet = unchecked((int)0x80070490);
        const int ReadOnly = unchecked((int)0x80D02012);

        static void Set(IDODownload download, DownloadProperty id, object value)
        {
            download.SetProperty(id, ref value);
        }

        static object Get(IDODownload download, DownloadProperty id)
        {
            object value;
            download.GetProperty(id, out value);
            return value;
        }

        static DownloadStatus Status(IDODownload download)
        {
            DownloadStatus status;
            download.GetStatus(out status);
            return status;
        }

        /* Everything default but RPC_C_IMP_LEVEL_IMPERSONATE and the capabilities. */
        static int Blanket(IntPtr proxy, uint capabilities)
        {
            return Test.CoSetProxyBlanket(proxy, 0xffffffff, 0xffffffff, new IntPtr(-1), 0, 3, IntPtr.Zero,
                capabilities);
        }

        /* With the blanket of Microsoft's C# sample on the interface, and on the object's identity. */
        static IDODownload New(IDOManager manager, string path)
        {
            IDODownload download;
            manager.CreateDownload(out download);
            IntPtr proxy = Marshal.GetComInterfaceForObject(download, typeof(IDODownload));
            Test.Equal(Blanket(proxy, 0x20), 0, "CoSetProxyBlanket with static cloaking");
            Marshal.Release(proxy);
            proxy = Marshal.GetIUnknownForObject(download);
            Test.Equal(Blanket(proxy, 0x40), 0, "CoSetProxyBlanket with dynamic cloaking on the object's IUnknown");
            Marshal.Release(proxy);
            Set(download, DownloadProperty.Uri, Test.Url + path);
            Set(download, DownloadProperty.ForegroundPriority, true);
            return download;
        }

        static void WholeFile(IDOManager manager, bool inside)
        {
            StatusEvents events = new StatusEvents { FinalizeInside = inside };
            IDODownload download = New(manager, "/file.bin");
            string local = Test.NewPath();
            Guid id;

            Test.Check(Guid.TryParse((string)Get(download, DownloadProperty.Id), out id), "Id before Start");
            Test.Throws(NotSet, "a property that was not set", () => Get(download, DownloadProperty.LocalPath));
            Test.Throws(ReadOnly, "Id is read-only", () => Set(download, DownloadProperty.Id, "x"));
            Set(download, DownloadProperty.LocalPath, local);
            Set(download, DownloadProperty.CallbackInterface, new UnknownWrapper(events));
            Set(download, DownloadProperty.NoProgressTimeoutSeconds, 60u);
            Test.Equal((uint)Get(download, DownloadProperty.NoProgressTimeoutSeconds), 60u, "a VT_UI4");
            Test.Equal((bool)Get(download, DownloadProperty.ForegroundPriority), true, "a VT_BOOL");
            Test.Equal(Status(download).State, DownloadState.Created, "state before Start");
            download.Start(IntPtr.Zero);
            Test.Check(events.Done.WaitOne(Test.Seconds * 1000), "OnStatusChange tells Transferred");
            Test.Check(events.Inside == null, "Finalize in OnStatusChange " + events.Inside);
            Test.Equal((ulong)Get(download, DownloadProperty.TotalSizeBytes),
                (ulong)new System.IO.FileInfo(Path.Combine(Test.Www, "file.bin")).Length, "TotalSizeBytes, a VT_UI8");
            Test.Equal((uint)Get(download, DownloadProperty.HttpStatusCode) / 100, 2u, "HttpStatusCode");
            if (!inside) download.Complete();
            Test.Equal(Status(download).State, DownloadState.Finalized, "state after Finalize");
            Test.Check(Test.Same(local, "file.bin"), "the file has the right bytes");
        }

        static void Stream(IDOManager manager)
        {
            TwoRanges ranges = new TwoRanges { Count = 2,
                First = new DownloadRange { Offset = 0, Length = 100 },
                Second = new DownloadRange { Offset = 200, Length = 1000 } };
            IntPtr memory = Marshal.AllocCoTaskMem(Marshal.SizeOf<TwoRanges>());
            StatusEvents events = new StatusEvents();
            IDODownload download = New(manager, "/file.bin");
            Sink sink = new Sink();

            Marshal.StructureToPtr(ranges, memory, false);
            Set(download, DownloadProperty.StreamInterface, new UnknownWrapper(sink));
            Set(download, DownloadProperty.CallbackInterface, new UnknownWrapper(events));
            download.Start(memory);
            Test.Check(events.Done.WaitOne(Test.Seconds * 1000), "two ranges go into a stream");
            Test.Equal(sink.Data.Length, 1100L, "bytes in the stream");
            byte[] whole = File.ReadAllBytes(Path.Combine(Test.Www, "file.bin"));
            Test.Check(sink.Data.ToArray().AsSpan(100).SequenceEqual(whole.AsSpan(200, 1000)),
                "they are the right ones");
            download.Complete();
            Marshal.FreeCoTaskMem(memory);
        }

        static void Missing(IDOManager manager)
        {
            StatusEvents events = new StatusEvents();
            IDODownload download = New(manager, "/missing.bin");
            EnumCategory category = new EnumCategory { Property = DownloadProperty.Id,
                Value = (string)Get(download, DownloadProperty.Id) };
            IEnumUnknown items;
            object item;
            uint fetched;

            Set(download, DownloadProperty.LocalPath, Test.NewPath());
            Set(download, DownloadProperty.CallbackInterface, new UnknownWrapper(events));
            manager.EnumDownloads(ref category, out items);
            Test.Check(items.Next(1, out item, out fetched) == 0 && fetched == 1, "EnumDownloads finds the download");
            Test.Equal((string)Get((IDODownload)item, DownloadProperty.Id), category.Value, "it is the same");
            download.Start(IntPtr.Zero);
            Test.Check(events.Failed.WaitOne(Test.Seconds * 1000), "OnStatusChange tells of 404");
            Test.Equal(events.Error, unchecked((int)0x80190194), "its code");
            Test.Equal(Status(download).State, DownloadState.Paused, "state after it");
            download.Abort();
            Test.Throws(NoDownloads, "EnumDownloads after Abort", () => manager.EnumDownloads(ref category, out items));
        }

        public static void Run()
        {
            IDOManager manager = (IDOManager)new DeliveryOptimization();
            WholeFile(manager, false);
            WholeFile(manager, true);
            Stream(manager);
            Missing(manager);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
