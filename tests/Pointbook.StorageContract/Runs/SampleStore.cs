using System.Globalization;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract.Runs;

/// <summary>A store on which samples run one after another, each with its own accounts and payers.</summary>
public sealed class SampleStore(StoreHost host) : IAsyncDisposable
{
    private readonly MemoryAccountStore _rebuilt = new();
    private int _sample;

    public StoreHost Host { get; } = host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // All prefixes have the same length, so that none begins with another.
    private string Prefix => $"{_sample.ToString("D5", CultureInfo.InvariantCulture)}.";

    /// <summary>The time at which the sample began.</summary>
    public Instant Begin { get; private set; }

    /// <summary>The time of the store.</summary>
    public Instant Now => Instant.FromDateTimeOffset(Host.Clock.GetUtcNow());

    /// <summary>The commits since the sample began, as far as they were checked.</summary>
    public List<Commit> Written { get; } = [];

    /// <summary>Begins the next sample.</summary>
    public void BeginSample()
    {
        _sample++;
        Begin = Now;
        Written.Clear();
    }

    public AccountId Account(AccountId account) => Given.Account(Prefix + account.Value);

    public PayerName Payer(PayerName payer) => Given.Payer(Prefix + payer.Value);

    /// <summary>The same command, moved into this sample.</summary>
    public Command Place(Command command)
    {
        Command placed = command is AddTransaction add
            ? add with
            {
                Account = Account(add.Account),
                Payer = Payer(add.Payer),
                OccurredAt = MoveToSample(add.OccurredAt),
                ExpiresAt = add.ExpiresAt is { } expiresAt ? MoveToSample(expiresAt) : null,
            }
            : command with { Account = Account(command.Account) };
        return command.Origin?.Key is { } key ? placed.With(key.Value) : placed;
    }

    /// <summary>
    /// Checks that the journal verifies, and that its entries add up to the balances of this sample. The account store must
    /// equal another one that folds the whole journal entry by entry.
    /// </summary>
    public async Task CheckAsync(RunningLedger ledger)
    {
        await JournalVerification.VerifyAsync(Host.Journal, Token);
        AccountStoreTables stored;
        do
        {
            await ledger.Partition.WaitUntilStoredAsync(Token);
            List<Commit> fresh = await ReadConsistentlyAsync((await _rebuilt.ReadPositionAsync(Token)).Last);
            if (fresh.Count > 0)
            {
                Assert.True(await _rebuilt.ApplyAsync(SnapshotRound.From(fresh), Token));
            }

            Written.AddRange(fresh);
            await ledger.Partition.WaitUntilReadModelAsync(Token);
            stored = await Host.ReadTablesAsync(Prefix);
        }
        // The sweeper may have written in the meantime. It ends once nothing is due, because the clock does not advance.
        while ((await Host.Journal.ReadHeadAsync(Token)).Last is var last
            && (last != stored.Position.Last || last != (await _rebuilt.ReadPositionAsync(Token)).Last));

        CheckSums(stored);
        await CheckReadModelAsync(Prefix);
        StoreAssert.Equal(WithoutOldKeys(_rebuilt.ReadTables().Of(Prefix)), WithoutOldKeys(stored));
    }

    /// <summary>
    /// Reads the rest of the journal. If the eraser removes an account key during this, some entries may have the key and
    /// others not. Then it reads again.
    /// </summary>
    private async Task<List<Commit>> ReadConsistentlyAsync(Sequence after)
    {
        List<Commit> commits = [];
        await Eventually.TrueAsync(
            async () =>
            {
                Host.Journal.ForgetNames();
                commits = await StoreAssert.ReadAllAsync(Host.Journal, after);
                return commits.SelectMany(commit => commit.Entries).GroupBy(entry => entry.AccountOpening).All(account => account.DistinctBy(entry => entry.Account).Count() == 1);
            },
            "All entries of an account have its key, or none has it.");
        return commits;
    }

    /// <summary>Checks that the tables of all samples are the same after they were lost and rebuilt.</summary>
    public async Task CheckRebuildAsync()
    {
        await Host.OpenAsync();
        await SweepAsync();
        AccountStoreTables before = await Host.ReadTablesAsync();
        await Host.AccountStore.ResetAsync(Token);
        await Host.ReadModel.AbandonAsync(await Host.ReadModel.ServingAsync(), Token);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(Host))
        {
            await ledger.Partition.WaitUntilStoredAsync(Token);
            await ledger.Partition.WaitUntilReadModelAsync(Token);
        }

        await CheckReadModelAsync("");
        StoreAssert.EqualRows(WithoutOldKeys(before), WithoutOldKeys(await Host.ReadTablesAsync()));
        StoreAssert.EqualRows(WithoutOldKeys(_rebuilt.ReadTables()), WithoutOldKeys(before));
    }

    /// <summary>Records all due events of all accounts, so that nothing more is written while tables are compared.</summary>
    private async Task SweepAsync()
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(Host);
        while (await Host.AccountStore.ListDueAccountsAsync(Now, 100, Token) is { Count: > 0 } due)
        {
            foreach (AccountId account in due)
            {
                (await ledger.DoAsync(new ExpireDue(account))).Accepted();
            }

            await ledger.Partition.WaitUntilStoredAsync(Token);
        }

        List<Commit> fresh = await StoreAssert.ReadAllAsync(Host.Journal, (await _rebuilt.ReadPositionAsync(Token)).Last);
        if (fresh.Count > 0)
        {
            Assert.True(await _rebuilt.ApplyAsync(SnapshotRound.From(fresh), Token));
        }
    }

    /// <summary>Whether the account belongs to this sample. Due events of accounts of earlier samples may happen at any time.</summary>
    public bool IsOfSample(AccountId account) => account.Value.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether the entry belongs to this sample. All entries of an erased account belong to one sample.</summary>
    private bool IsOfSample(Entry entry) => entry.Account.IsErased || IsOfSample(entry.Account);

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>Moves an instant of a command by the distance from the nominal to the actual beginning. Instants of years ago stay as they are.</summary>
    private Instant MoveToSample(Instant instant) => instant < Run.Begin.PlusClamped(TimeSpan.FromDays(-1_000))
        ? instant
        : Instant.FromUnixMicroseconds(instant.UnixMicroseconds + Begin.UnixMicroseconds - Run.Begin.UnixMicroseconds);

    /// <summary>Leaves out the keys that count as unused, because the sweeper may or may not have deleted them.</summary>
    private AccountStoreTables WithoutOldKeys(AccountStoreTables tables) => tables with
    {
        Accounts =
        [
            .. tables.Accounts.Select(account => account with
            {
                Keys = [.. account.Keys.Where(key => key.DecidedAt.PlusClamped(Run.Policy.KeysKeptFor) > Now)],
            }),
        ],
    };

    /// <summary>Checks that the sums of payers match the entries of the journal.</summary>
    private async Task CheckReadModelAsync(string prefix)
    {
        ReadModelGeneration serving;
        PayerTables sums;
        do
        {
            serving = await Host.ReadModel.ServingAsync();
            sums = await Host.ReadSumsAsync(prefix);
        }
        // The sweeper may have written in the meantime. Then the sums may be as of a later entry.
        while ((await Host.ReadModel.ServingAsync()).Position.Last != serving.Position.Last);

        List<Commit> commits = await StoreAssert.ReadAllAsync(Host.Journal);
        StoreAssert.Equal(Expected.Sums(commits.Where(commit => commit.Last <= serving.Position.Last)).Of(prefix), sums);
    }

    /// <summary>Checks that the entries of each payer add up to its balance, and that no partial sum is below zero.</summary>
    private void CheckSums(AccountStoreTables stored)
    {
        // An account may be erased between two of its entries. The later entries then have another key.
        Dictionary<(Sequence, PayerName), long> sums = [];
        foreach (Entry entry in Written.SelectMany(commit => commit.Entries).Where(entry => entry.Payer is not null && IsOfSample(entry)))
        {
            long sum = sums.GetValueOrDefault((entry.AccountOpening, entry.Payer!)) + entry.Points.Value;
            Assert.True(sum >= 0, $"{entry.Account} has {sum} of {entry.Payer} after entry {entry.Sequence}.");
            sums[(entry.AccountOpening, entry.Payer!)] = sum;
        }

        Dictionary<(Sequence, PayerName), long> balances = stored.Accounts
            .SelectMany(account => account.Snapshot.Payers.Select(payer => (account.Snapshot.Opening, payer)))
            .ToDictionary(line => (line.Opening, line.payer.Name), line => line.payer.Balance.Value);
        Assert.All(balances.Keys, line => Assert.Contains(line, sums));
        Assert.All(sums, line => Assert.Equal(line.Value, balances.GetValueOrDefault(line.Key)));
    }
}
