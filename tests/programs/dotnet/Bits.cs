/*
 * BITS from .NET: a manager, jobs with events, files with ranges, errors, every interface by a cast.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace WineBits
{
    /* Events by a callback object, as wrappers have them. */
    class JobEvents : IBackgroundCopyCallback
    {
        public readonly ManualResetEvent Transferred = new ManualResetEvent(false);
        public readonly ManualResetEvent Failed = new ManualResetEvent(false);
        public readonly AutoResetEvent Modified = new AutoResetEvent(false);
        public Guid TransferredId;
        public int Code;
        public ErrorContext Context;
        public string Description, Protocol, RemoteName;
        public Exception Inside;

        public void JobTransferred(IBackgroundCopyJob job)
        {
            job.GetId(out TransferredId);
            Transferred.Set();
        }

        public void JobError(IBackgroundCopyJob job, IBackgroundCopyError error)
        {
            try
            {
                IBackgroundCopyFile file;
                error.GetError(out Context, out Code);
                error.GetErrorDescription(0x409, out Description);
                error.GetProtocol(out Protocol);
                error.GetFile(out file);
                file.GetRemoteName(out RemoteName);
            }
            catch (Exception exception)
            {
                Inside = exception;
            }
            Failed.Set();
        }

        public void JobModification(IBackgroundCopyJob job, uint reserved)
        {
            Modified.Set();
        }
    }

    /* Another callback, for whether the object comes back as itself. */
    class QuietEvents : IBackgroundCopyCallback
    {
        public void JobTransferred(IBackgroundCopyJob job) { }
        public void JobError(IBackgroundCopyJob job, IBackgroundCopyError error) { }
        public void JobModification(IBackgroundCopyJob job, uint reserved) { }
    }

    static class BitsTest
    {
        const int Facility = unchecked((int)0x80190000);
        const int NotFound = unchecked((int)0x80200001);
        const int InvalidState = unchecked((int)0x80200002);
        const int NoErrorInformation = unchecked((int)0x8020000F);

        public static IBackgroundCopyJob NewJob(IBackgroundCopyManager manager, string name, out Guid id)
        {
            IBackgroundCopyJob job;
            manager.CreateJob(name, JobType.Download, out id, out job);
            return job;
        }

        public static JobState State(IBackgroundCopyJob job)
        {
            JobState state;
            job.GetState(out state);
            return state;
        }

        static void Register(IBackgroundCopyJob job, object events, NotifyFlags flags)
        {
            job.SetNotifyInterface(events);
            job.SetNotifyFlags(flags);
        }

        /* The main story: one file, events, Complete. */
        static void Download(IBackgroundCopyManager manager)
        {
            JobEvents events = new JobEvents();
            string local = Test.NewPath(), name;
            NotifyFlags flags;
            Guid id;
            IBackgroundCopyJob job = NewJob(manager, "wine-bits .NET", out id);

            Register(job, events, NotifyFlags.Transferred | NotifyFlags.Error | NotifyFlags.Modification);
            job.GetNotifyFlags(out flags);
            Test.Equal(flags, NotifyFlags.Transferred | NotifyFlags.Error | NotifyFlags.Modification, "notify flags");
            job.AddFile(Test.Url + "/file.bin", local);
            job.SetPriority(JobPriority.Foreground);
            job.GetDisplayName(out name);
            Test.Equal(name, "wine-bits .NET", "display name");
            job.Resume();
            Test.Check(events.Transferred.WaitOne(Test.Seconds * 1000), "JobTransferred is called");
            Test.Equal(events.TransferredId, id, "in it the job tells its id");
            Test.Equal(State(job), JobState.Transferred, "state");
            job.Complete();
            Test.Check(File.Exists(local) && Test.Same(local, "file.bin"), "the file has the right bytes");
            Test.Equal(State(job), JobState.Acknowledged, "state after Complete");
            Test.Throws(InvalidState, "Resume after Complete", job.Resume);
            Test.Check(events.Modified.WaitOne(Test.Seconds * 1000), "JobModification was called");
        }

        static void Missing(IBackgroundCopyManager manager)
        {
            JobEvents events = new JobEvents();
            IBackgroundCopyError error;
            ErrorContext context;
            string text;
            uint count;
            int code;
            Guid id;
            IBackgroundCopyJob job = NewJob(manager, "missing", out id);

            Test.Throws(NoErrorInformation, "GetError without an error", () => job.GetError(out error));
            Register(job, events, NotifyFlags.Transferred | NotifyFlags.Error);
            job.SetPriority(JobPriority.Foreground);
            job.AddFile(Test.Url + "/missing.bin", Test.NewPath());
            job.Resume();
            Test.Check(events.Failed.WaitOne(Test.Seconds * 1000), "JobError is called for 404");
            Test.Check(events.Inside == null, "the error object can be asked in JobError" +
                (events.Inside == null ? "" : ": " + events.Inside));
            Test.Equal(events.Code, Facility + 404, "code in JobError");
            Test.Equal(events.Context, ErrorContext.RemoteFile, "context in JobError");
            Test.Equal(events.RemoteName, Test.Url + "/missing.bin", "the file to blame");
            Test.Equal(events.Protocol, "http", "protocol");
            Test.Check(!string.IsNullOrEmpty(events.Description), "description: " + (events.Description ?? "").Trim());
            Test.Equal(State(job), JobState.Error, "state");
            job.GetError(out error);
            error.GetError(out context, out code);
            Test.Equal(code, Facility + 404, "code of the job's error");
            manager.GetErrorDescription(code, 0x409, out text);
            Test.Check(text.Length > 10, "description by the manager: " + text.Trim());
            job.GetErrorCount(out count);
            Test.Check(count >= 1, "error count");
            job.Cancel();
            Test.Equal(State(job), JobState.Cancelled, "state after Cancel");
            Test.Throws(NotFound, "GetJob of a cancelled job", () => manager.GetJob(ref id, out job));
        }

        static List<IBackgroundCopyFile> Files(IBackgroundCopyJob job)
        {
            List<IBackgroundCopyFile> list = new List<IBackgroundCopyFile>();
            IEnumBackgroundCopyFiles files;
            IBackgroundCopyFile file;
            uint count, fetched;

            job.EnumFiles(out files);
            files.Reset();
            files.GetCount(out count);
            for (uint i = 0; i < count; i++)
                if (files.Next(1, out file, out fetched) == 0 && fetched == 1) list.Add(file);
            Test.Equal(files.Next(1, out file, out fetched), 1, "Next at the end");
            return list;
        }

        /* Three files with ranges and three more by AddFileSet. */
        static void SixFiles(IBackgroundCopyManager manager)
        {
            FileRange[] ranges = { new FileRange { InitialOffset = 100, Length = 1000 },
                                   new FileRange { InitialOffset = 50000, Length = ulong.MaxValue } };
            JobEvents events = new JobEvents();
            string[] local = new string[6];
            FileInfo[] set = new FileInfo[3];
            JobProgress progress;
            Guid id;
            IBackgroundCopyJob job = NewJob(manager, "six files", out id);
            byte[] whole = File.ReadAllBytes(Path.Combine(Test.Www, "file.bin"));
            MemoryStream expected = new MemoryStream();

            expected.Write(whole, 100, 1000);
            expected.Write(whole, 50000, whole.Length - 50000);
            for (int i = 0; i < 6; i++) local[i] = Test.NewPath();
            for (int i = 0; i < 3; i++)
            {
                ((IBackgroundCopyJob3)job).AddFileWithRanges(Test.Url + "/file.bin?" + i, local[i], 2, ranges);
                set[i] = new FileInfo { RemoteName = Test.Url + "/file.bin?set" + i, LocalName = local[3 + i] };
            }
            job.AddFileSet(3, set);
            Register(job, events, NotifyFlags.Transferred | NotifyFlags.Error);
            job.SetPriority(JobPriority.High);
            List<IBackgroundCopyFile> files = Files(job);
            Test.Equal(files.Count, 6, "files in the enumerator");
            ReadRanges((IBackgroundCopyFile2)files[0], ranges);
            job.Resume();
            Test.Check(events.Transferred.WaitOne(Test.Seconds * 2000), "six files are transferred");
            job.GetProgress(out progress);
            Test.Equal(progress.FilesTransferred, 6u, "FilesTransferred");
            Test.Equal(progress.BytesTransferred, (ulong)(3 * (expected.Length + whole.Length)), "BytesTransferred");
            job.Complete();
            for (int i = 0; i < 6; i++)
            {
                byte[] found = File.ReadAllBytes(local[i]);
                Test.Check(found.AsSpan().SequenceEqual(i < 3 ? expected.ToArray() : whole), "bytes of file " + i);
            }
            FileCasts(files[5], whole.Length);
        }

        static void ReadRanges(IBackgroundCopyFile2 file, FileRange[] expected)
        {
            IntPtr memory;
            uint count = 0;

            file.GetFileRanges(ref count, out memory);
            Test.Equal(count, 2u, "ranges of a file");
            FileRange second = Marshal.PtrToStructure<FileRange>(memory + Marshal.SizeOf<FileRange>());
            Test.Equal(second.InitialOffset, expected[1].InitialOffset, "offset of the second range");
            Marshal.FreeCoTaskMem(memory);
        }

        /* Every interface of a file, and the last method of each. */
        static void FileCasts(IBackgroundCopyFile file, long size)
        {
            FilePropertyValue value;
            FileProgress progress;
            ulong origin, peers;
            bool answer;
            uint count;
            IntPtr ranges;

            file.GetProgress(out progress);
            Test.Check(progress.Completed && progress.BytesTotal == (ulong)size, "progress after Complete");
            ((IBackgroundCopyFile3)file).IsDownloadedFromPeer(out answer);
            Test.Check(!answer, "IBackgroundCopyFile3: IsDownloadedFromPeer");
            ((IBackgroundCopyFile4)file).GetPeerDownloadStats(out origin, out peers);
            Test.Check(origin == (ulong)size && peers == 0,
                "IBackgroundCopyFile4: " + origin + " bytes from the origin");
            ((IBackgroundCopyFile5)file).GetProperty(FilePropertyId.HttpResponseHeaders, out value);
            string headers = Marshal.PtrToStringUni(value.String) ?? "";
            Marshal.FreeCoTaskMem(value.String);
            Test.Check(headers.Contains("Content-Length"), "IBackgroundCopyFile5: headers of the answer");
            ((IBackgroundCopyFile6)file).GetFilledFileRanges(out count, out ranges);
            Marshal.FreeCoTaskMem(ranges);
            Test.Check(true, "IBackgroundCopyFile6: GetFilledFileRanges gives " + count);
        }

        /* Every interface of a job, with unions by value. */
        static void JobCasts(IBackgroundCopyManager manager)
        {
            JobPropertyValue value = new JobPropertyValue(), found;
            Guid id, clsid = new Guid("97ea99c7-0186-4ad4-8df9-c5b4e0ed6b22");
            IBackgroundCopyJob job = NewJob(manager, "casts", out id);
            Credentials credentials = new Credentials { Target = 1, Scheme = 1,
                Basic = new BasicCredentials { UserName = "user", Password = "secret" } };
            string program, parameters, headers;
            uint number;
            bool elevated;

            IBackgroundCopyJob2 job2 = (IBackgroundCopyJob2)job;
            job2.SetNotifyCmdLine("C:\\windows\\system32\\cmd.exe", "cmd.exe /c exit");
            job2.GetNotifyCmdLine(out program, out parameters);
            Test.Equal(parameters, "cmd.exe /c exit", "IBackgroundCopyJob2: command line");
            job2.SetCredentials(ref credentials);
            job2.RemoveCredentials(1, 1);
            ((IBackgroundCopyJob3)job).SetFileACLFlags(7);
            ((IBackgroundCopyJob3)job).GetFileACLFlags(out number);
            Test.Equal(number, 7u, "IBackgroundCopyJob3: ACL flags");
            ((IBackgroundCopyJob4)job).SetMaximumDownloadTime(1000);
            ((IBackgroundCopyJob4)job).GetMaximumDownloadTime(out number);
            Test.Equal(number, 1000u, "IBackgroundCopyJob4: maximum download time");
            ((IBackgroundCopyJob4)job).GetOwnerElevationState(out elevated);

            IBackgroundCopyJob5 job5 = (IBackgroundCopyJob5)job;
            value.ClsId = clsid;
            job5.SetProperty(JobPropertyId.NotificationClsid, value);
            job5.GetProperty(JobPropertyId.NotificationClsid, out found);
            Test.Equal(found.ClsId, clsid, "IBackgroundCopyJob5: a GUID by value");
            value = new JobPropertyValue { Uint64 = 0x123456789 };
            job5.SetProperty(JobPropertyId.MaxDownloadSize, value);
            job5.GetProperty(JobPropertyId.MaxDownloadSize, out found);
            Test.Equal(found.Uint64, 0x123456789ul, "IBackgroundCopyJob5: a UINT64 by value");
            value = new JobPropertyValue { Dword = 0x80000067 };
            job5.SetProperty(JobPropertyId.CostFlags, value);
            job5.GetProperty(JobPropertyId.CostFlags, out found);
            Test.Equal(found.Dword, 0x80000067u, "IBackgroundCopyJob5: a DWORD by value");

            IBackgroundCopyJobHttpOptions options = (IBackgroundCopyJobHttpOptions)job;
            options.SetCustomHeaders("X-Test: 1\r\nX-Other: 2");
            options.GetCustomHeaders(out headers);
            Test.Check(headers.Contains("X-Other: 2"), "IBackgroundCopyJobHttpOptions: custom headers");
            options.SetSecurityFlags(0x100);
            options.GetSecurityFlags(out number);
            Test.Equal(number, 0x100u, "IBackgroundCopyJobHttpOptions: security flags");
            Test.Check(!(job is IBackgroundCopyFile), "a job is no file: the cast gives null");
            Identity(manager, job, id);
            job.Cancel();
        }

        /* Events that come back, jobs that are found again, what an enumerator shows. */
        static void Identity(IBackgroundCopyManager manager, IBackgroundCopyJob job, Guid id)
        {
            QuietEvents events = new QuietEvents();
            IEnumBackgroundCopyJobs jobs;
            IBackgroundCopyJob again, item;
            object callback;
            uint count, fetched;
            int seen = 0;
            Guid itemId;

            job.SetNotifyInterface(events);
            job.GetNotifyInterface(out callback);
            Test.Check(ReferenceEquals(callback, events), "GetNotifyInterface gives the same .NET object");
            job.SetNotifyInterface(null);
            job.SetDescription("caf\u00e9 \u4e2d");
            manager.GetJob(ref id, out again);
            string text;
            again.GetDescription(out text);
            Test.Equal(text, "caf\u00e9 \u4e2d", "GetJob finds the job again");
            Test.Check(ReferenceEquals(job, again), "GetJob and CreateJob give one .NET object");
            manager.EnumJobs(0, out jobs);
            jobs.GetCount(out count);
            for (uint i = 0; i < count && jobs.Next(1, out item, out fetched) == 0; i++)
            {
                item.GetId(out itemId);
                if (itemId == id) seen++;
            }
            Test.Equal(seen, 1, "EnumJobs shows the job once");
        }

        /* HTTP options that change what is sent. */
        static void Headers(IBackgroundCopyManager manager)
        {
            JobEvents events = new JobEvents();
            string local = Test.NewPath(), method;
            Guid id;
            IBackgroundCopyJob job = NewJob(manager, "headers", out id);
            IBackgroundCopyJobHttpOptions3 options = (IBackgroundCopyJobHttpOptions3)job;

            ((IBackgroundCopyJobHttpOptions)job).SetCustomHeaders("X-Key: open sesame");
            options.GetHttpMethod(out method);
            Test.Equal(method, "GET", "IBackgroundCopyJobHttpOptions2: method");
            options.MakeCustomHeadersWriteOnly();
            Test.Throws(unchecked((int)0x80070005), "custom headers are write-only", () =>
                ((IBackgroundCopyJobHttpOptions)job).GetCustomHeaders(out method));
            Register(job, events, NotifyFlags.Transferred | NotifyFlags.Error);
            job.AddFile(Test.Url + "/keyed.bin", local);
            job.SetPriority(JobPriority.Foreground);
            job.Resume();
            Test.Check(events.Transferred.WaitOne(Test.Seconds * 1000), "a server that wants a header gets it");
            job.Complete();
        }

        /* Progress while bytes come, pause, another name of the file, priorities. */
        static void Control(IBackgroundCopyManager manager)
        {
            JobEvents events = new JobEvents();
            JobProgress progress;
            string local = Test.NewPath();
            Guid id;
            IBackgroundCopyJob job = NewJob(manager, "control", out id);

            Register(job, events, NotifyFlags.Transferred | NotifyFlags.Error | NotifyFlags.Modification);
            job.AddFile(Test.Url + "/slow.bin", local);
            job.SetPriority(JobPriority.Foreground);
            job.SetNoProgressTimeout(120);
            job.SetMinimumRetryDelay(60);
            job.Resume();
            do
            {
                Test.Check(events.Modified.WaitOne(Test.Seconds * 1000), "JobModification tells progress");
                job.GetProgress(out progress);
            } while (progress.BytesTransferred == 0 && Test.Failed == 0);
            job.Suspend();
            Test.Equal(State(job), JobState.Suspended, "state after Suspend");
            job.Resume();
            Test.Check(events.Transferred.WaitOne(Test.Seconds * 2000), "it goes on after Resume");
            job.Complete();
            Test.Check(Test.Same(local, "slow.bin"), "the bytes are right");
        }

        public static void Run()
        {
            IBackgroundCopyManager manager = (IBackgroundCopyManager)new BackgroundCopyManager();
            Download(manager);
            Missing(manager);
            JobCasts(manager);
            SixFiles(manager);
            Headers(manager);
            Control(manager);
            Test.Check((IBackgroundCopyManager)new BackgroundCopyManager10_3() != null, "the class of BITS 10.3");
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
