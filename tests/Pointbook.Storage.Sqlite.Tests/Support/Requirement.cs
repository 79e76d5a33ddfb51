namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Checks what a test needs from the machine. Without it the test fails with a message. No test is skipped silently.</summary>
internal static class Requirement
{
    /// <summary>Needs the device files and the process directory of Linux.</summary>
    public static void Linux() => Assert.True(OperatingSystem.IsLinux(), "This test needs Linux, for its device files and /proc.");

    /// <summary>Needs a program that locks a directory from another process.</summary>
    public static string Flock()
    {
        const string Path = "/usr/bin/flock";
        Assert.True(File.Exists(Path), $"This test needs {Path} of util-linux.");
        return Path;
    }
}
