using System.Runtime.InteropServices;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Replaces a file that this process has open with a device, so that the operating system fails its writes. Linux only.</summary>
internal sealed partial class FileFaults : IDisposable
{
    private readonly List<(int Descriptor, int Saved)> _replaced = [];

    private FileFaults()
    {
    }

    /// <summary>Writes to the file fail, because the device has no space.</summary>
    public static FileFaults NoSpace(string path) => Replace(path, "/dev/full");

    /// <summary>Writes to the file seem to succeed, but syncing it fails.</summary>
    public static FileFaults NoSync(string path) => Replace(path, "/dev/null");

    /// <summary>Restores the file.</summary>
    public void Dispose()
    {
        foreach ((int descriptor, int saved) in _replaced)
        {
            Check(Duplicate(saved, descriptor));
            Check(Close(saved));
        }
    }

    private static FileFaults Replace(string path, string device)
    {
        FileFaults faults = new();
        using FileStream stand = new(device, FileMode.Open, FileAccess.ReadWrite);
        foreach (int descriptor in DescriptorsOf(path))
        {
            faults._replaced.Add((descriptor, Check(Duplicate(descriptor))));
            Check(Duplicate((int)stand.SafeFileHandle.DangerousGetHandle(), descriptor));
        }

        Assert.NotEmpty(faults._replaced);
        return faults;
    }

    private static List<int> DescriptorsOf(string path) =>
    [
        .. Directory.GetFiles("/proc/self/fd")
            .Where(link => TargetOf(link) == path)
            .Select(link => int.Parse(Path.GetFileName(link), System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (FileNotFoundException)
        {
            // Another test has closed this descriptor in the meantime.
            return null;
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw new IOException($"errno {Marshal.GetLastPInvokeError()}");

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Duplicate(int descriptor, int target);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
