using System.Globalization;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Documents;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Operations;

/// <summary>Runs the commands of docs/operations.md in a directory, like an operator who copies them.</summary>
internal sealed class ManualRunner
{
    private const string Program = "pointbook";
    private const string StartOfServer = $"{Program} --";

    private static readonly string ProgramHere = $"dotnet exec '{Repository.ServerAssembly}'";

    private readonly Dictionary<string, string> _environment;

    /// <summary>Sets PGHOST and the other variables from a connection string, if there is one.</summary>
    public ManualRunner(string workingDirectory, string? connectionString = null)
    {
        WorkingDirectory = workingDirectory;
        // On Debian, most of PostgreSQL's programs are not on the PATH.
        string path = $"{Environment.GetEnvironmentVariable("PATH")}:{Binaries.Directory}";
        _environment = new(Shell.Environment) { ["PATH"] = path };
        if (connectionString is not null)
        {
            NpgsqlConnectionStringBuilder settings = new(connectionString);
            _environment["PGHOST"] = settings.Host!;
            _environment["PGPORT"] = settings.Port.ToString(CultureInfo.InvariantCulture);
            _environment["PGUSER"] = settings.Username!;
            _environment["PGPASSWORD"] = settings.Password!;
        }
    }

    public string WorkingDirectory { get; }

    /// <summary>Runs the commands below a heading, up to one that starts a server.</summary>
    /// <returns>The output.</returns>
    public async Task<string> RunAsync(string heading)
    {
        List<string> printed = [];
        foreach (string command in MarkdownFile.Operations.CommandsBelow(heading).Where(command => !IsServer(command)))
        {
            string asFunction = $"{Program}() {{ {ProgramHere} \"$@\"; }}";
            printed.Add(await Shell.RunAsync("bash", ["-c", $"{asFunction}; {command}"], WorkingDirectory, _environment));
        }

        return string.Join('\n', printed);
    }

    /// <summary>Runs the command below a heading that starts a server, on a free port, and waits until the server listens.</summary>
    public Task<ServerProcess> StartServerAsync(string heading)
    {
        string command = Assert.Single(MarkdownFile.Operations.CommandsBelow(heading), IsServer);
        // exec replaces bash with the server, so that signals reach the server.
        string start = $"exec {ProgramHere}{command[Program.Length..]} --urls http://127.0.0.1:0";
        return ServerProcess.StartAsync(ChildProcess.Start("bash", ["-c", start], WorkingDirectory, _environment));
    }

    private static bool IsServer(string command) => command.StartsWith(StartOfServer, StringComparison.Ordinal);
}
