/*
 * A .NET program that downloads by BITS and by Delivery Optimization, as the public wrappers do it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: program URL WWW LOCAL SECONDS PART...
 * URL is that of a server, WWW the directory with its files, LOCAL one for downloads, SECONDS how long to wait
 * for what should come at once. A PART is bits-mta, bits-sta, do-mta, do-sta or powershell.
 *
 * Prints "ok - text" and "not ok - text"; the exit code is the number of checks that failed, at most 100.
 */

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace WineBits
{
    /* What the parts share: arguments and checks. */
    static class Test
    {
        public static string Url, Www, Local;
        public static int Seconds;
        public static string Apartment;
        public static int Failed;
        static int files;

        [DllImport("ole32.dll")]
        static extern int CoInitializeSecurity(IntPtr descriptor, int count, IntPtr services, IntPtr reserved,
            int authentication, int impersonation, IntPtr list, int capabilities, IntPtr reserved2);

        [DllImport("ole32.dll")]
        public static extern int CoSetProxyBlanket(IntPtr proxy, uint authentication, uint authorization,
            IntPtr principal, uint level, uint impersonation, IntPtr info, uint capabilities);

        public static void Check(bool right, string text)
        {
            if (!right) Failed++;
            Console.WriteLine("{0} - {1}: {2}", right ? "ok" : "not ok", Apartment, text);
        }

        public static void Equal<T>(T found, T expected, string text)
        {
            bool right = EqualityComparer<T>.Default.Equals(found, expected);
            Check(right, right ? text : text + ": found " + found + ", expected " + expected);
        }

        /* A call that must end in a COMException of that code. */
        public static void Throws(int code, string text, Action action)
        {
            try
            {
                action();
                Check(false, text + ": no exception");
            }
            catch (Exception error)
            {
                Check(error.HResult == code, text + ": " + error.GetType().Name + " 0x" + error.HResult.ToString("X8"));
            }
        }

        public static string NewPath()
        {
            return Path.Combine(Local, Apartment + "-" + ++files + ".bin");
        }

        public static bool Same(string path, string name)
        {
            byte[] found = File.ReadAllBytes(path), expected = File.ReadAllBytes(Path.Combine(Www, name));
            return found.AsSpan().SequenceEqual(expected);
        }

        static void Run(string part)
        {
            int dash = part.IndexOf('-');
            ApartmentState state = part.EndsWith("-sta") ? ApartmentState.STA : ApartmentState.MTA;
            Thread thread = new Thread(() =>
            {
                Apartment = part;
                try
                {
                    switch (dash < 0 ? part : part.Substring(0, dash))
                    {
                    case "bits": BitsTest.Run(); break;
                    case "do": DownloadTest.Run(); break;
                    case "powershell": PowerShellTest.Run(); break;
                    default: throw new ArgumentException("there is no part " + part);
                    }
                }
                catch (Exception error)
                {
                    Check(false, "an exception that nobody expected: " + error);
                }
            });
            thread.SetApartmentState(state);
            thread.Start();
            thread.Join();
        }

        static int Main(string[] arguments)
        {
            Url = arguments[0];
            Www = arguments[1];
            Local = arguments[2];
            Seconds = int.Parse(arguments[3]);
            /* RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE; wrappers ignore the answer */
            CoInitializeSecurity(IntPtr.Zero, -1, IntPtr.Zero, IntPtr.Zero, 2, 3, IntPtr.Zero, 0, IntPtr.Zero);
            for (int i = 4; i < arguments.Length; i++) Run(arguments[i]);
            return Math.Min(Failed, 100);
        }
    }
}
