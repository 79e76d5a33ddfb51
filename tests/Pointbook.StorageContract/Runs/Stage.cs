using System.Globalization;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Runs;

/// <summary>A store on which one sample after another is run, each on accounts and payers of its own.</summary>
public sealed class Stage(StoreHost host) : IAsyncDisposable
{
    private readonly MemoryProjection _rebuilt = new();
    private int _sample;

    public StoreHost Host { get; } = host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Names of equal length, so that no sample's begins with another's.
    private string Prefix => $"{_sample.ToString("D5", CultureInfo.InvariantCulture)}.";

    /// <summary>Begins the next sample.</summary>
    public void BeginSample() => _sample++;

    public AccountId Account(AccountId account) => Given.Account(Prefix + account.Value);

    public PayerName Payer(PayerName payer) => Given.Payer(Prefix + payer.Value);

    /// <summary>The same command in this sample.</summary>
    public Command Place(Command command)
    {
        Command placed = command is AddTransaction add
            ? add with { Account = Account(add.Account), Payer = Payer(add.Payer) }
            : command with { Account = Account(command.Account) };
        return command.Origin?.Key is { } key ? placed.With(key.Value) : placed;
    }

    /// <summary>
    /// The journal verifies, its entries add up to the balances of this sample, and the projection is what another one makes of
    /// the whole journal that folds entry by entry.
    /// </summary>
    public async Task CheckAsync(RunningLedger ledger)
    {
        await JournalVerification.VerifyAsync(Host.Journal, Token);
        await ledger.Partition.WaitUntilProjectedAsync(Token);
        List<Commit> fresh = await Compare.ReadAllAsync(Host.Journal, (await _rebuilt.ReadPositionAsync(Token)).Last);
        if (fresh.Count > 0)
        {
            Assert.True(await _rebuilt.ApplyAsync(ProjectionRound.From(fresh), Token));
        }

        ProjectionTables projected = await Host.ReadTablesAsync(Prefix);
        CheckSums(fresh, projected);
        Compare.Equal(_rebuilt.ReadTables().Of(Prefix), projected);
    }

    /// <summary>The tables of all samples are the same ones once they were lost and rebuilt.</summary>
    public async Task CheckRebuildAsync()
    {
        await Host.OpenAsync();
        ProjectionTables before = await Host.ReadTablesAsync();
        await Host.Projection.ResetAsync(Token);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(Host))
        {
            await ledger.Partition.WaitUntilProjectedAsync(Token);
        }

        Compare.EqualRows(before, await Host.ReadTablesAsync());
        Compare.EqualRows(_rebuilt.ReadTables(), before);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>The entries of each payer add up to its balance, and on the way they never come to less than nothing.</summary>
    private static void CheckSums(List<Commit> commits, ProjectionTables projected)
    {
        Dictionary<(AccountId, PayerName), long> sums = [];
        foreach (Entry entry in commits.SelectMany(commit => commit.Entries).Where(entry => entry.Payer is not null))
        {
            long sum = sums.GetValueOrDefault((entry.Account, entry.Payer!)) + entry.Points.Value;
            Assert.True(sum >= 0, $"{entry.Account} has {sum} of {entry.Payer} after entry {entry.Sequence}.");
            sums[(entry.Account, entry.Payer!)] = sum;
        }

        Dictionary<(AccountId, PayerName), long> balances = projected.Accounts
            .SelectMany(account => account.Snapshot.Payers.Select(payer => (account.Snapshot.Account, payer)))
            .ToDictionary(line => (line.Account, line.payer.Name), line => line.payer.Balance.Value);
        Assert.All(balances.Keys, line => Assert.Contains(line, sums));
        Assert.All(sums, line => Assert.Equal(line.Value, balances.GetValueOrDefault(line.Key)));
    }
}
