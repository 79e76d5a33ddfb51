using System.Diagnostics;
using System.Globalization;

namespace Pointbook.Clusters;

/// <summary>Finds PostgreSQL's programs on this machine and runs them.</summary>
public static class Binaries
{
    // Debian installs each major version below this directory.
    private const string Versions = "/usr/lib/postgresql";

    // PostgreSQL refuses to run as root, so the programs run as this user, which Debian's package creates.
    private const string User = "postgres";

    /// <summary>The directory of the programs.</summary>
    public static string Directory { get; } = Find();

    /// <summary>Runs one of these programs, or any other program, until it ends.</summary>
    /// <exception cref="InvalidOperationException">The program failed.</exception>
    internal static async Task RunAsync(IEnumerable<string> command)
    {
        string[] parts = [.. command];
        using Process process = Process.Start(new ProcessStartInfo(parts[0], parts[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // The user that runs the program may not have access to the current directory.
            WorkingDirectory = "/",
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{string.Join(' ', parts)}' ended with {process.ExitCode}.\n{await output}{errors}");
        }
    }

    /// <summary>
    /// Builds the command as the user that may run PostgreSQL. It starts no process in between, and the program ends when
    /// this process does.
    /// </summary>
    internal static IEnumerable<string> AsServerUser(params IEnumerable<string> command) =>
    [
        "setpriv", "--pdeathsig", "KILL",
        .. Environment.IsPrivilegedProcess ? [$"--reuid={User}", $"--regid={User}", "--clear-groups"] : Array.Empty<string>(),
        .. command,
    ];

    /// <summary>Creates a new directory in a place that this user can access.</summary>
    internal static async Task<string> CreateDirectoryAsync()
    {
        const string Prefix = "pointbook-postgres-";
        if (!Environment.IsPrivilegedProcess || IsOpenToAll(Path.GetTempPath()))
        {
            return System.IO.Directory.CreateTempSubdirectory(Prefix).FullName;
        }

        string path = $"/tmp/{Prefix}{Path.GetRandomFileName()}";
        await RunAsync(["mkdir", "-m", "700", path]);
        return path;
    }

    /// <summary>Makes this user the owner of the directory and its contents.</summary>
    internal static Task HandOverAsync(string directory) =>
        Environment.IsPrivilegedProcess ? RunAsync(["chown", "-R", $"{User}:{User}", directory]) : Task.CompletedTask;

    private static bool IsOpenToAll(string path)
    {
        for (DirectoryInfo? directory = new(path); directory is not null; directory = directory.Parent)
        {
            if (!directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }

    private static string Find()
    {
        IEnumerable<string> debian = System.IO.Directory.Exists(Versions)
            ? System.IO.Directory.GetDirectories(Versions)
                .OrderByDescending(path => double.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out double version) ? version : 0)
                .Select(path => Path.Combine(path, "bin"))
            : [];
        IEnumerable<string> others = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return debian.Concat(others).FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")) && File.Exists(Path.Combine(path, "postgres")))
            ?? throw new InvalidOperationException(
                $"PostgreSQL's initdb and postgres are neither below {Versions} nor on the PATH; install Debian's package 'postgresql'.");
    }
}
