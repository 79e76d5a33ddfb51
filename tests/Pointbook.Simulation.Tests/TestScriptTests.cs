using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>What test.sh prints at its end. Stubs replace the programs that build and test.</summary>
public sealed class TestScriptTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData("", 0, "0", null, "2 passed, 0 failed")]
    [InlineData("dotnet build", 1, "0", "the build failed, so no test ran", "0 passed, 1 failed")]
    [InlineData("dotnet build", 124, "0", "the build was stopped after 0 s, so no test ran", "0 passed, 1 failed")]
    [InlineData("dotnet format", 1, "0", "dotnet format would change something", "2 passed, 1 failed")]
    [InlineData("dotnet test", 124, "0", "A.Tests was stopped after 0 s", "0 passed, 1 failed")]
    [InlineData("dotnet test", 137, "0", "A.Tests was stopped after 0 s", "0 passed, 1 failed")]
    [InlineData("dotnet test", 137, "1800", "A.Tests reported no tests (exit code 137)", "0 passed, 1 failed")]
    public async Task The_test_script_names_what_failed_and_what_was_stopped(string command, int code, string secondsMax, string? failure, string lastLine)
    {
        await WriteProgramsAsync();
        Directory.CreateDirectory(_directory.File("tests/A.Tests"));
        await File.WriteAllTextAsync(_directory.File("tests/A.Tests/A.Tests.csproj"), "", TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(Repository.Root, "test.sh"), _directory.File("test.sh"));

        await using ChildProcess script = ChildProcess.Start("bash", ["test.sh"], _directory.FullName,
        [
            new("PATH", $"{_directory.File("programs")}:{Environment.GetEnvironmentVariable("PATH")}"),
            new("POINTBOOK_TEST_SECONDS", secondsMax), new("ENDED", command), new("CODE", $"{code}"),
        ]);
        Assert.Equal(failure is null ? 0 : 1, await script.WaitForExitAsync(Deadline.Short));
        Assert.Equal(failure is null ? [] : [$"FAILED: {failure}"], script.Output.Where(line => line.StartsWith("FAILED", StringComparison.Ordinal)));
        Assert.Equal(lastLine, script.Output[^1]);
    }

    public void Dispose() => _directory.Dispose();

    private async Task WriteProgramsAsync()
    {
        Directory.CreateDirectory(_directory.File("programs"));
        // Everything that the script installs if it is missing.
        foreach (string needed in new[] { "curl", "setpriv", "chromium", "sqlite3", "initdb" })
        {
            WriteProgram(needed, "");
        }

        WriteProgram("ldconfig", "echo libicuuc.so");
        WriteProgram("timeout", """
            shift 2
            if [ -n "$ENDED" ] && [[ "$*" == "$ENDED"* ]]; then exit "$CODE"; fi
            exec "$@"
            """);
        WriteProgram("dotnet", """
            if [ "$1" != test ]; then exit 0; fi
            while [ "$1" != --results-directory ]; do shift; done
            mkdir -p "$2"
            echo '<Counters total="2" passed="2" />' > "$2/a.trx"
            """);
        await Shell.RunAsync("chmod +x programs/*", _directory.FullName);
    }

    private void WriteProgram(string name, string script) =>
        File.WriteAllText(_directory.File($"programs/{name}"), $"#!/usr/bin/env bash\n{script}\n");
}
