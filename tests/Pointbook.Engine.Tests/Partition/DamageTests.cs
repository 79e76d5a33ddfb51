using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>The partition refuses requests for an account with damaged rows, and serves all other accounts.</summary>
public sealed class DamageTests
{
    private const int AccountDamaged = 1024;
    private const int AccountRepaired = 1025;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly Dictionary<string, Func<AccountSnapshot, AccountSnapshot>> Edits = new(StringComparer.Ordinal)
    {
        { "a lot without points", snapshot => WithLot(snapshot, lot => lot with { Remaining = Points.Zero }) },
        { "a lot with fewer points", snapshot => WithLot(snapshot, lot => lot with { Remaining = new Points(1) }) },
        { "a lot of an unknown payer", snapshot => WithLot(snapshot, lot => lot with { Payer = Given.Unilever }) },
        { "a lot of a later entry", snapshot => WithLot(snapshot, lot => lot with { Key = lot.Key with { Sequence = new Sequence(99) } }) },
        { "a lot twice", snapshot => snapshot with { Lots = [.. snapshot.Lots, .. snapshot.Lots] } },
        { "no lots", snapshot => snapshot with { Lots = [] } },
        { "a payer twice", snapshot => snapshot with { Payers = [.. snapshot.Payers, .. snapshot.Payers] } },
        { "a negative balance", snapshot => WithPayer(snapshot, payer => payer with { Balance = new Points(-10) }) },
        { "negative unpaid deductions", snapshot => WithPayer(snapshot, payer => payer with { Outstanding = new Points(-10) }) },
        { "a payer without an entry", snapshot => WithPayer(snapshot, payer => payer with { FirstSequence = Sequence.Zero }) },
        { "before its entries", snapshot => snapshot with { StandsAt = new Sequence(-1) } },
        { "flushed after its last entry", snapshot => snapshot with { FlushedThrough = snapshot.StandsAt.Next } },
        { "a hold without draws", snapshot => snapshot with { Holds = [new HoldSnapshot(new Sequence(1), Instant.MaxValue, [])] } },
        {
            "a hold of zero points",
            snapshot => snapshot with
            {
                Holds = [new HoldSnapshot(new Sequence(1), Instant.MaxValue, [new HeldDraw(snapshot.Lots[0].Key, Given.Dannon, Points.Zero, null)])],
            }
        },
    };

    public static TheoryData<string> Damages => [.. Edits.Keys];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damaged_rows_affect_only_their_account(string damage)
    {
        Func<AccountSnapshot, AccountSnapshot> edit = Edits[damage];
        RecordingLogger log = new();
        await using Node before = await StartWithTwoAsync();
        await using Node node = await Node.StartAsync(before.Store, before.AccountStore, logger: log);
        before.AccountStore.Edit = snapshot => snapshot.Account == Given.Carol ? edit(snapshot) : snapshot;

        for (int request = 0; request < 3; request++)
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await node.DoAsync(Given.Add(1))).Code());
            Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Given.Carol)).Refusal?.Code);
            (await node.DoAsync(Given.Spend(1, Given.Dave))).Accepted();
        }

        Assert.Contains("carol", Assert.Single(log.MessagesOf(AccountDamaged)), StringComparison.Ordinal);
        Assert.Equal((true, 1), (node.Partition.Health.IsReady, node.Partition.Health.DamagedAccounts));
    }

    [Fact]
    public async Task Other_accounts_of_the_same_load_are_served()
    {
        await using Node before = await StartWithTwoAsync();
        await using Node node = await Node.StartAsync(before.Store, before.AccountStore);
        before.AccountStore.Edit = snapshot => snapshot.Account == Given.Carol ? snapshot with { Lots = [] } : snapshot;
        TaskCompletionSource held = new();
        int loads = 0;
        before.AccountStore.BeforeLoad = () => Interlocked.Increment(ref loads) == 1 ? held.Task : Task.CompletedTask;
        Task<long> first = node.PointsAsync(AccountId.FromTrusted("first"));
        await Eventually.TrueAsync(() => Volatile.Read(ref loads) == 1);
        Task<Outcome<Receipt>> damaged = node.DoAsync(Given.Add(1));
        Task<Outcome<Receipt>> other = node.DoAsync(Given.Spend(1, Given.Dave));
        held.SetResult();
        Assert.Equal(0, await first);
        Assert.Equal(RefusalCode.AccountDamaged, (await damaged).Code());
        (await other).Accepted();
    }

    [Fact]
    public async Task A_damaged_account_is_served_again_once_its_rows_are_right()
    {
        RecordingLogger log = new();
        await using Node before = await StartWithTwoAsync();
        await using Node node = await Node.StartAsync(before.Store, before.AccountStore, logger: log);
        before.AccountStore.Edit = snapshot => snapshot with { Lots = [] };
        Assert.Equal(RefusalCode.AccountDamaged, (await node.DoAsync(Given.Add(1))).Code());
        await Eventually.TrueAsync(() => before.AccountStore.HasDamagedAccounts);

        // Another process starts and rebuilds the account store.
        before.AccountStore.Edit = null;
        await using Node other = await Node.StartAsync(before.Store, before.AccountStore);
        await Eventually.AnsweredAsync(() => node.AskAsync(Given.Carol));
        Assert.Equal(10, await node.PointsAsync(Given.Carol));
        Assert.Equal(0, node.Partition.Health.DamagedAccounts);
        Assert.Single(log.MessagesOf(AccountRepaired));
    }

    [Fact]
    public async Task The_next_start_rebuilds_an_account_store_with_a_damaged_account()
    {
        await using Node before = await StartWithTwoAsync();
        before.AccountStore.Edit = snapshot => snapshot with { Lots = [] };
        await using (Node node = await Node.StartAsync(before.Store, before.AccountStore))
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await node.DoAsync(Given.Add(1))).Code());
            await node.Partition.StopAsync(Token);
        }

        Assert.True(before.AccountStore.HasDamagedAccounts);
        before.AccountStore.Edit = null;
        await using Node next = await Node.StartAsync(before.Store, before.AccountStore);
        Assert.False(before.AccountStore.HasDamagedAccounts);
        Assert.Equal(10, await next.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task Entries_that_do_not_fit_the_loaded_account_affect_only_this_account()
    {
        RecordingLogger log = new();
        PartitionOptions options = Node.Options;
        options.CacheBytesMax = 0;
        await using Node node = await Node.StartAsync(options: options, logger: log);
        (await node.DoAsync(Given.Add(10))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);

        // A spend that is not in the account store yet, of more points than the rows have. The rows agree with each other, but not
        // with the journal.
        node.Gate.Hold();
        (await node.DoAsync(Given.Spend(10))).Accepted();
        node.AccountStore.Edit = snapshot => snapshot.Account == Given.Carol
            ? WithPayer(WithLot(snapshot, lot => lot with { Remaining = new Points(5) }), payer => payer with { Balance = new Points(5) })
            : snapshot;
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Given.Carol)).Refusal?.Code);
        (await node.DoAsync(Given.Add(1, account: Given.Dave))).Accepted();
        Assert.Single(log.MessagesOf(AccountDamaged));
        node.Gate.Release();
    }

    [Fact]
    public async Task A_damaged_account_does_not_prevent_sweeping_and_purging_the_others()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        PartitionOptions options = Node.Options;
        options.CacheBytesMax = 0;
        await using Node node = await Node.StartAsync(clock: clock, options: options, policy: new LedgerPolicy { KeysKeptFor = Hour });
        Instant expiresAt = Instant.FromDateTimeOffset(clock.GetUtcNow()).PlusClamped(Hour);
        (await node.DoAsync(Given.Add(10) with { ExpiresAt = expiresAt })).Accepted();
        (await node.DoAsync(Given.Add(10, account: Given.Dave).With("old") with { ExpiresAt = expiresAt.PlusClamped(Hour) })).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        node.AccountStore.Edit = snapshot => snapshot.Account == Given.Carol ? snapshot with { Lots = [] } : snapshot;
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return node.AccountStore.ReadTables().Accounts.Single(account => account.Snapshot.Account == Given.Dave) is { Snapshot.Lots.Count: 0, Keys.Count: 0 };
        });
        Assert.Equal((true, 1), (node.Partition.Health.IsRunning, node.Partition.Health.DamagedAccounts));
    }

    private static async Task<Node> StartWithTwoAsync()
    {
        Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(10))).Accepted();
        (await node.DoAsync(Given.Add(10, account: Given.Dave))).Accepted();
        await node.Partition.StopAsync(Token);
        return node;
    }

    private static AccountSnapshot WithLot(AccountSnapshot snapshot, Func<LotSnapshot, LotSnapshot> change) => snapshot with { Lots = [.. snapshot.Lots.Select(change)] };

    private static AccountSnapshot WithPayer(AccountSnapshot snapshot, Func<PayerSnapshot, PayerSnapshot> change) =>
        snapshot with { Payers = [.. snapshot.Payers.Select(change)] };
}
