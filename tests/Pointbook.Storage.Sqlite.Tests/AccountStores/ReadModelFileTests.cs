using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>Whatever happens to the files of the read model, the store opens, the server serves accounts at once, and it restores the sums.</summary>
public sealed class ReadModelFileTests : IAsyncLifetime
{
    private static readonly string[] Payers = ["P", "Q", "R", "new payer"];

    private readonly RunningStore _running = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TempDirectory Files => _running.Host.Files;

    public async ValueTask InitializeAsync()
    {
        await _running.StartAsync();
        await _running.WriteExampleAsync();
        await _running.Partition.WaitUntilReadModelAsync(Token);
        await _running.StopAsync();
        Assert.Empty(_running.Log.Warnings);
    }

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    [Fact]
    public async Task An_intact_file_is_kept()
    {
        string file = Assert.Single(Files.ReadModels);
        await AssertServedAsync(warning: null);
        Assert.Equal([file], Files.ReadModels);
    }

    [Fact]
    public async Task A_missing_file_is_rebuilt_while_accounts_are_served()
    {
        foreach (string file in Directory.GetFiles(Files.Path, "pointbook.read-model.*"))
        {
            File.Delete(file);
        }

        await AssertServedAsync(warning: null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4_096)]
    [InlineData(-1)]
    [InlineData(-4_096)]
    public async Task A_truncated_file_is_rebuilt(int length)
    {
        using (FileStream file = File.OpenWrite(Files.ReadModel))
        {
            file.SetLength(length >= 0 ? length : file.Length + length);
        }

        await AssertServedAsync(warning: "can't use the read model", isMaybe: length == -4_096);
    }

    [Theory]
    [InlineData("UPDATE read_model SET version = version + 1")]
    [InlineData("UPDATE read_model SET version = 0")]
    [InlineData("DELETE FROM read_model")]
    [InlineData("DROP TABLE payer_flow")]
    [InlineData("UPDATE read_model SET seal = x'00'")]
    public async Task A_file_of_another_version_is_rebuilt(string change)
    {
        Sql.Run(Files.ReadModel, change);
        await AssertServedAsync(warning: "can't use the read model");
    }

    [Fact]
    public async Task A_file_full_of_garbage_is_rebuilt()
    {
        byte[] bytes = new byte[20_000];
        new Random(3).NextBytes(bytes);
        await File.WriteAllBytesAsync(Files.ReadModel, bytes, Token);
        await AssertServedAsync(warning: "can't use the read model");
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_or_deleted_does_not_prevent_serving_accounts()
    {
        string path = Files.ReadModel;
        File.Delete(path);
        Directory.CreateDirectory(path + "-wal");
        Directory.CreateDirectory(Path.Combine(path + "-wal", "in the way"));
        await File.WriteAllBytesAsync(path, new byte[10_000], Token);
        await _running.StartAsync();
        Assert.Null((await _running.AddAsync("account1", "P", 1)).Refusal);
        await Eventually.TrueAsync(() => _running.Partition.Health.ReadModel == ReadModelCondition.Failing);
        Assert.True(_running.Partition.Health.IsReady);
        Directory.Delete(path + "-wal", recursive: true);
    }

    [Fact]
    public async Task Restoring_an_older_journal_rebuilds_the_read_model()
    {
        string backup = Files.Journal + ".backup";
        File.Copy(Files.Journal, backup);
        await _running.StartAsync();
        await _running.WriteExampleAsync(from: 20);
        await _running.Partition.WaitUntilReadModelAsync(Token);
        await _running.StopAsync();
        File.Copy(backup, Files.Journal, overwrite: true);
        await AssertServedAsync(warning: "does not match the journal");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_crash_at_any_moment_of_a_build_leaves_a_usable_state_and_at_most_two_files(int moment)
    {
        await _running.Host.OpenAsync();
        IReadModel model = _running.Host.ReadModel;
        await model.MarkDamagedAsync(await model.ServingAsync(), "scripted", Token);
        byte[] old = await File.ReadAllBytesAsync(Files.ReadModel, Token);
        string oldPath = Files.ReadModel;
        if (moment > 0)
        {
            ReadModelGeneration building = (await model.BeginBuildAsync(Token))!;
            Assert.Equal(2, Files.ReadModels.Count);
            List<Engine.Journal.Commit> commits = await StoreAssert.ReadAllAsync(_running.Host.Journal);
            if (moment > 1)
            {
                Assert.True(await model.ApplyAsync(building, ReadModelRound.From(commits[..10]), Token));
            }

            if (moment > 2)
            {
                Assert.True(await model.FinishBuildAsync(building, Token));
                Assert.Single(Files.ReadModels);
                // This restores the state before the deletion of the old file.
                await File.WriteAllBytesAsync(oldPath, old, Token);
            }
        }

        await _running.Host.CloseAsync();
        await AssertServedAsync(warning: null);
    }

    [Theory]
    [InlineData(1, ".db-wal", ".db-shm")]
    [InlineData(1, ".db-shm")]
    [InlineData(8, ".db-wal", ".db-shm")]
    [InlineData(8, ".db", ".db-journal")]
    [InlineData(8, ".db-journal")]
    public async Task Whatever_a_crash_has_left_of_another_generation_is_deleted_at_the_next_start(int number, params string[] endings)
    {
        await ReplaceAsync();
        string[] others = [Files.File("pointbook.read-model.notes"), Files.File("pointbook.read-model.007.db"), Files.File("pointbook.read-model.3.db.copy")];
        string[] left = [.. endings.Select(ending => Files.File($"pointbook.read-model.{number}{ending}"))];
        foreach (string path in others.Concat(left))
        {
            await File.WriteAllBytesAsync(path, [], Token);
        }

        await AssertServedAsync(warning: "can't use the read model", isMaybe: true);
        Assert.All(left, path => Assert.False(File.Exists(path), path));
        Assert.All(others, path => Assert.True(File.Exists(path), path));
    }

    [Fact]
    public async Task A_generation_that_could_not_be_begun_leaves_no_file()
    {
        await _running.Host.OpenAsync();
        IReadModel model = _running.Host.ReadModel;
        await model.MarkDamagedAsync(await model.ServingAsync(), "scripted", Token);
        string[] before = Directory.GetFiles(Files.Path, "pointbook.read-model.*");
        string next = Files.File("pointbook.read-model.2.db");
        Directory.CreateDirectory(next + "-wal");
        for (int attempt = 0; attempt < 3; attempt++)
        {
            await Assert.ThrowsAsync<StorageFailureException>(async () => await model.BeginBuildAsync(Token));
            Assert.Equal(before.Order(), Directory.GetFiles(Files.Path, "pointbook.read-model.*").Order());
        }

        Directory.Delete(next + "-wal");
        Assert.Equal(2, (await model.BeginBuildAsync(Token))!.Number);
    }

    [Fact]
    public async Task A_generation_that_a_server_replaces_while_somebody_only_reads_is_not_taken_for_damaged_and_the_new_one_is_compared()
    {
        await using ReadOnlySqliteStore store = ReadOnlySqliteStore.Open(_running.Host.Options, _running.Host.Clock, isExclusive: false);
        SqliteReadModel model = Assert.IsType<SqliteReadModel>(store.OpenReadModel().ReadModel);
        await ReplaceAsync();
        await Assert.ThrowsAsync<ReadModelBehindException>(async () => await model.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token));
        ReadModelVerdict verdict = await new ReadModelVerification(store.Journal, model, 20).RunAsync(_ => { }, Token);
        Assert.Equal((null, 0L), (verdict.Build, verdict.DifferenceCount));
        Assert.Equal(2, (await model.ReadStateAsync(Token)).Serving!.Number);
        File.Delete(Files.ReadModel);
        Assert.Equal(ReadModelVerdict.Missing, (await new ReadModelVerification(store.Journal, model, 20).RunAsync(_ => { }, Token)).Build);
    }

    [Fact]
    public async Task A_generation_that_another_one_with_the_same_number_replaces_during_a_comparison_is_not_reported()
    {
        Sql.Run(Files.ReadModel, "UPDATE payer_flow SET points = points + 1 WHERE payer = 'P'");
        await using ReadOnlySqliteStore store = ReadOnlySqliteStore.Open(_running.Host.Options, _running.Host.Clock, isExclusive: false);
        SqliteReadModel model = Assert.IsType<SqliteReadModel>(store.OpenReadModel().ReadModel);
        ReadModelGeneration before = (await model.ReadStateAsync(Token)).Serving!;
        await using GatedReadModel gate = new(model);
        int queries = 0;
        // The first query lists the payers, and the second one reads the damaged payer.
        gate.BeforeQuery = () => ++queries == 3 ? RecreateAsync() : Task.CompletedTask;
        ReadModelVerdict verdict = await new ReadModelVerification(store.Journal, gate, 20).RunAsync(_ => { }, Token);
        ReadModelGeneration after = (await model.ReadStateAsync(Token)).Serving!;
        Assert.Equal(before.Number, after.Number);
        Assert.NotEqual(before.Id, after.Id);
        Assert.Empty(verdict.Differences);
        Assert.Null(verdict.Build);
    }

    [Theory]
    [InlineData("UPDATE payer_flow SET points = 'many'")]
    [InlineData("UPDATE payer_stock SET expires_day = 9223372036854775807")]
    [InlineData("UPDATE payer_total SET outstanding = ''")]
    [InlineData("UPDATE payer_total SET payer = ' ' WHERE payer = 'P'")]
    [InlineData("DROP TABLE payer_stock")]
    [InlineData("UPDATE read_model SET last_sequence = last_sequence - 1")]
    [InlineData("UPDATE read_model SET seal = zeroblob(32)")]
    [InlineData("UPDATE read_model SET version = 7")]
    [InlineData("UPDATE read_model SET damage = 'rebuild wanted'")]
    [InlineData("DELETE FROM read_model")]
    public async Task A_file_that_is_damaged_while_the_server_runs_is_rebuilt_while_accounts_are_served(string change)
    {
        await _running.StartAsync();
        await _running.Partition.WaitUntilReadModelAsync(Token);
        string old = Files.ReadModel;
        Sql.Run(old, change);
        for (int write = 0; write < 5; write++)
        {
            Assert.Null((await _running.AddAsync("account1", "P", 1)).Refusal);
            Assert.Null((await _running.Partition.ReadBalanceAsync(Given.Account("account2"), Token)).Refusal);
        }

        await WaitForCorrectAnswersAsync();
        await WaitForOneFileAsync();
        Assert.NotEqual(old, Files.ReadModel);
    }

    [Fact]
    public async Task A_file_whose_pages_are_overwritten_while_the_server_runs_is_rebuilt()
    {
        await _running.StartAsync();
        await _running.Partition.WaitUntilReadModelAsync(Token);
        string old = Files.ReadModel;
        Sql.Run(old, "PRAGMA wal_checkpoint(TRUNCATE)");
        using (FileStream file = File.OpenWrite(old))
        {
            byte[] bytes = new byte[file.Length - 100];
            new Random(5).NextBytes(bytes);
            file.Position = 100;
            await file.WriteAsync(bytes, Token);
        }

        for (int write = 0; write < 5; write++)
        {
            Assert.Null((await _running.AddAsync($"new{write}", "new payer", 1)).Refusal);
        }

        await WaitForCorrectAnswersAsync();
    }

    [Fact]
    public async Task A_file_that_is_deleted_while_the_server_runs_stops_nothing()
    {
        await _running.StartAsync();
        await _running.Partition.WaitUntilReadModelAsync(Token);
        foreach (string file in Directory.GetFiles(Files.Path, "pointbook.read-model.*"))
        {
            File.Delete(file);
        }

        Assert.Null((await _running.AddAsync("account1", "P", 1)).Refusal);
        await WaitForCorrectAnswersAsync();
        await _running.StopAsync();
        await AssertServedAsync(warning: null);
    }

    [Fact]
    public async Task A_read_only_store_reports_damage_and_marks_nothing()
    {
        Sql.Run(Files.ReadModel, "UPDATE payer_total SET payer = ' ' WHERE payer = 'P'");
        string[] files = Directory.GetFiles(Files.Path, "*.db");
        await using (ReadOnlySqliteStore store = ReadOnlySqliteStore.Open(_running.Host.Options, _running.Host.Clock, isExclusive: false))
        {
            SqliteReadModel model = Assert.IsType<SqliteReadModel>(store.OpenReadModel().ReadModel);
            Assert.Null((await model.ReadStateAsync(Token)).Serving!.Damage);
            ReadModelDamagedException damage = await Assert.ThrowsAsync<ReadModelDamagedException>(
                async () => await model.ListPayersAsync(new PayerQuery(100), Token));
            Assert.EndsWith("column payer contains a text instead of a payer", damage.Message, StringComparison.Ordinal);
        }

        Assert.Equal(files.Order(), Directory.GetFiles(Files.Path, "*.db").Order());
        File.Delete(Files.ReadModel);
        await using ReadOnlySqliteStore without = ReadOnlySqliteStore.Open(_running.Host.Options, _running.Host.Clock, isExclusive: false);
        Assert.Equal((null, ReadModelVerdict.Missing), without.OpenReadModel());
    }

    /// <summary>Replaces generation 1 by generation 2, and closes the store.</summary>
    private async Task ReplaceAsync()
    {
        await _running.Host.OpenAsync();
        await _running.Host.ReadModel.MarkDamagedAsync(await _running.Host.ReadModel.ServingAsync(), "scripted", Token);
        await BuildAsync();
    }

    /// <summary>Deletes generation 1, and builds another one after a restart, which gets the same number. Closes the store.</summary>
    private async Task RecreateAsync()
    {
        await _running.Host.OpenAsync();
        await _running.Host.ReadModel.AbandonAsync(await _running.Host.ReadModel.ServingAsync(), Token);
        await _running.Host.OpenAsync();
        await BuildAsync();
    }

    private async Task BuildAsync()
    {
        IReadModel model = _running.Host.ReadModel;
        ReadModelGeneration building = (await model.BeginBuildAsync(Token))!;
        Assert.True(await model.ApplyAsync(building, ReadModelRound.From(await StoreAssert.ReadAllAsync(_running.Host.Journal)), Token));
        Assert.True(await model.FinishBuildAsync(building, Token));
        await _running.Host.CloseAsync();
    }

    /// <summary>Waits until the old file is deleted. Queries use the new one before that.</summary>
    private Task WaitForOneFileAsync() => Eventually.TrueAsync(() => Files.ReadModels.Count == 1);

    /// <summary>Starts the partition. Asserts that it serves accounts at once, and that the sums become correct.</summary>
    private async Task AssertServedAsync(string? warning, bool isMaybe = false)
    {
        _running.Log.Clear();
        await _running.StartAsync();
        Assert.Null((await _running.AddAsync("account1", "P", 1)).Refusal);
        Assert.Null((await _running.Partition.ReadBalanceAsync(Given.Account("account2"), Token)).Refusal);
        await WaitForCorrectAnswersAsync();
        await WaitForOneFileAsync();
        IReadOnlyList<string> warnings = [.. _running.Log.Warnings.Where(line => line.Contains("read model", StringComparison.OrdinalIgnoreCase))];
        Assert.True(isMaybe || warnings.Count == (warning is null ? 0 : 1), string.Join("; ", warnings));
        Assert.All(warnings.Where(_ => !isMaybe), line => Assert.Contains(warning!, line, StringComparison.Ordinal));
        await _running.StopAsync();
    }

    /// <summary>Reads as queries do, and reports damage as they do, until the sums match the journal.</summary>
    private async Task WaitForCorrectAnswersAsync() => await Eventually.TrueAsync(async () =>
    {
        try
        {
            Sequence head = (await _running.Host.Journal.ReadHeadAsync(Token)).Last;
            await _running.Partition.SettleReadModelAsync(head, Token);
            foreach (string payer in Payers)
            {
                await _running.Host.ReadModel.ReadDaysAsync(Given.Payer(payer), DateOnly.MaxValue, Token);
            }

            await _running.Host.ReadModel.ListPayersAsync(new PayerQuery(100), Token);
        }
        catch (ReadModelDamagedException damage)
        {
            _running.Partition.ReportReadModelDamage(damage);
            _running.Host.Clock.Advance(TimeSpan.FromSeconds(1));
            return false;
        }
        catch (ReadModelBehindException)
        {
            _running.Host.Clock.Advance(TimeSpan.FromSeconds(1));
            return false;
        }

        if ((await _running.Host.ReadModel.ReadStateAsync(Token)) is not { Serving.Damage: null, Building: null })
        {
            return false;
        }

        StoreAssert.Equal(Expected.Sums(await StoreAssert.ReadAllAsync(_running.Host.Journal)), await _running.Host.ReadSumsAsync());
        return true;
    });
}
