using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>Whoever changes any column of any row of the journal is found out by the seals.</summary>
public sealed class TamperingTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private CommitChain? _chain;

    public static TheoryData<string, string> EntryChanges => new()
    {
        { "sequence", "sequence + 1000" },
        { "kind", "CASE kind WHEN 'credit' THEN 'return' ELSE 'credit' END" },
        { "kind", "'theft'" },
        { "account", "account || 'x'" },
        { "account", "'not valid'" },
        { "payer", "coalesce(payer || 'x', 'P')" },
        { "payer", "''" },
        { "points", "points + 1" },
        { "lot_points", "lot_points - 1" },
        { "occurred_at", "coalesce(occurred_at + interval '1 microsecond', now())" },
        { "occurred_at", "'infinity'" },
        { "lot", "coalesce(lot + 1, 1)" },
        { "expires_at", "coalesce(expires_at + interval '1 microsecond', '-infinity')" },
        { "operation", "operation + 1" },
        { "subject", "coalesce(subject + 1, 1)" },
        { "idempotency_key", "coalesce(idempotency_key || '1', 'k')" },
        { "key_hash", "CASE WHEN key_hash IS NULL THEN decode(repeat('00', 32), 'hex') END" },
        { "reference", "coalesce(reference || ' ', '')" },
        { "reason", "coalesce(reason || ' ', '')" },
        { "actor", "coalesce(actor || ' ', '')" },
    };

    public static TheoryData<string, string> CommitChanges => new()
    {
        { "partition", "7" },
        { "last_sequence", "last_sequence + 1" },
        { "first_sequence", "first_sequence + 1" },
        { "first_sequence", "first_sequence - 1" },
        { "commit_id", "'00000000-0000-0000-0000-000000000000'" },
        { "format", "format + 1" },
        { "decided_at", "decided_at - interval '1 microsecond'" },
        { "decided_at", "'-infinity'" },
        { "recorded_at", "recorded_at + interval '1 microsecond'" },
        { "recorded_at", "'infinity'" },
        { "previous_seal", "CASE WHEN first_sequence = 1 THEN seal ELSE decode(repeat('00', 32), 'hex') END" },
        { "seal", "decode(repeat('00', 32), 'hex')" },
    };

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        for (int number = 0; number < 3; number++)
        {
            Sequence next = _chain.Next;
            IReadOnlyList<Entry> entries = [Given.Full(next, EntryKind.Credit), Given.Bare(next.Next, EntryKind.Spend), Given.Credit(next.Plus(2))];
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(_chain.Add(entries), CancellationToken.None));
        }

        await JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(EntryChanges))]
    public async Task A_changed_entry_is_found(string column, string value)
    {
        for (int sequence = 1; sequence <= 9; sequence++)
        {
            await AssertFoundAsync($"UPDATE journal_entry SET {column} = {value} WHERE sequence = {sequence}");
        }
    }

    [Theory]
    [MemberData(nameof(CommitChanges))]
    public async Task A_changed_commit_is_found(string column, string value)
    {
        // A commit of another partition leaves a gap here, unless it was the last one: that is found by its seal kept elsewhere.
        for (int last = 3; last <= (column == "partition" ? 6 : 9); last += 3)
        {
            await AssertFoundAsync($"UPDATE journal_commit SET {column} = {value} WHERE last_sequence = {last}");
        }
    }

    [Theory]
    [InlineData("DELETE FROM journal_entry WHERE sequence = 5")]
    [InlineData("DELETE FROM journal_entry WHERE sequence = 9")]
    [InlineData("DELETE FROM journal_entry WHERE sequence BETWEEN 4 AND 6")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 3")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 6; DELETE FROM journal_entry WHERE sequence BETWEEN 4 AND 6")]
    public async Task A_row_that_was_removed_is_found(string sql) => await AssertFoundAsync(sql);

    [Fact]
    public async Task A_damaged_entry_names_its_commit()
    {
        await _host.Sql.RunAsync("UPDATE journal_entry SET kind = 'theft' WHERE sequence = 5");
        JournalDamagedException damage = await AssertDamagedAsync(async () => await Compare.ReadAllAsync(_host.Journal));
        AssertSecondCommit(damage);
        damage = await AssertDamagedAsync(
            async () => await _host.Journal.ReadEntriesAsync([new EntryRange(new Sequence(2), new Sequence(9))], CancellationToken.None));
        Assert.Equal((new Sequence(5), new Sequence(5)), (damage.First, damage.Last));
    }

    [Fact]
    public async Task A_commit_without_its_entries_is_named()
    {
        await _host.Sql.RunAsync("DELETE FROM journal_entry WHERE sequence = 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await Compare.ReadAllAsync(_host.Journal)));
    }

    [Fact]
    public async Task A_damaged_row_of_a_commit_names_it()
    {
        await _host.Sql.RunAsync("UPDATE journal_commit SET decided_at = 'infinity' WHERE last_sequence = 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await Compare.ReadAllAsync(_host.Journal)));
        await _host.Sql.RunAsync("DELETE FROM journal_commit WHERE last_sequence > 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await _host.Journal.ReadHeadAsync(CancellationToken.None)));
    }

    private static async Task<JournalDamagedException> AssertDamagedAsync(Func<Task> read)
    {
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(read);
        Assert.Equal(0, damage.Partition);
        return damage;
    }

    private void AssertSecondCommit(JournalDamagedException damage) => Assert.Equal(
        (new Sequence(4), new Sequence(6), _chain!.Commits[1].Id), (damage.First, damage.Last, damage.Commit));

    private async Task AssertFoundAsync(string change)
    {
        await _host.Sql.RunAsync("CREATE TEMP TABLE entries AS SELECT * FROM journal_entry; CREATE TEMP TABLE commits AS SELECT * FROM journal_commit");
        await _host.Sql.RunAsync(change);
        Exception? found = await Record.ExceptionAsync(() => JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None));
        Assert.True(found is JournalException { IsOutcomeUnknown: false }, $"Not found: {change} ({found})");
        await _host.Sql.RunAsync(
            """
            TRUNCATE journal_entry, journal_commit;
            INSERT INTO journal_entry SELECT * FROM entries; DROP TABLE entries;
            INSERT INTO journal_commit SELECT * FROM commits; DROP TABLE commits
            """);
        await JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None);
    }
}
