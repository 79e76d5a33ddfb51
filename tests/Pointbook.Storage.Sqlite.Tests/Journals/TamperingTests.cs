using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>Whoever changes any column of any row of the journal is found out by the seals.</summary>
public sealed class TamperingTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new();
    private CommitChain? _chain;

    public static TheoryData<string, string> EntryChanges => new()
    {
        { "sequence", "sequence + 1000" },
        { "kind", "CASE kind WHEN 'credit' THEN 'return' ELSE 'credit' END" },
        { "kind", "'theft'" },
        { "account", "account || 'x'" },
        { "account", "'not valid'" },
        { "payer", "IFNULL(payer || 'x', 'P')" },
        { "payer", "''" },
        { "points", "points + 1" },
        { "points", "-points - 1" },
        { "lot_points", "lot_points - 1" },
        { "occurred_at", "IFNULL(occurred_at + 1, 0)" },
        { "occurred_at", "9223372036854775807" },
        { "lot", "IFNULL(lot + 1, 1)" },
        { "expires_at", "IFNULL(expires_at + 1, 0)" },
        { "operation", "operation + 1" },
        { "subject", "IFNULL(subject + 1, 1)" },
        { "idempotency_key", "IFNULL(idempotency_key || '1', 'k')" },
        { "key_hash", "IIF(key_hash IS NULL, zeroblob(32), NULL)" },
        { "key_hash", "zeroblob(31)" },
        { "reference", "IFNULL(reference || ' ', '')" },
        { "reason", "IFNULL(reason || ' ', '')" },
        { "actor", "IFNULL(actor || ' ', '')" },
    };

    public static TheoryData<string, string> CommitChanges => new()
    {
        { "last_sequence", "last_sequence + 1" },
        { "last_sequence", "last_sequence - 1" },
        { "first_sequence", "first_sequence + 1" },
        { "first_sequence", "first_sequence - 1" },
        { "commit_id", "zeroblob(16)" },
        { "commit_id", "zeroblob(15)" },
        { "format", "format + 1" },
        { "format", "format - 1" },
        { "decided_at", "decided_at - 1" },
        { "decided_at", "recorded_at + 1" },
        { "decided_at", "-9223372036854775807" },
        { "recorded_at", "recorded_at + 1" },
        { "recorded_at", "recorded_at - 1" },
        { "recorded_at", "9223372036854775807" },
        { "previous_seal", "IIF(previous_seal = zeroblob(32), seal, zeroblob(32))" },
        { "previous_seal", "zeroblob(33)" },
        { "seal", "zeroblob(32)" },
        { "seal", "zeroblob(0)" },
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
        for (int last = 3; last <= 9; last += 3)
        {
            await AssertFoundAsync($"UPDATE journal_commit SET {column} = {value} WHERE last_sequence = {last}");
        }
    }

    [Theory]
    [InlineData("DELETE FROM journal_entry WHERE sequence = 1")]
    [InlineData("DELETE FROM journal_entry WHERE sequence = 5")]
    [InlineData("DELETE FROM journal_entry WHERE sequence = 9")]
    [InlineData("DELETE FROM journal_entry WHERE sequence BETWEEN 4 AND 6")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 3")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 6")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 6; DELETE FROM journal_entry WHERE sequence BETWEEN 4 AND 6")]
    [InlineData("UPDATE journal_entry SET sequence = 100 WHERE sequence = 7; UPDATE journal_entry SET sequence = 7 WHERE sequence = 8; UPDATE journal_entry SET sequence = 8 WHERE sequence = 100")]
    public async Task A_row_that_was_removed_or_moved_is_found(string sql) => await AssertFoundAsync(sql);

    [Fact]
    public async Task A_damaged_entry_names_its_commit()
    {
        Sql.Run(_host.Files.Journal, "UPDATE journal_entry SET kind = 'theft' WHERE sequence = 5");
        JournalDamagedException damage = await AssertDamagedAsync(async () => await Compare.ReadAllAsync(_host.Journal));
        AssertSecondCommit(damage);
        damage = await AssertDamagedAsync(
            async () => await _host.Journal.ReadEntriesAsync([new EntryRange(new Sequence(2), new Sequence(9))], CancellationToken.None));
        Assert.Equal((new Sequence(5), new Sequence(5)), (damage.First, damage.Last));
    }

    [Fact]
    public async Task A_commit_without_its_entries_is_named()
    {
        Sql.Run(_host.Files.Journal, "DELETE FROM journal_entry WHERE sequence = 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await Compare.ReadAllAsync(_host.Journal)));
    }

    [Fact]
    public async Task A_damaged_row_of_a_commit_names_it()
    {
        Sql.Run(_host.Files.Journal, "UPDATE journal_commit SET decided_at = 9223372036854775807 WHERE last_sequence = 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await Compare.ReadAllAsync(_host.Journal)));
        Sql.Run(_host.Files.Journal, "DELETE FROM journal_commit WHERE last_sequence > 6");
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
        using Sql sql = new(_host.Files.Journal);
        sql.Run("CREATE TEMP TABLE entries AS SELECT * FROM journal_entry; CREATE TEMP TABLE commits AS SELECT * FROM journal_commit");
        sql.Run(change);
        JournalException? found = null;
        try
        {
            await JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None);
        }
        catch (JournalException failure)
        {
            found = failure;
        }

        Assert.True(found is not null, $"Not found: {change}");
        Assert.False(found.IsOutcomeUnknown);
        sql.Run(
            """
            DELETE FROM journal_entry; INSERT INTO journal_entry SELECT * FROM entries; DROP TABLE entries;
            DELETE FROM journal_commit; INSERT INTO journal_commit SELECT * FROM commits; DROP TABLE commits
            """);
        await JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None);
    }
}
