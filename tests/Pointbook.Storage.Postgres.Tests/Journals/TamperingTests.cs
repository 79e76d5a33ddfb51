using System.Text;
using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>The seals reveal a change of any column of any row of the journal.</summary>
public sealed class TamperingTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private CommitChain? _chain;

    private static readonly Dictionary<string, Func<Entry, Entry>> Changes = new()
    {
        ["kind"] = entry => entry with { Kind = entry.Kind == EntryKind.Credit ? EntryKind.Return : EntryKind.Credit },
        ["kind, unknown"] = entry => entry with { Kind = (EntryKind)63 },
        // Only the entry that opens an account has the account key. The other entries refer to that entry: 1 or 2.
        ["account"] = entry => entry.Opening == Sequence.Zero
            ? entry with { Account = Given.Account(entry.Account.Value + "x") }
            : entry with { Opening = new Sequence(3 - entry.Opening.Value) },
        ["payer"] = entry => entry with { Payer = Given.Payer(entry.Payer?.Value + "x") },
        ["points"] = ForgedCommits.WithOnePointMore,
        ["lot points"] = entry => entry with { LotPoints = entry.LotPoints - new Points(1) },
        ["occurred at"] = entry => entry with { OccurredAt = Later(entry.OccurredAt) },
        ["lot"] = entry => entry with { Lot = entry.Lot?.Next ?? new Sequence(1) },
        ["expires at"] = entry => entry with { ExpiresAt = Later(entry.ExpiresAt) },
        ["previous operation"] = entry => entry.Sequence == new Sequence(1)
            ? entry with { BalanceBefore = new Points(7) }
            : entry with { PreviousOperation = entry.PreviousOperation == new Sequence(1) ? Sequence.Zero : new Sequence(1) },
        ["balance before"] = entry => entry with { BalanceBefore = entry.BalanceBefore + new Points(1) },
        ["subject"] = entry => entry with { Subject = entry.Subject?.Next ?? new Sequence(1) },
        ["key"] = ChangeOrigin(origin => origin with { Key = Given.Key(origin.Key?.Value + "1"), KeyHash = origin.KeyHash ?? Given.Hash(0) }),
        ["key hash"] = ChangeOrigin(origin => origin with { Key = origin.Key ?? Given.Key("k"), KeyHash = Given.Hash(0) }),
        ["reference"] = ChangeOrigin(origin => origin with { Reference = origin.Reference + " " }),
        ["reason"] = ChangeOrigin(origin => origin with { Reason = origin.Reason + " " }),
        ["actor"] = ChangeOrigin(origin => origin with { Actor = origin.Actor + " " }),
    };

    public static TheoryData<string> EntryChanges => [.. Changes.Keys];

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
        { "body", "''" },
        { "body", "substring(body FROM 1 FOR octet_length(body) - 1)" },
        { "body", "substring(body FROM 2)" },
        { "body", "body || '\\x00'" },
        { "body", "(SELECT body FROM journal_commit AS other WHERE other.last_sequence <> journal_commit.last_sequence ORDER BY 1 LIMIT 1)" },
        { "texts", "''" },
        { "texts", "substring(texts FROM 1 FOR octet_length(texts) - 1)" },
        { "texts", "substring(texts FROM 2)" },
        { "texts", "texts || '\\x00'" },
        { "texts", "decode(repeat('00', octet_length(texts)), 'hex')" },
    };

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        for (int number = 0; number < 3; number++)
        {
            Sequence next = _chain.Next;
            IReadOnlyList<Entry> entries = [Given.EntryWithAllFields(next, EntryKind.Credit), Given.EntryWithoutTexts(next.Next, EntryKind.Spend), Given.Credit(next.Plus(2))];
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(_chain.Add(entries), CancellationToken.None));
        }

        await JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(EntryChanges))]
    public async Task An_altered_entry_is_detected(string change)
    {
        for (int sequence = 1; sequence <= 9; sequence++)
        {
            await AssertFoundAsync($"{change} of {sequence}", () => _host.Sql.ForgeEntryAsync(new Sequence(sequence), Changes[change]));
        }
    }

    [Theory]
    [MemberData(nameof(CommitChanges))]
    public async Task An_altered_commit_is_detected(string column, string value)
    {
        // Moving a commit to another partition leaves a gap in this one, unless it was the last commit. A copy of the last
        // seal, kept elsewhere, reveals that case.
        for (int last = 3; last <= (column == "partition" ? 6 : 9); last += 3)
        {
            await AssertFoundAsync($"UPDATE journal_commit SET {column} = {value} WHERE last_sequence = {last}");
        }
    }

    [Theory]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 3")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence = 6")]
    [InlineData("DELETE FROM journal_commit WHERE last_sequence < 9")]
    public async Task A_removed_row_is_detected(string sql) => await AssertFoundAsync(sql);

    [Theory]
    [InlineData("DANNON", "DANNO ", "a name is not a payer")]
    [InlineData("DANNON", "DAN\u0001ON", "a name is not a payer")]
    [InlineData("DANNON", "DANNO\u00FF", "a text is not UTF-8")]
    public async Task An_invalid_payer_is_damage_to_its_commit(string payer, string other, string fault)
    {
        await ReplaceAsync("body", _chain!.Commits[1].Bytes.Body, payer, other);
        Assert.Contains(fault, (await AssertSecondCommitIsDamagedAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key ~1", "key ~2")]
    [InlineData("order 4711", "order 4712")]
    [InlineData("a reason", "a Reason")]
    public async Task An_altered_text_is_damage_to_its_commit(string text, string other)
    {
        await ReplaceAsync("texts", _chain!.Commits[1].Bytes.Texts, text, other);
        Assert.Contains("a text does not match its digest", (await AssertSecondCommitIsDamagedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_entry_names_its_commit()
    {
        await _host.Sql.ForgeEntryAsync(new Sequence(5), Changes["kind, unknown"]);
        await AssertSecondCommitIsDamagedAsync();
    }

    [Fact]
    public async Task A_commit_without_its_entries_is_named()
    {
        await _host.Sql.RunAsync("UPDATE journal_commit SET body = '' WHERE last_sequence = 6");
        await AssertSecondCommitIsDamagedAsync();
    }

    [Fact]
    public async Task A_damaged_row_of_a_commit_names_it()
    {
        await _host.Sql.RunAsync("UPDATE journal_commit SET decided_at = 'infinity' WHERE last_sequence = 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await StoreAssert.ReadAllAsync(_host.Journal)));
        await _host.Sql.RunAsync("DELETE FROM journal_commit WHERE last_sequence > 6");
        AssertSecondCommit(await AssertDamagedAsync(async () => await _host.Journal.ReadHeadAsync(CancellationToken.None)));
    }

    [Fact]
    public async Task A_commit_before_the_first_sequence_is_detected()
    {
        await _host.Sql.RunAsync("UPDATE journal_commit SET first_sequence = -9, last_sequence = -7 WHERE last_sequence = 9");
        await Assert.ThrowsAsync<JournalDamagedException>(() => JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None));
    }

    [Fact]
    public async Task A_commit_in_an_unknown_format_is_damage_and_the_format_is_named()
    {
        await _host.Sql.RunAsync("UPDATE journal_commit SET format = 4711 WHERE last_sequence = 6");
        JournalDamagedException damage = await AssertDamagedAsync(() => JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None));
        AssertSecondCommit(damage);
        Assert.Contains("format 4711", damage.Message, StringComparison.Ordinal);
        damage = await Assert.ThrowsAsync<JournalDamagedException>(
            async () => await _host.Journal.ReadEntriesAsync([new EntryRange(new Sequence(5), new Sequence(5))], CancellationToken.None));
        Assert.Contains("format 4711", damage.Message, StringComparison.Ordinal);
    }

    private async Task ReplaceAsync(string column, ReadOnlyMemory<byte> stored, string text, string other)
    {
        byte[] bytes = stored.ToArray();
        int place = bytes.AsSpan().IndexOf(Encoding.Latin1.GetBytes(text));
        Encoding.Latin1.GetBytes(other, bytes.AsSpan(place, text.Length));
        await _host.Sql.RunAsync($"UPDATE journal_commit SET {column} = $1 WHERE last_sequence = 6", bytes);
    }

    private static Instant Later(Instant? time) => time?.PlusClamped(TimeSpan.FromMicroseconds(1)) ?? Instant.MinValue;

    private static Func<Entry, Entry> ChangeOrigin(Func<Origin, Origin> change) => entry => entry with { Origin = change(entry.Origin ?? new Origin()) };

    private static async Task<JournalDamagedException> AssertDamagedAsync(Func<Task> read)
    {
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(read);
        Assert.Equal(0, damage.Partition);
        return damage;
    }

    /// <summary>Readers of the whole journal, and readers of some of its entries, are told that the second commit is damaged.</summary>
    /// <returns>The exception for the reader of the whole journal. The reader of some entries only compares the commit with its seal.</returns>
    private async Task<JournalDamagedException> AssertSecondCommitIsDamagedAsync()
    {
        AssertSecondCommit(await AssertDamagedAsync(
            async () => await _host.Journal.ReadEntriesAsync([new EntryRange(new Sequence(2), new Sequence(9))], CancellationToken.None)));
        JournalDamagedException damage = await AssertDamagedAsync(async () => await StoreAssert.ReadAllAsync(_host.Journal));
        AssertSecondCommit(damage);
        return damage;
    }

    private void AssertSecondCommit(JournalDamagedException damage) => Assert.Equal(
        (new Sequence(4), new Sequence(6), _chain!.Commits[1].Id), (damage.First, damage.Last, damage.Commit));

    private Task AssertFoundAsync(string sql) => AssertFoundAsync(sql, () => _host.Sql.RunAsync(sql));

    private async Task AssertFoundAsync(string name, Func<Task> change)
    {
        await _host.Sql.RunAsync("CREATE TEMP TABLE commits AS SELECT * FROM journal_commit");
        await change();
        Exception? found = await Record.ExceptionAsync(() => JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None));
        Assert.True(found is JournalException { IsOutcomeUnknown: false }, $"Not found: {name} ({found})");
        await _host.Sql.RunAsync("TRUNCATE journal_commit; INSERT INTO journal_commit SELECT * FROM commits; DROP TABLE commits");
        await JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None);
    }
}
