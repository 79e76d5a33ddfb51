using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>Runs the executable with commands that end by themselves.</summary>
internal static class CommandLine
{
    /// <summary>Starts the executable and does not wait.</summary>
    public static ChildProcess Launch(string workingDirectory, params IReadOnlyList<string> arguments) =>
        ChildProcess.Start("dotnet", ["exec", Repository.ServerAssembly, .. arguments], workingDirectory);

    /// <summary>Runs the executable and waits for its end.</summary>
    public static async Task<ExitResult> RunAsync(string workingDirectory, params IReadOnlyList<string> arguments)
    {
        await using ChildProcess process = Launch(workingDirectory, arguments);
        int code = await process.WaitForExitAsync(Deadline.Short);
        return new ExitResult(code, string.Join('\n', process.Output).Trim(), string.Join('\n', process.Errors).Trim());
    }

    /// <summary>Runs the executable and expects it to refuse the command with one sentence.</summary>
    /// <returns>The sentence.</returns>
    public static async Task<string> RunRefusedAsync(int code, string workingDirectory, params IReadOnlyList<string> arguments)
    {
        ExitResult ending = await RunAsync(workingDirectory, arguments);
        Assert.Equal((code, ""), (ending.Code, ending.Output));
        Assert.Single(ending.Errors.Split('\n'));
        Assert.EndsWith(".", ending.Errors.TrimEnd('\''), StringComparison.Ordinal);
        return ending.Errors;
    }
}

/// <summary>How a run ended.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it printed to standard error.</param>
internal sealed record ExitResult(int Code, string Output, string Errors);
