using System.Diagnostics;

namespace Pointbook.Server.Tests;

/// <summary>The words on the command line: subcommands, options of the server, and unknown words.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("-?")]
    public async Task Help_lists_the_commands_and_how_to_serve(string option)
    {
        (int exitCode, string output, string error) = await RunAsync(option);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.All(["migrate ", "verify ", "Without a command, Pointbook serves HTTP", "--Storage:Directory"], text => Assert.Contains(text, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("migrate --help", "--from")]
    [InlineData("verify --help", "--store")]
    public async Task Help_of_a_command_lists_its_options(string arguments, string option)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments.Split(' '));
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains(option, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        (int exitCode, string output, _) = await RunAsync("--version");
        Assert.Equal(0, exitCode);
        Assert.StartsWith("0.1.0", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foo", "'foo' is not a command of pointbook. Commands: keys, migrate, verify. Without a command, pointbook starts the server.")]
    [InlineData("serve", "'serve' is not a command of pointbook.")]
    [InlineData("--urls http://127.0.0.1:0 migrate", "'migrate' is not a command of pointbook.")]
    [InlineData("--urls=http://127.0.0.1:0 data", "'data' is not a command of pointbook.")]
    [InlineData("-Storage:Directory data", "'-Storage:Directory' is not an option of the server. Write options as --Name value.")]
    [InlineData("--Storage:Directory", "'--Storage:Directory' has no value.")]
    [InlineData("migrate", "Option '--from' is required. Option '--to' is required. See 'pointbook migrate --help'.")]
    [InlineData("migrate --from sqlite:a", "Option '--to' is required.")]
    [InlineData("migrate --from sqlite:a --from sqlite:b --to x", "expects a single argument")]
    [InlineData("migrate --from sqlite:a --to b --fast", "'--fast'")]
    [InlineData("keys", "Required command was not provided. See 'pointbook keys --help'.")]
    [InlineData("keys create", "Option '--name' is required. Option '--scope' is required. See 'pointbook keys --help'.")]
    [InlineData("keys create --name a --scope all", "--scope contains an unknown scope. Valid scopes: read, add, spend, flush, admin.")]
    [InlineData("keys create --name a --scope read,", "--scope contains an unknown scope.")]
    [InlineData("keys create --name a,b --scope read", "--name contains an invalid character. Valid characters: A-Z a-z 0-9 . _ @ -.")]
    [InlineData("keys create --name a --scope read --account *", "--account must not contain * alone, which means all accounts. Omit it for no limit.")]
    [InlineData("keys create --name a --scope admin --account a", "--scope must not contain admin for a key with account limits, which could create a key without limits.")]
    [InlineData("keys create --name a --scope read --expires 90d", "--expires is not an ISO 8601 duration. Use a duration such as")]
    [InlineData("keys create --name a --scope read --expires P0D", "--expires must be longer than zero and at most ten years. Use a duration such as P90D.")]
    [InlineData("keys create --name a --scope read --store data", "--store does not name the kind of store.")]
    [InlineData("keys list --store sqlite:a --store sqlite:b", "The options name several stores.")]
    [InlineData("keys list --Storage:Directory data", "This command does not accept server options. Name the store with --store sqlite:DIRECTORY or --store 'postgres:")]
    [InlineData("migrate --Storage:Directory data", "This command does not accept server options. Name the stores with --from sqlite:DIRECTORY and --to 'postgres:")]
    [InlineData("keys revoke", "Required argument 'name or id' missing for command")]
    [InlineData("keys revoke a b", "'b'")]
    [InlineData("keys rotate", "'rotate'")]
    [InlineData("verify", "Option '--store' is required. See 'pointbook verify --help'.")]
    [InlineData("verify --store", "Required argument missing for option: '--store'.")]
    [InlineData("verify sqlite:data", "'sqlite:data'")]
    [InlineData("verify --store foo", "--store does not name the kind of store. Write sqlite:DIRECTORY or")]
    [InlineData("verify --store postgres://user@db/pointbook", "--store is a URI, which Npgsql does not support.")]
    [InlineData("verify --store sqlite:", "--store names no store.")]
    [InlineData("verify --store sqlite:one --store sqlite:two", "The options name several stores.")]
    [InlineData("verify --store postgres:Hst=db", "--store is not a valid connection string.")]
    [InlineData("migrate --from sqlite:a --to sqlite:b", "A ledger can be migrated only from SQLite to PostgreSQL.")]
    [InlineData("migrate --from sqlite:a --to postgres:Host=db;Database=b --partitions 4", "--partitions must be 1, like the source")]
    public async Task Unknown_arguments_are_refused_with_one_sentence(string arguments, string sentence)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments.Split(' '));
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_source_in_use_is_refused_with_the_option_of_the_command()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-tests-");
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "pointbook.db"), [], TestContext.Current.CancellationToken);
            await using FileStream held = new(Path.Combine(directory.FullName, "pointbook.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            (int exitCode, string output, string error) = await RunAsync(
                "migrate", "--from", $"sqlite:{directory.FullName}", "--to", "postgres:Host=127.0.0.1;Port=1;Database=pointbook");
            Assert.Equal((1, ""), (exitCode, output));
            Assert.EndsWith(". Stop that server, or use another directory. The option is --from.", error.TrimEnd(), StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "pointbook"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            string error = await process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output, error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
