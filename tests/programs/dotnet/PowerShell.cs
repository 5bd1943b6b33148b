/*
 * What the documentation of PowerShell's BitsTransfer module promises its users, as calls from .NET.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The module is part of Windows and closed; the parameters and the members of its job object are public, and each
 * of them corresponds to a method of a job. The checks are named after the parameters.
 */

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace WineBits
{
    static class PowerShellTest
    {
        const int FileSizeMissing = unchecked((int)0x80200011);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        static extern bool ConvertStringSidToSidW(string text, out IntPtr sid);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        static extern bool LookupAccountSidW(string system, IntPtr sid, char[] name, ref int nameSize, char[] domain,
            ref int domainSize, out int use);

        /* Polls, as a cmdlet does that shows progress. */
        static JobState Wait(IBackgroundCopyJob job, int seconds)
        {
            JobState state = JobState.Queued;
            for (int i = 0; i < seconds * 10; i++)
            {
                state = BitsTest.State(job);
                if (state == JobState.Transferred || state == JobState.Error || state == JobState.TransientError) break;
                Thread.Sleep(100);
            }
            return state;
        }

        /* Start-BitsTransfer URL FILE: foreground, retry after 600 s, give up after 14 days; waits and completes. */
        static void Synchronous(IBackgroundCopyManager manager)
        {
            string local = Test.NewPath();
            Guid id;
            IBackgroundCopyJob job = BitsTest.NewJob(manager, "BITS Transfer", out id);

            job.SetDescription("This is a file transfer that uses the Background Intelligent Transfer Service (BITS).");
            job.SetPriority(JobPriority.Foreground);
            job.SetMinimumRetryDelay(600);
            job.SetNoProgressTimeout(1209600);
            job.SetProxySettings(ProxyUsage.Preconfig, null, null);
            job.SetNotifyFlags(NotifyFlags.Transferred | NotifyFlags.Error);
            job.AddFile(Test.Url + "/file.bin", local);
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Transferred, "Start-BitsTransfer waits for the end");
            job.Complete();
            Test.Check(Test.Same(local, "file.bin"), "Start-BitsTransfer: the file is there");
        }

        /* -Asynchronous and all that can be given with it. */
        static IBackgroundCopyJob Asynchronous(IBackgroundCopyManager manager, string local, out Guid id)
        {
            Credentials credentials = new Credentials { Target = 1, Scheme = 4,
                Basic = new BasicCredentials { UserName = "DOMAIN\\user", Password = "secret" } };
            IBackgroundCopyJob job = BitsTest.NewJob(manager, "nightly", out id);
            IBackgroundCopyJobHttpOptions options = (IBackgroundCopyJobHttpOptions)job;
            IBackgroundCopyJob5 job5 = (IBackgroundCopyJob5)job;
            JobPropertyValue value;
            uint number;

            job.SetDescription("of the night");
            job.SetPriority(JobPriority.Low);
            job.SetMinimumRetryDelay(60);
            job.SetNoProgressTimeout(3600);
            job.SetProxySettings(ProxyUsage.NoProxy, null, null);
            ((IBackgroundCopyJob2)job).SetCredentials(ref credentials);
            ((IBackgroundCopyJob2)job).SetNotifyCmdLine("C:\\windows\\system32\\cmd.exe", "cmd.exe /c exit 0");
            ((IBackgroundCopyJob4)job).SetMaximumDownloadTime(7776000);
            job5.SetProperty(JobPropertyId.CostFlags, new JobPropertyValue { Dword = 0x80000067 });
            job5.GetProperty(JobPropertyId.CostFlags, out value);
            Test.Equal(value.Dword, 0x80000067u, "-TransferPolicy Standard");
            job5.SetProperty(JobPropertyId.UseStoredCredentials, new JobPropertyValue { Target = 2 });
            job5.GetProperty(JobPropertyId.UseStoredCredentials, out value);
            Test.Equal(value.Target, 2, "-UseStoredCredential Proxy");
            options.SetCustomHeaders("X-Key: open sesame\r\nX-Night: 1");
            options.SetSecurityFlags(0x100);
            options.GetSecurityFlags(out number);
            Test.Equal(number, 0x100u, "-SecurityFlags");
            job.AddFile(Test.Url + "/keyed.bin", local);
            return job;
        }

        /* Get-BitsTransfer -Name, and the members of what it shows. */
        static void Members(IBackgroundCopyManager manager, Guid id)
        {
            IEnumBackgroundCopyJobs jobs;
            IBackgroundCopyJob job = null, item;
            string name, owner, program, parameters, list, bypass;
            JobPriority priority;
            ProxyUsage usage;
            JobTimes times;
            JobType type;
            uint fetched, delay, timeout;
            Guid other;

            manager.EnumJobs(0, out jobs);
            while (jobs.Next(1, out item, out fetched) == 0)
            {
                item.GetDisplayName(out name);
                item.GetId(out other);
                if (name == "nightly" && other == id) job = item;
            }
            Test.Check(job != null, "Get-BitsTransfer -Name finds the job");
            job.GetType(out type);
            Test.Equal(type, JobType.Download, "TransferType");
            job.GetPriority(out priority);
            Test.Equal(priority, JobPriority.Low, "-Priority");
            job.GetMinimumRetryDelay(out delay);
            job.GetNoProgressTimeout(out timeout);
            Test.Check(delay == 60 && timeout == 3600, "-RetryInterval and -RetryTimeout");
            job.GetProxySettings(out usage, out list, out bypass);
            Test.Equal(usage, ProxyUsage.NoProxy, "-ProxyUsage NoProxy");
            ((IBackgroundCopyJob2)job).GetNotifyCmdLine(out program, out parameters);
            Test.Equal(program, "C:\\windows\\system32\\cmd.exe", "-NotifyCmdLine");
            job.GetTimes(out times);
            long created = ((long)times.Creation.dwHighDateTime << 32) | (uint)times.Creation.dwLowDateTime;
            Test.Check(Math.Abs((DateTime.UtcNow - DateTime.FromFileTimeUtc(created)).TotalMinutes) < 10,
                "CreationTime");
            job.GetOwner(out owner);
            Test.Check(AccountOf(owner).Length > 0, "OwnerAccount: " + AccountOf(owner));
        }

        static string AccountOf(string sid)
        {
            char[] name = new char[256], domain = new char[256];
            int nameSize = 256, domainSize = 256, use;
            IntPtr binary;

            if (!ConvertStringSidToSidW(sid, out binary)) return "";
            if (!LookupAccountSidW(null, binary, name, ref nameSize, domain, ref domainSize, out use)) return "";
            return new string(domain, 0, domainSize) + "\\" + new string(name, 0, nameSize);
        }

        /* Suspend-, Resume-, Complete-BitsTransfer, Add-BitsFile. */
        static void Life(IBackgroundCopyManager manager)
        {
            string local = Test.NewPath(), second = Test.NewPath();
            JobProgress progress;
            Guid id;
            IBackgroundCopyJob job = Asynchronous(manager, local, out id);

            Test.Equal(BitsTest.State(job), JobState.Suspended, "-Suspended leaves the job suspended");
            Members(manager, id);
            job.AddFile(Test.Url + "/keyed.bin?again", second);
            job.SetPriority(JobPriority.Foreground);
            job.Resume();
            job.Suspend();
            Test.Check(BitsTest.State(job) == JobState.Suspended || BitsTest.State(job) == JobState.Transferred,
                "Suspend-BitsTransfer");
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Transferred, "Resume-BitsTransfer -Asynchronous");
            job.GetProgress(out progress);
            Test.Equal(progress.FilesTransferred, 2u, "Add-BitsFile: FilesTransferred");
            job.Complete();
            Test.Check(Test.Same(local, "keyed.bin") && Test.Same(second, "keyed.bin"), "Complete-BitsTransfer");
        }

        /* What users look for in error messages. */
        static void Errors(IBackgroundCopyManager manager)
        {
            IBackgroundCopyError error;
            ErrorContext context;
            string text, where;
            int code;
            Guid id;
            IBackgroundCopyJob job = BitsTest.NewJob(manager, "dynamic", out id);

            job.SetPriority(JobPriority.Foreground);
            job.SetNoProgressTimeout(0);
            job.AddFile(Test.Url + "/unsized.bin", Test.NewPath());
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Error, "a server that names no length");
            job.GetError(out error);
            error.GetError(out context, out code);
            Test.Equal(code, FileSizeMissing, "InternalErrorCode");
            error.GetErrorDescription(0x409, out text);
            error.GetErrorContextDescription(0x409, out where);
            Test.Check(text.Contains("size"), "ErrorDescription: " + text.Trim());
            Test.Check(where.Length > 10, "ErrorContextDescription: " + where.Trim());
            job.Cancel();
            Test.Equal(BitsTest.State(job), JobState.Cancelled, "Remove-BitsTransfer");
        }

        /* -Dynamic: content without a length. */
        static void Dynamic(IBackgroundCopyManager manager)
        {
            string local = Test.NewPath();
            Guid id;
            IBackgroundCopyJob job = BitsTest.NewJob(manager, "dynamic", out id);

            ((IBackgroundCopyJob5)job).SetProperty(JobPropertyId.DynamicContent, new JobPropertyValue { Enable = 1 });
            job.SetPriority(JobPriority.Foreground);
            job.AddFile(Test.Url + "/unsized.bin", local);
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Transferred, "-Dynamic takes content without a length");
            job.Complete();
            Test.Check(Test.Same(local, "unsized.bin"), "-Dynamic: the file is there");
        }

        /* -HttpMethod POST, which goes with foreground only. */
        static void Method(IBackgroundCopyManager manager)
        {
            string method;
            Guid id;
            IBackgroundCopyJob job = BitsTest.NewJob(manager, "method", out id);

            job.SetPriority(JobPriority.Foreground);
            ((IBackgroundCopyJobHttpOptions3)job).SetHttpMethod("POST");
            ((IBackgroundCopyJobHttpOptions3)job).GetHttpMethod(out method);
            Test.Equal(method, "POST", "-HttpMethod");
            job.Cancel();
        }

        /* -ProxyUsage Override, -ProxyList, -ProxyCredential, -ProxyAuthentication: a host only the proxy knows. */
        static void Proxy(IBackgroundCopyManager manager)
        {
            Credentials credentials = new Credentials { Target = 2, Scheme = 1,
                Basic = new BasicCredentials { UserName = "user", Password = "secret" } };
            string local = Test.NewPath(), proxy = Test.Url.Substring("http://".Length), list, bypass;
            ProxyUsage usage;
            Guid id;
            IBackgroundCopyJob job = BitsTest.NewJob(manager, "proxy", out id);

            job.SetPriority(JobPriority.Foreground);
            job.SetProxySettings(ProxyUsage.Override, proxy, "bypassed.invalid");
            job.GetProxySettings(out usage, out list, out bypass);
            Test.Equal(usage, ProxyUsage.Override, "-ProxyUsage Override");
            Test.Check(list == proxy && bypass == "bypassed.invalid",
                "-ProxyList and -ProxyBypass: " + list + ", " + bypass);
            job.AddFile("http://files.invalid/proxied.bin", local);
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Error, "a proxy that asks for a password");
            ((IBackgroundCopyJob2)job).SetCredentials(ref credentials);
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Transferred, "-ProxyCredential, -ProxyAuthentication Basic");
            job.Complete();
            Test.Check(Test.Same(local, "proxied.bin"), "-ProxyCredential: the file is there");
        }

        /* -ProxyBypass: servers to which a proxy that does not exist is not in the way. */
        static void Bypass(IBackgroundCopyManager manager)
        {
            string local = Test.NewPath();
            Guid id;
            IBackgroundCopyJob job = BitsTest.NewJob(manager, "bypass", out id);

            job.SetPriority(JobPriority.Foreground);
            job.SetProxySettings(ProxyUsage.Override, "proxy.invalid:80", "127.0.0.1");
            job.AddFile(Test.Url + "/file.bin", local);
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Transferred, "-ProxyBypass");
            job.Complete();
            Test.Check(Test.Same(local, "file.bin"), "-ProxyBypass: the file is there");
        }

        /* Set-BitsTransfer: everything that a job got when it was made can be changed. */
        static void Set(IBackgroundCopyManager manager)
        {
            string local = Test.NewPath(), name, description, program, parameters, headers;
            JobPriority priority;
            NotifyFlags flags;
            JobPropertyValue value;
            uint delay, timeout, time, security;
            Guid id;
            IBackgroundCopyJob job = Asynchronous(manager, local, out id);
            IBackgroundCopyJobHttpOptions options = (IBackgroundCopyJobHttpOptions)job;
            IBackgroundCopyJob5 job5 = (IBackgroundCopyJob5)job;

            job.SetDisplayName("daily");
            job.SetDescription("of the day");
            job.SetPriority(JobPriority.High);
            job.SetMinimumRetryDelay(120);
            job.SetNoProgressTimeout(7200);
            job.SetNotifyFlags(NotifyFlags.Error);
            ((IBackgroundCopyJob2)job).SetNotifyCmdLine("C:\\windows\\system32\\cmd.exe", "cmd.exe /c exit 1");
            ((IBackgroundCopyJob2)job).RemoveCredentials(1, 4);
            ((IBackgroundCopyJob4)job).SetMaximumDownloadTime(86400);
            job5.SetProperty(JobPropertyId.CostFlags, new JobPropertyValue { Dword = 0x800000ff });
            options.SetCustomHeaders("X-Key: open sesame");
            options.SetSecurityFlags(0);
            job.TakeOwnership();

            job.GetDisplayName(out name);
            job.GetDescription(out description);
            Test.Check(name == "daily" && description == "of the day", "Set-BitsTransfer -DisplayName, -Description");
            job.GetPriority(out priority);
            Test.Equal(priority, JobPriority.High, "Set-BitsTransfer -Priority");
            job.GetMinimumRetryDelay(out delay);
            job.GetNoProgressTimeout(out timeout);
            Test.Check(delay == 120 && timeout == 7200, "Set-BitsTransfer -RetryInterval, -RetryTimeout");
            job.GetNotifyFlags(out flags);
            Test.Equal(flags, NotifyFlags.Error, "Set-BitsTransfer -NotifyFlags");
            ((IBackgroundCopyJob2)job).GetNotifyCmdLine(out program, out parameters);
            Test.Equal(parameters, "cmd.exe /c exit 1", "Set-BitsTransfer -NotifyCmdLine");
            ((IBackgroundCopyJob4)job).GetMaximumDownloadTime(out time);
            Test.Equal(time, 86400u, "Set-BitsTransfer -MaxDownloadTime");
            job5.GetProperty(JobPropertyId.CostFlags, out value);
            Test.Equal(value.Dword, 0x800000ffu, "Set-BitsTransfer -TransferPolicy Always");
            options.GetCustomHeaders(out headers);
            Test.Check(headers.Trim() == "X-Key: open sesame", "Set-BitsTransfer -CustomHeaders");
            options.GetSecurityFlags(out security);
            Test.Equal(security, 0u, "Set-BitsTransfer -SecurityFlags");
            Test.Equal(BitsTest.State(job), JobState.Suspended, "Set-BitsTransfer -SetOwnerToCurrentUser");
            job.Resume();
            Test.Equal(Wait(job, Test.Seconds), JobState.Transferred, "Set-BitsTransfer: the job runs");
            job.Complete();
            Test.Check(Test.Same(local, "keyed.bin"), "Set-BitsTransfer: the file is there");
        }

        public static void Run()
        {
            IBackgroundCopyManager manager = (IBackgroundCopyManager)new BackgroundCopyManager();
            Synchronous(manager);
            Life(manager);
            Errors(manager);
            Dynamic(manager);
            Method(manager);
            Proxy(manager);
            Bypass(manager);
            Set(manager);
        }
    }
}
