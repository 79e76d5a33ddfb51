using System.Globalization;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>
/// Every flipped bit of the read model is detected. The store returns the correct days of a payer or refuses them, and
/// verification finds the bit. POINTBOOK_BIT_STEP=1 flips every bit.
/// </summary>
public sealed class ReadModelFlipTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new();
    private readonly List<PayerDays> _right = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Step => int.Parse(Environment.GetEnvironmentVariable("POINTBOOK_BIT_STEP") ?? "7", CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        ScriptedLedger ledger = new(new CommitChain(_host.Clock));
        ledger.Add("a", "P", 100, expiresIn: TimeSpan.FromHours(5));
        ledger.Add("a", "Q", 50);
        ledger.Add("b", "P", -20);
        ledger.Hold("a", 20, TimeSpan.FromHours(1));
        ledger.Spend("a", 30);
        Commit commit = ledger.Commit();
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));
        await _host.ReadModel.AddAsync([commit]);
        foreach (string payer in new[] { "P", "Q" })
        {
            _right.Add(await _host.ReadModel.ReadDaysAsync(Given.Payer(payer), DateOnly.MaxValue, Token));
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("payer_total", 2)]
    [InlineData("payer_flow", 3)]
    [InlineData("payer_stock", 2)]
    [InlineData("read_model", 1)]
    public async Task Sums_with_a_flipped_bit_are_correct_or_refused_and_verification_finds_the_bit(string table, int rows)
    {
        using Sql sql = new(_host.Files.ReadModel);
        sql.Run("PRAGMA synchronous = OFF");
        List<string> columns = sql.Query($"SELECT name FROM pragma_table_info('{table}')", row => row.GetString(0));
        List<object[]> before = sql.Query($"SELECT * FROM {table}", Flips.ReadRow);
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
                        await AssertDetectedAsync($"{table}.{columns[column]} of row {before.IndexOf(row)}, flip {flips++}: {flipped}", columns[column]);
                        Assert.True(sql.TryReplace(table, columns, changed, row));
                    }
                }
            }
        }

        Assert.True(flips > 8, $"Only {flips} bits were flipped.");
        Assert.Equal((null, 0L), await VerifyAsync());
    }

    /// <summary>Reads the days of each payer as queries do, and then verifies.</summary>
    private async Task AssertDetectedAsync(string what, string column)
    {
        foreach (PayerDays right in _right)
        {
            try
            {
                PayerDays days = await _host.ReadModel.ReadDaysAsync(right.Total!.Payer, DateOnly.MaxValue, Token);
                Assert.Equal(right.Flows.OrderBy(ToText, StringComparer.Ordinal), days.Flows.OrderBy(ToText, StringComparer.Ordinal));
                Assert.Equal(right.Stocks.OrderBy(ToText, StringComparer.Ordinal), days.Stocks.OrderBy(ToText, StringComparer.Ordinal));
            }
            catch (Exception refused) when (refused is ReadModelDamagedException or ReadModelBehindException)
            {
                // A refusal is not a wrong answer.
            }
        }

        (string? build, long differences) = await VerifyAsync();
        // Any random id is as good as another one.
        Assert.True(build is not null || differences > 0 || column is "is_complete" or "generation_id", $"Verification does not detect {what}.");
    }

    private async Task<(string? Build, long Differences)> VerifyAsync()
    {
        await using ReadOnlySqliteStore store = ReadOnlySqliteStore.Open(_host.Options, _host.Clock, isExclusive: false);
        (SqliteReadModel? model, string? reason) = store.OpenReadModel();
        if (model is null)
        {
            return (reason, 0);
        }

        ReadModelVerdict verdict = await new ReadModelVerification(_host.Journal, model, 20).RunAsync(_ => { }, Token);
        return (verdict.Build, verdict.DifferenceCount);
    }

    private static string? ToText<TDay>(KeyValuePair<TDay, Int128> day) => day.ToString();
}
