using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pointbook.Engine.Hosting;

/// <summary>Reads a clock that cannot be set: how long the machine has been up, including time in suspension.</summary>
public delegate TimeSpan Uptime();

/// <summary>The uptime of this machine.</summary>
public static class SystemUptime
{
    // Linux: CLOCK_BOOTTIME. macOS: CLOCK_MONOTONIC, which counts sleep there.
    private const int ClockBoottime = 7;
    private const int ClockMonotonicOfMac = 6;

    /// <summary>Reads the uptime.</summary>
    /// <remarks>On systems other than Linux, macOS and Windows it may not count suspension. A wake-up then looks like a jump of the clock.</remarks>
    public static TimeSpan Read() =>
        OperatingSystem.IsLinux() ? ReadPosix(ClockBoottime)
        : OperatingSystem.IsMacOS() ? ReadPosix(ClockMonotonicOfMac)
        : OperatingSystem.IsWindows() ? TimeSpan.FromMilliseconds(Environment.TickCount64)
        : Stopwatch.GetElapsedTime(0);

    private static TimeSpan ReadPosix(int clock) =>
        ClockGetTime(clock, out TimeSpec time) == 0
            ? new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
            : throw new InvalidOperationException($"clock_gettime({clock}) failed with error {Marshal.GetLastPInvokeError()}.");

    [DllImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        private readonly nint _seconds;
        private readonly nint _nanoseconds;

        public long Seconds => _seconds;

        public long Nanoseconds => _nanoseconds;
    }
}
