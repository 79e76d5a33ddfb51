using System.Diagnostics;
using Pointbook.Server.Tests.Support;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Tests.Keys;

/// <summary>An operator runs <c>pointbook keys</c>: before the first start of the server, and while the server runs.</summary>
public sealed class KeysCommandTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-keys-");

    private string Store => "sqlite:" + _directory.FullName;

    private string KeyFile => Path.Combine(_directory.FullName, "pointbook.keys.db");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_new_key_is_printed_alone_and_only_its_hash_is_stored()
    {
        (int exitCode, string output, string error) = await RunAsync("keys", "create", "--name", "billing", "--scope", "read,add", "--account", "shop:*", "--expires", "P90D", "--store", Store);
        Assert.Equal(0, exitCode);
        string key = output.TrimEnd();
        Assert.Matches("^pb_[0-9a-f]{16}_[0-9a-f]{64}$", key);
        Assert.StartsWith($"Created the key billing ({key[3..19]}) in {KeyFile} for read add on shop:*, until 2", error, StringComparison.Ordinal);
        Assert.EndsWith(
            "Z. No server has used that store yet. If you meant another store, revoke this key and name the store with --store. The key is shown only once:\n", error, StringComparison.Ordinal);
        foreach (FileInfo file in _directory.EnumerateFiles())
        {
            string content = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file.FullName, TestContext.Current.CancellationToken));
            Assert.DoesNotContain(key[20..], content, StringComparison.OrdinalIgnoreCase);
        }

        (exitCode, output, error) = await RunAsync("keys", "list", "--store", Store);
        Assert.Equal((0, ""), (exitCode, error));
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal("id\tname\tstatus\tscopes\taccounts\tcreated\tby\texpires\trevoked\tby", lines[0]);
        Assert.Matches($"^{key[3..19]}\tbilling\tactive\tread,add\tshop:\\*\t[^\t]+Z\tcli:[^\t]+\t[^\t]+Z\t-\t-$", Assert.Single(lines[1..]));
        Assert.DoesNotContain(key[20..], output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_key_creates_no_store()
    {
        (int exitCode, string output, string error) = await RunAsync("keys", "create", "--name", "till", "--scope", "all", "--store", Store);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("--scope contains an unknown scope. ", error, StringComparison.Ordinal);
        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task A_name_in_use_is_refused_with_what_to_do()
    {
        await CreateAsync("till");
        (int exitCode, string output, string error) = await RunAsync("keys", "create", "--name", "till", "--scope", "read", "--store", Store);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal("A key named till exists and isn't revoked. Revoke it first with 'pointbook keys revoke till', or choose another name.\n", error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_is_revoked_by_its_name_or_its_id(bool byId)
    {
        string key = await CreateAsync("till");
        (int exitCode, string output, string error) = await RunAsync("keys", "revoke", byId ? key[3..19] : "till", "--store", Store);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith($"The key till ({key[3..19]}) was revoked at ", output, StringComparison.Ordinal);
        Assert.Contains("\trevoked\t", (await RunAsync("keys", "list", "--store", Store)).Output, StringComparison.Ordinal);
        string again = await CreateAsync("till");
        Assert.NotEqual(key, again);
    }

    [Theory]
    [InlineData("till", "No unrevoked key is named till. List the keys with 'pointbook keys list'.\n")]
    [InlineData("0123456789abcdef", "No key has the id 0123456789abcdef. List the keys with 'pointbook keys list'.\n")]
    public async Task An_unknown_key_cannot_be_revoked(string key, string sentence)
    {
        await CreateAsync("another");
        Assert.Equal((1, "", sentence), await RunAsync("keys", "revoke", key, "--store", Store));
    }

    [Theory]
    [InlineData("keys list")]
    [InlineData("keys revoke till")]
    public async Task Listing_keys_of_a_missing_store_creates_nothing_and_says_so(string command)
    {
        string missing = Path.Combine(_directory.FullName, "mistyped");
        string sentence = $"{missing} contains no API keys: the file pointbook.keys.db is missing. Name the store with --store sqlite:DIRECTORY or ";
        foreach ((string[] arguments, string variable) in ((string[], string)[])
            [(["--store", "sqlite:" + missing], ""), ([], missing)])
        {
            (int exitCode, string output, string error) = await RunAsync(
                start => start.Environment["Storage__Directory"] = variable, [.. command.Split(' '), .. arguments]);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        }

        Assert.Empty(_directory.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task A_key_of_a_served_store_is_created_without_a_note_about_the_location()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        (int exitCode, _, string error) = await RunAsync("keys", "create", "--name", "a", "--scope", "read", "--store", "sqlite:" + server.Directory);
        Assert.Equal(0, exitCode);
        Assert.Contains($" in {Path.Combine(server.Directory, "pointbook.keys.db")} for read on all accounts, until it is revoked. The key is shown only once", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_key_marks_an_existing_ledger_before_it_is_printed()
    {
        await (await ServerProcess.StartAsync("http://127.0.0.1:0", _directory, isOwner: false)).DisposeAsync();
        await CreateAsync("till");
        SqliteStoreOptions options = new() { Directory = _directory.FullName };
        await using ReadOnlySqliteStore store = ReadOnlySqliteStore.Open(options, TimeProvider.System, isExclusive: true);
        Assert.True(store.WasSecured);
    }

    [Fact]
    public async Task A_key_is_not_printed_if_its_ledger_cannot_be_marked()
    {
        string journal = Path.Combine(_directory.FullName, "pointbook.db");
        await File.WriteAllTextAsync(journal, "This is not a database.", TestContext.Current.CancellationToken);
        (int exitCode, string output, string error) = await RunAsync("keys", "create", "--name", "till", "--scope", "read", "--store", Store);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith($"Pointbook could not mark {journal} as secured: ", error, StringComparison.Ordinal);
        Assert.Contains(" was revoked and not shown. Check the store, then create the key again.", error, StringComparison.Ordinal);
        Assert.Contains("\trevoked\t", (await RunAsync("keys", "list", "--store", Store)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_created_is_refused_with_the_option_of_the_command()
    {
        string file = Path.Combine(_directory.FullName, "file");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        (int exitCode, _, string error) = await RunAsync("keys", "create", "--name", "a", "--scope", "read", "--store", $"sqlite:{file}/data");
        Assert.Equal(1, exitCode);
        Assert.Contains($"create the data directory {file}/data: ", error, StringComparison.Ordinal);
        Assert.EndsWith("Use another directory. The option is --store.\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_limits_the_number_of_keys()
    {
        void Configure(ProcessStartInfo start, string countMax)
        {
            start.Environment["Storage__Directory"] = _directory.FullName;
            start.Environment["Keys__CountMax"] = countMax;
        }

        Assert.Equal(0, (await RunAsync(start => Configure(start, "1"), "keys", "create", "--name", "a", "--scope", "read")).ExitCode);
        Assert.Equal(
            (1, "", "The number of keys has reached Keys:CountMax, which is 1. Revoke keys that are no longer needed.\n"),
            await RunAsync(start => Configure(start, "1"), "keys", "create", "--name", "b", "--scope", "read"));
        Assert.Equal(
            (2, "", "Keys:CountMax must be between 1 and 100000, but is 0.\n"),
            await RunAsync(start => Configure(start, "0"), "keys", "create", "--name", "b", "--scope", "read"));
        (int exitCode, _, string error) = await RunAsync(start => Configure(start, "many"), "keys", "create", "--name", "b", "--scope", "read");
        Assert.Equal(2, exitCode);
        Assert.Contains("Keys:CountMax", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(start => Configure(start, "2"), "keys", "create", "--name", "b", "--scope", "read")).ExitCode);
    }

    [Fact]
    public async Task The_command_uses_the_store_of_the_server_configuration()
    {
        (int exitCode, string output, _) = await RunAsync(start => start.Environment["Storage__Directory"] = _directory.FullName, "keys", "create", "--name", "a", "--scope", "read");
        Assert.Equal(0, exitCode);
        Assert.Contains(output[3..19], (await RunAsync("keys", "list", "--store", Store)).Output, StringComparison.Ordinal);
        (exitCode, output, string misspelt) = await RunAsync(start => start.Environment["Storage__Dir"] = _directory.FullName, "keys", "create", "--name", "b", "--scope", "read");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("Storage:Dir is not an option of the server. Valid options: Storage:AccountStoreConnectionsMax, ", misspelt, StringComparison.Ordinal);
        (exitCode, _, string error) = await RunAsync(start => start.Environment["Storage__Provider"] = "Mongo", "keys", "list");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("Storage:Provider must be Sqlite or Postgres, but is 'Mongo'.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_error_of_an_unusable_directory_names_it()
    {
        string file = Path.Combine(_directory.FullName, "file");
        await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        (int exitCode, string output, string error) = await RunAsync("keys", "list", "--store", "sqlite:" + file);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(file, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_server_uses_a_change_within_a_second()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(("Keys__AgeMax", "00:00:01"));
        using HttpClient http = new() { BaseAddress = server.Address };
        await WaitForStatusAsync(http, null, 200);
        string store = "sqlite:" + server.Directory;
        (_, string output, _) = await RunAsync("keys", "create", "--name", "reader", "--scope", "read", "--store", store);
        await WaitForStatusAsync(http, null, 401);
        await WaitForStatusAsync(http, output.TrimEnd(), 200);
        Assert.Equal(0, (await RunAsync("keys", "revoke", "reader", "--store", store)).ExitCode);
        await WaitForStatusAsync(http, output.TrimEnd(), 401);
        await WaitForStatusAsync(http, null, 401);
    }

    /// <summary>The server must answer requests more than a second later with this status. It may answer 503 while it cannot read its keys in time.</summary>
    private static async Task WaitForStatusAsync(HttpClient http, string? key, int status)
    {
        long begin = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(async () =>
        {
            TimeSpan since = Stopwatch.GetElapsedTime(begin);
            int found = await StatusAsync(http, key);
            Assert.True(found == status || found == 503 || since <= TimeSpan.FromSeconds(1), $"After {since}, the server answers with {found} instead of {status}.");
            return found == status;
        });
    }

    private static async Task<int> StatusAsync(HttpClient http, string? key)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/balance");
        if (key is not null)
        {
            request.Headers.Add("Authorization", "Bearer " + key);
        }

        using HttpResponseMessage response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    private async Task<string> CreateAsync(string name)
    {
        (int exitCode, string output, string error) = await RunAsync("keys", "create", "--name", name, "--scope", "read", "--store", Store);
        Assert.True(exitCode == 0, error);
        return output.TrimEnd();
    }

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(_ => { }, arguments);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(Action<ProcessStartInfo> configure, params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "pointbook"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        configure(start);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, error);
    }
}
