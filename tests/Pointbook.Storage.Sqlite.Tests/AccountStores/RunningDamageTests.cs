using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>A file that SQLite finds damaged is replaced and filled again while the ledger runs.</summary>
public sealed class RunningDamageTests
{
    private const int Accounts = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A table or index whose first page is not one of the file's. All connections read the schema again, because its version changes.</summary>
    public static TheoryData<string> Damages =>
        [.. "account account_bucket account_chunk operation account_store_position account_by_due damaged_account erasure".Split(' ').Select(
            name => $"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 999999 WHERE name = '{name}'; PRAGMA schema_version = 12345")];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_file_is_replaced_without_a_restart_and_without_a_wrong_answer(string damage)
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true, options: new PartitionOptions { CacheBytesMax = 0 }))
        {
            for (int number = 0; number < Accounts; number++)
            {
                (await ledger.DoAsync(Add(number, 10, "first"))).Accepted();
            }

            await ledger.Partition.WaitUntilStoredAsync(Token);
            Sql.Run(host.Files.AccountStore, damage);
            for (int number = 0; number < Accounts; number++)
            {
                await TakeAsync(ledger, Add(number, 10, "first"), isReplay: true);
                await TakeAsync(ledger, Add(number, 1, "second"), isReplay: false);
            }

            for (int number = 0; number < Accounts; number++)
            {
                Assert.Equal(11, (await ledger.Partition.ReadBalanceAsync(AccountOf(number), Token)).Value!.Points.Value);
            }

            await Eventually.TrueAsync(() => ledger.Partition.Health.IsReady);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertWholeAsync(host);
    }

    [Fact]
    public async Task A_file_is_replaced_only_when_nobody_reads_the_old_one_and_what_is_written_then_stays()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        ScriptedLedger ledger = new(new CommitChain(host.Clock));
        Assert.True(ledger.Add("a", "P", 1));
        SnapshotRound round = ledger.Round();
        Assert.True(await host.AccountStore.ApplyAsync(round, Token));

        LoadRequest request = new([new AccountRequest(Given.Account("a"), true, [], []), new AccountRequest(Given.Account("b"), true, [], [])], Sequence.Zero);
        IAsyncEnumerator<LoadedAccount> reading = host.AccountStore.LoadAsync(request, Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());
        Task reset = host.AccountStore.ResetAsync(Token).AsTask();
        Assert.True(await reading.MoveNextAsync());
        Assert.False(reset.IsCompleted);
        Assert.Equal(1, await host.ReadNumberAsync("SELECT count(*) FROM account"));
        await reading.DisposeAsync();
        await reset;

        // The write-ahead log of the new file is still there for connections that are opened later.
        Assert.True(await host.AccountStore.ApplyAsync(round, Token));
        Assert.True(File.Exists(host.Files.AccountStore + "-wal"));
        Assert.Equal(1, await host.ReadNumberAsync("SELECT count(*) FROM account"));
        Assert.Equal(round.End.Last, (await host.AccountStore.ReadPositionAsync(Token)).Last);
    }

    [Fact]
    public async Task A_caller_that_gives_up_a_reset_changes_nothing_and_the_next_reads_go_on()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        ScriptedLedger ledger = new(new CommitChain(host.Clock));
        Assert.True(ledger.Add("a", "P", 1));
        Assert.True(await host.AccountStore.ApplyAsync(ledger.Round(), Token));
        LoadRequest request = new([new AccountRequest(Given.Account("a"), true, [], [])], Sequence.Zero);
        IAsyncEnumerator<LoadedAccount> reading = host.AccountStore.LoadAsync(request, Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());
        using CancellationTokenSource givingUp = new();
        Task reset = host.AccountStore.ResetAsync(givingUp.Token).AsTask();
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reset);
        await reading.DisposeAsync();
        Assert.Single(await StoreAssert.LoadAsync(host.AccountStore, new AccountRequest(Given.Account("a"), true, [], [])));
        Assert.Equal([Given.Account("a")], await host.AccountStore.ListAccountsAsync("", null, 10, Token));
        await host.AccountStore.ResetAsync(Token);
        Assert.Empty(await host.AccountStore.ListAccountsAsync("", null, 10, Token));
    }

    [Fact]
    public async Task A_file_that_could_not_be_replaced_counts_as_damaged_until_it_is()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        string path = host.Files.AccountStore;
        // A directory in the place of a file of SQLite cannot be deleted like one.
        Directory.CreateDirectory(path + ".damaged");
        await Assert.ThrowsAnyAsync<StorageFailureException>(async () => await host.AccountStore.ResetAsync(Token));
        await Assert.ThrowsAnyAsync<StorageFailureException>(async () => await host.AccountStore.ForgetKeysAsync(Instant.MaxValue, 1, Token));
        await Assert.ThrowsAsync<AccountStoreDamagedException>(async () => await host.AccountStore.ReadPositionAsync(Token));
        Directory.Delete(path + ".damaged");
        await host.AccountStore.ResetAsync(Token);
        AccountStorePosition position = await host.AccountStore.ReadPositionAsync(Token);
        Assert.Equal((Sequence.Zero, null, 2L), (position.Last, position.Damage, position.Resets));
    }

    [Fact]
    public async Task A_ledger_replaces_a_file_when_that_is_possible_again()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host, repairs: true);
        (await ledger.DoAsync(Add(1, 10, "first"))).Accepted();
        await ledger.Partition.WaitUntilStoredAsync(Token);
        Directory.CreateDirectory(host.Files.AccountStore + ".damaged");
        await Assert.ThrowsAnyAsync<StorageFailureException>(async () => await host.AccountStore.ResetAsync(Token));
        Directory.Delete(host.Files.AccountStore + ".damaged");

        // No request arrives, so only the periodic look finds it.
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return (await host.AccountStore.ReadPositionAsync(Token)).Last > Sequence.Zero && ledger.Partition.Health.IsReady;
            }
            catch (AccountStoreDamagedException)
            {
                return false;
            }
        });
        Assert.Equal([AccountOf(1)], await host.AccountStore.ListAccountsAsync("", null, 10, Token));
    }

    private static AccountId AccountOf(int number) => Given.Account($"account{number}");

    private static AddTransaction Add(int number, long points, string key) =>
        new AddTransaction(AccountOf(number), Given.Payer("P"), new Points(points), Given.Time).With(key);

    /// <summary>Sends a command until it is taken. Until then, it must be refused because the file is damaged or not filled yet.</summary>
    private static Task TakeAsync(RunningLedger ledger, Command command, bool isReplay) => Eventually.TrueAsync(async () =>
    {
        Outcome<Receipt> outcome = await ledger.DoAsync(command);
        Assert.True(outcome.Value?.IsReplay == isReplay || outcome.Refusal?.Code is RefusalCode.CatchingUp or RefusalCode.StorageUnavailable, $"{outcome.Refusal} {outcome.Value?.IsReplay}");
        return outcome.Value is not null;
    });

    private static async Task AssertWholeAsync(SqliteHost host)
    {
        await host.OpenAsync();
        AccountStoreVerdict verdict = await new AccountStoreVerification(host.Journal, host.AccountStore, new AccountStoreVerificationBounds(), host.Clock).RunAsync(_ => { }, Token);
        Assert.Equal((null, 0L, (long)Accounts), (verdict.Rebuild, verdict.DifferenceCount, verdict.Accounts));
    }
}
