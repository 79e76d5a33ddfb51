using System.Globalization;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>
/// Every flipped bit of the account store is detected: the store loads an account correctly or refuses it.
/// POINTBOOK_BIT_STEP=1 flips every bit.
/// </summary>
public sealed class BitFlipTests : IAsyncLifetime
{
    private static readonly AccountRequest[] Requests =
    [
        new(Given.Account("small"), true, [Given.Key("one")], []),
        new(Given.Account("flushed"), true, [Given.Key("gone")], []),
        new(Given.Account("large"), true, [Given.Key("key7")], []),
        new(Given.Account("nobody"), true, [Given.Key("one")], []),
    ];

    private readonly SqliteHost _host = new();
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Step => int.Parse(Environment.GetEnvironmentVariable("POINTBOOK_BIT_STEP") ?? "23", CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
        _ledger.Add("small", "P", 100, key: "one", expiresIn: TimeSpan.FromHours(5));
        _ledger.Add("small", "Q", 50);
        _ledger.Hold("small", 20, TimeSpan.FromHours(1));
        _ledger.Add("flushed", "P", 7);
        _ledger.Flush("flushed", key: "gone");
        for (int lot = 0; lot < 200; lot++)
        {
            _ledger.Add("large", lot % 3 == 0 ? "P" : "Q", 5 + lot, key: lot < 80 ? $"key{lot}" : null);
        }

        Commit commit = _ledger.Commit();
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));
        Assert.True(await _host.AccountStore.ApplyAsync(SnapshotRound.From([commit]), Token));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("account", 3)]
    [InlineData("account_chunk", 3)]
    [InlineData("account_bucket", 1)]
    public async Task An_account_with_a_flipped_bit_is_correct_or_refused_and_verification_finds_the_bit(string table, int rows)
    {
        using Sql sql = new(_host.Files.AccountStore);
        sql.Run("PRAGMA synchronous = OFF");
        List<string> columns = sql.Query($"SELECT name FROM pragma_table_info('{table}')", row => row.GetString(0));
        string keys = string.Join(", ", sql.Query($"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0", row => row.GetString(0)));
        List<object[]> before = sql.Query($"SELECT * FROM {table} ORDER BY {keys}", Flips.ReadRow);
        Assert.True(before.Count >= rows, $"{table} has {before.Count} rows.");
        int flips = 0;
        foreach (object[] row in before)
        {
            for (int column = 0; column < columns.Count; column++)
            {
                foreach (object flipped in Flips.Of(row[column], Step))
                {
                    object[] changed = [.. row];
                    changed[column] = flipped;
                    if (sql.TryReplace(table, columns, row, changed))
                    {
                        await AssertDetectedAsync($"{table}.{columns[column]} of row {before.IndexOf(row)}, flip {flips++}");

                        // The store deletes a row whose account key is invalid.
                        Assert.True(sql.TryReplace(table, columns, changed, row) || (columns[column] == "account" && sql.TryInsert(table, columns, row)));
                    }
                }
            }
        }

        Assert.True(flips > 15, $"Only {flips} bits were flipped.");
        Assert.Equal(0, (await VerifyAsync()).DifferenceCount);
    }

    [Theory]
    [InlineData("DELETE FROM account_chunk WHERE account = 'large' AND chunk = (SELECT min(chunk) FROM account_chunk)")]
    [InlineData("DELETE FROM account_chunk WHERE account = 'large' AND chunk = (SELECT max(chunk) FROM account_chunk)")]
    [InlineData("UPDATE account_chunk SET chunk = chunk + 1000 WHERE account = 'large'")]
    [InlineData("UPDATE account_chunk SET body = (SELECT body FROM account_chunk ORDER BY chunk DESC LIMIT 1)")]
    public async Task A_missing_or_swapped_chunk_is_detected(string change)
    {
        using Sql sql = new(_host.Files.AccountStore);
        sql.Run(change);
        await AssertDetectedAsync(change);
    }

    /// <summary>Loads every account, and one that does not exist. Looks up a key of each, and then verifies.</summary>
    private async Task AssertDetectedAsync(string what)
    {
        foreach (LoadedAccount loaded in await StoreAssert.LoadAsync(_host.AccountStore, Requests))
        {
            if (loaded.Damage is null)
            {
                AccountSnapshot expected = _ledger.States.TryGetValue(loaded.Account, out AccountState? state) ? state.ToSnapshot() : AccountSnapshot.Empty(loaded.Account);
                StoreAssert.Equal(expected, loaded.Snapshot);
                Assert.Equal((what, loaded.Account.Value == "nobody" ? 0 : 1), (what, loaded.Keys.Count));
            }
        }

        Assert.True((await VerifyAsync()).DifferenceCount > 0, $"Verification does not detect {what}.");
    }

    private Task<AccountStoreVerdict> VerifyAsync() =>
        new AccountStoreVerification(_host.Journal, _host.AccountStore, new AccountStoreVerificationBounds(), _host.Clock).RunAsync(_ => { }, Token);
}
