using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>The store detects one flipped bit in the derived tables. Until then, a load returns the correct account or reports it as damaged.</summary>
public sealed class SnapshotFlipTests(SharedCluster shared) : IAsyncLifetime
{
    /// <summary>Set to 1 to flip every bit, which takes minutes.</summary>
    private const string StepVariable = "POINTBOOK_BIT_STEP";

    private const int Step = 7;
    private const int FlipsPerRow = 300;

    private readonly PostgresHost _host = new(shared);
    private ScriptedLedger _ledger = null!;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
        for (int number = 0; number < 140; number++)
        {
            _ledger.Add("giant", $"PAYER {number % 70}", 10, day: number, key: $"key{number}", expiresIn: TimeSpan.FromDays(9));
        }

        for (int number = 0; number < 70; number++)
        {
            Sequence pending = _ledger.Hold("giant", 3);
            _ledger.Capture("giant", _ledger.Hold("giant", 1));
            _ledger.Reverse("giant", pending);
            _ledger.Hold("giant", 1);
        }

        _ledger.Add("small", "P", 100, key: "one");
        _ledger.Hold("small", 7);
        _ledger.Add("flushed", "P", 100);
        _ledger.Hold("flushed", 7);
        _ledger.Flush("flushed", key: "two");
        Assert.True(await _host.AccountStore.ApplyAsync(_ledger.Round(), CancellationToken.None));
        // Each part that may become long is stored in chunks.
        Assert.InRange(await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM account_chunk"), 5, 20);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("account", "snapshot")]
    [InlineData("account_chunk", "body")]
    [InlineData("account_bucket", "body")]
    public async Task A_flipped_bit_is_detected(string table, string column)
    {
        List<(string Row, byte[] Bytes)> rows = await _host.Sql.QueryAsync(
            $"SELECT ctid::text, {column} FROM {table}", row => (row.GetString(0), row.GetFieldValue<byte[]>(1)));
        Assert.NotEmpty(rows);
        foreach ((string row, byte[] bytes) in rows)
        {
            await FlipAsync(table, column, row, bytes);
        }

        Assert.Equal(0, await CountDetectedAsync("Nothing is flipped."));
    }

    private async Task FlipAsync(string table, string column, string row, byte[] bytes)
    {
        int bits = bytes.Length * 8;
        bool isEveryBit = Environment.GetEnvironmentVariable(StepVariable) == "1";
        // The step is odd, so that the test flips every bit position of a byte.
        int step = isEveryBit ? 1 : Math.Max(Step, (bits / FlipsPerRow) | 1);
        string place = row;
        for (int bit = 0; bit < bits; bit += step)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            place = await WriteAsync(table, column, place, flipped);
            Assert.NotEqual(0, await CountDetectedAsync($"{table}.{column}, row {row}, bit {bit}"));
        }

        await WriteAsync(table, column, place, bytes);
    }

    /// <summary>Changes a row.</summary>
    /// <returns>Where the row is after the change.</returns>
    private Task<string> WriteAsync(string table, string column, string row, byte[] bytes) =>
        _host.Sql.ScalarAsync<string>($"UPDATE {table} SET {column} = $1 WHERE ctid = $2::tid RETURNING ctid::text", bytes, row);

    /// <summary>Loads all accounts, and one that does not exist.</summary>
    /// <returns>How many of them are damaged. The method asserts that the others are correct.</returns>
    private async Task<int> CountDetectedAsync(string flip)
    {
        AccountRequest[] requests =
        [
            .. _ledger.States.Keys.Select(account => new AccountRequest(
                account, true, [Given.Key("one"), Given.Key("two"), .. KeysOf(account)], _ledger.OperationsOf(account.Value))),
            new AccountRequest(Given.Account("nobody"), true, [Given.Key("one")], []),
        ];
        List<LoadedAccount> loaded = await StoreAssert.LoadAsync(_host.AccountStore, requests);
        foreach (LoadedAccount account in loaded.Where(account => account.Damage is null))
        {
            AccountSnapshot expected = _ledger.States.TryGetValue(account.Account, out AccountState? state)
                ? state.ToSnapshot()
                : AccountSnapshot.Empty(account.Account);
            StoreAssert.Equal(expected, account.Snapshot);
            int keys = account.Account.Value switch { "giant" => 140, "nobody" => 0, _ => 1 };
            Assert.True(account.Keys.Count == keys, flip);
            Assert.True(account.Ends.Count == (account.Account.Value == "giant" ? 140 : 0), flip);
        }

        return loaded.Count(account => account.Damage is not null);
    }

    private static IEnumerable<IdempotencyKey> KeysOf(AccountId account) =>
        account.Value == "giant" ? Enumerable.Range(0, 140).Select(number => Given.Key($"key{number}")) : [];
}
