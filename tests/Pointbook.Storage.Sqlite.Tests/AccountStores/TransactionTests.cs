using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>How much of a round the account store writes in one transaction.</summary>
public sealed class TransactionTests
{
    private const int AccountCount = 1_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_interrupted_round_of_one_transaction_leaves_nothing() =>
        Assert.Equal(0, await CountWrittenAsync(transactionBytesMax: 1024 * 1024, spends: 0));

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public async Task An_interrupted_round_loses_at_most_one_transaction(int spends)
    {
        const int TransactionBytesMax = 16 * 1024;
        int written = await CountWrittenAsync(TransactionBytesMax, spends);

        // A row has more than 50 bytes, and each operation adds 16 bytes to the index.
        int accountsPerTransactionMax = TransactionBytesMax / (50 + ((1 + spends) * 16));
        Assert.InRange(written, AccountCount - 1 - accountsPerTransactionMax, AccountCount - 2);
    }

    [Fact]
    public async Task An_account_larger_than_a_transaction_is_written_as_a_whole()
    {
        await using SqliteHost host = new() { TransactionBytesMax = 1_024 };
        await host.OpenAsync();
        CommitChain chain = new(host.Clock);
        ScriptedLedger ledger = new(chain);
        for (int lot = 0; lot < 2_000; lot++)
        {
            ledger.Add("large", "P", 10);
        }

        ledger.Add("small", "P", 10);
        Assert.True(await host.AccountStore.ApplyAsync(SnapshotRound.From([ledger.Commit()]), Token));

        AccountStoreTables tables = await host.ReadTablesAsync();
        Assert.Equal(["large", "small"], tables.Accounts.Select(account => account.Snapshot.Account.Value));
        Assert.Equal(2_000, tables.Accounts[0].Snapshot.Lots.Count);
    }

    [Fact]
    public async Task The_directory_grows_within_a_transaction()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        await host.CloseAsync();
        using SqliteConnection connection = Database.OpenWriter(host.Files.AccountStore, WriterProfile.AccountStore, TimeSpan.FromSeconds(1));
        using StatementSet statements = new(connection);
        SnapshotRows rows = new(statements.Prepare);
        DirectoryWriter directory = new(statements, rows);
        using SqliteTransaction transaction = connection.BeginTransaction();
        directory.Begin();
        AccountId[] accounts = [.. Enumerable.Range(0, 10 * DirectoryBucket.AccountsPerBucketMax).Select(number => AccountId.FromTrusted($"m{number}"))];
        foreach (AccountId account in accounts)
        {
            directory.Add(account);
        }

        Assert.InRange(rows.CountBuckets(), 4, 16);
        directory.Write();
        Assert.Equal(16, rows.CountBuckets());
        DirectoryBucket[] buckets = [.. Enumerable.Range(0, 16).Select(rows.ReadBucket)];
        Assert.Equal(accounts.Length, buckets.Sum(bucket => bucket.AccountCount));
        Assert.All(accounts, account => buckets[DirectoryBucket.HashOf(account) % 16].ThrowIfUnknown(account));
        Statement count = statements.Prepare("SELECT accounts FROM account_store_position");
        Assert.True(count.Step());
        Assert.Equal(accounts.Length, count.Int64(0));
        count.Reset();
    }

    /// <summary>Makes a round fail at its last account.</summary>
    /// <returns>How many accounts the round had written.</returns>
    private static async Task<int> CountWrittenAsync(int transactionBytesMax, int spends)
    {
        await using SqliteHost host = new() { TransactionBytesMax = transactionBytesMax };
        await host.OpenAsync();
        CommitChain chain = new(host.Clock);
        ScriptedLedger ledger = new(chain);
        for (int number = 0; number < AccountCount; number++)
        {
            ledger.Add($"m{number}", "P", 100);
            for (int spend = 0; spend < spends; spend++)
            {
                ledger.Spend($"m{number}", 1);
            }
        }

        SnapshotRound round = SnapshotRound.From([ledger.Commit()]);
        host.FailAfterAccounts(AccountCount - 1);
        await Assert.ThrowsAnyAsync<StorageFailureException>(async () => await host.AccountStore.ApplyAsync(round, Token));
        host.Heal();
        return (await host.ReadTablesAsync()).Accounts.Count;
    }
}
