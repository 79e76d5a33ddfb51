using System.Globalization;
using System.Runtime.InteropServices;

namespace Pointbook.Clusters;

/// <summary>Sends signals to a process and to the processes that it has started.</summary>
internal static class Signals
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends a signal. If the process has ended in the meantime, this does nothing.</summary>
    public static void Send(int process, int signal) => _ = SendSignal(process, signal);

    /// <summary>The processes that a process has started and that still run.</summary>
    public static IReadOnlyList<int> ChildrenOf(int process) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == process),
    ];

    /// <summary>Whether a process has ended. A zombie, which its parent has not reaped yet, has ended: it has no memory and no files.</summary>
    public static bool HasEnded(int process) => StatusOf(process) is not { } status || status[0] is "Z" or "X";

    private static int ParentOf(int process) => StatusOf(process) is { } status ? int.Parse(status[1], CultureInfo.InvariantCulture) : 0;

    /// <summary>Reads the state, the parent and more of a process. Returns null if the process does not exist.</summary>
    private static string[]? StatusOf(int process)
    {
        try
        {
            // The name of the program is in parentheses and may contain any character.
            string status = File.ReadAllText($"/proc/{process}/stat");
            return status[(status.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
