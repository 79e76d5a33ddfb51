namespace Pointbook.Simulation.Tests.Support;

/// <summary>Runs commands like a reader who copies them into a terminal.</summary>
internal static class Shell
{
    /// <summary>The environment of programs: no proxy, no colours, and no build servers that outlive the test.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["no_proxy"] = "*",
        ["NO_COLOR"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
    };

    /// <summary>Runs a command with bash and expects it to succeed.</summary>
    /// <returns>The output without the blanks around it.</returns>
    public static Task<string> RunAsync(string command, string workingDirectory) =>
        RunAsync("bash", ["-c", command], workingDirectory, Environment);

    /// <summary>Runs a program and expects it to succeed.</summary>
    /// <returns>The output without the blanks around it.</returns>
    public static async Task<string> RunAsync(
        string program, IReadOnlyList<string> arguments, string workingDirectory, IEnumerable<KeyValuePair<string, string>> environment)
    {
        await using ChildProcess process = ChildProcess.Start(program, arguments, workingDirectory, environment);
        int code = await process.WaitForExitAsync(Deadline.Long);
        Assert.True(code == 0, $"'{string.Join(' ', arguments)}' ended with {code}.\n{process}");
        return string.Join('\n', process.Output).Trim();
    }
}
