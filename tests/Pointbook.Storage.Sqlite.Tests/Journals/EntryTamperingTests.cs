using System.Security.Cryptography;
using System.Text;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>The seals reveal a change of any field of any entry, even by a program that knows the format.</summary>
public sealed class EntryTamperingTests : TamperedJournal
{
    private const int SaltLength = 16;

    private static readonly Dictionary<string, Func<Entry, Entry>> s_entryChanges = new()
    {
        ["kind"] = entry => entry with { Kind = entry.Kind == EntryKind.Credit ? EntryKind.Return : EntryKind.Credit },
        ["kind: unknown"] = entry => entry with { Kind = UnknownKind },
        ["account, or who opened it"] = entry => entry.Opening == Sequence.Zero
            ? entry with { Account = Given.Account(entry.Account.Value + "x") }
            : entry with { Opening = entry.Opening == new Sequence(1) ? new Sequence(2) : new Sequence(1) },
        ["account: opened, or not"] = entry => entry.Opening != Sequence.Zero ? entry with { Opening = Sequence.Zero }
            : entry.Sequence > new Sequence(1) ? entry with { Opening = new Sequence(1) }
            : entry with { Account = Given.Account("other") },
        ["payer"] = entry => entry with { Payer = Given.Payer(entry.Payer?.Value + "x") },
        ["payer: none, or another"] = entry => entry with { Payer = entry.Payer is null ? Given.Payer("P") : null },
        ["points"] = ForgedCommits.WithOnePointMore,
        ["points: the other sign"] = entry => entry with { Points = new Points(-entry.Points.Value - 1) },
        ["lot points"] = entry => entry with { LotPoints = new Points(entry.LotPoints.Value - 1) },
        ["both amounts"] = entry => entry with { Points = new Points(entry.Points.Value + 1), LotPoints = new Points(entry.LotPoints.Value + 1) },
        ["occurred at"] = entry => entry with { OccurredAt = Later(entry.OccurredAt) },
        ["occurred at: none, or some time"] = entry => entry with { OccurredAt = OtherThan(entry.OccurredAt, Given.Time) },
        ["lot"] = entry => entry with { Lot = entry.Lot?.Next ?? new Sequence(1) },
        ["lot: none, or some lot"] = entry => entry with { Lot = OtherThan(entry.Lot, new Sequence(2)) },
        ["expires at"] = entry => entry with { ExpiresAt = Later(entry.ExpiresAt) },
        ["expires at: none, or some time"] = entry => entry with { ExpiresAt = OtherThan(entry.ExpiresAt, Given.Time) },
        ["previous operation"] = entry => entry.Sequence == new Sequence(1)
            ? entry with { BalanceBefore = new Points(7) }
            : entry with { PreviousOperation = entry.PreviousOperation == new Sequence(1) ? Sequence.Zero : new Sequence(1) },
        ["balance before"] = entry => entry with { BalanceBefore = new Points(entry.BalanceBefore.Value + 1) },
        ["subject"] = entry => entry with { Subject = entry.Subject?.Next ?? new Sequence(1) },
        ["subject: none, or some operation"] = entry => entry with { Subject = OtherThan(entry.Subject, new Sequence(2)) },
        ["key"] = entry => WithOrigin(entry, origin => origin with { Key = Given.Key(origin.Key?.Value + "1"), KeyHash = origin.KeyHash ?? Given.Hash(1) }),
        ["key hash"] = entry => WithOrigin(entry, origin => origin with { Key = origin.Key ?? Given.Key("k"), KeyHash = Given.Hash(1) }),
        ["key: none, or some key"] = entry => WithOrigin(
            entry, origin => origin with { Key = origin.Key is null ? Given.Key("k") : null, KeyHash = OtherThan(origin.KeyHash, default(Digest)) }),
        ["reference"] = entry => WithOrigin(entry, origin => origin with { Reference = origin.Reference + " " }),
        ["reference: none, or empty"] = entry => WithOrigin(entry, origin => origin with { Reference = origin.Reference is null ? "" : null }),
        ["reason: none, or empty"] = entry => WithOrigin(entry, origin => origin with { Reason = origin.Reason is null ? "" : null }),
        ["reason"] = entry => WithOrigin(entry, origin => origin with { Reason = origin.Reason + " " }),
        ["actor"] = entry => WithOrigin(entry, origin => origin with { Actor = origin.Actor + " " }),
        ["actor: none, or empty"] = entry => WithOrigin(entry, origin => origin with { Actor = origin.Actor is null ? "" : null }),
    };

    public static TheoryData<string> EntryChanges => [.. s_entryChanges.Keys];

    private static EntryKind UnknownKind => EntryKind.Erasure + 1;

    [Theory]
    [MemberData(nameof(EntryChanges))]
    public async Task An_altered_entry_is_detected(string change)
    {
        for (Sequence entry = new(1); entry <= Chain.Head.Last; entry = entry.Next)
        {
            await AssertFoundAsync($"{change} of entry {entry}", sql => sql.ForgeEntry(entry, s_entryChanges[change]));
        }
    }

    [Fact]
    public async Task Removed_added_or_moved_entries_are_detected()
    {
        foreach (Commit commit in Chain.Commits)
        {
            foreach (Entry entry in commit.Entries)
            {
                IEnumerable<Entry> others = commit.Entries.Where(other => other != entry);
                await AssertFoundAsync($"no entry {entry.Sequence}", sql => SetEntries(sql, commit, others));
                IEnumerable<Entry> moved = entry.Sequence == commit.Last ? others.Prepend(entry) : others.Append(entry);
                await AssertFoundAsync($"entry {entry.Sequence} at the other end", sql => SetEntries(sql, commit, moved));
                await AssertFoundAsync($"entry {entry.Sequence} twice", sql => SetEntries(sql, commit, commit.Entries.Append(entry)));
            }
        }
    }

    [Fact]
    public async Task An_entry_removed_together_with_its_place_is_detected()
    {
        foreach (Commit commit in Chain.Commits)
        {
            Sequence first = commit.First.Next;
            await AssertFoundAsync("no first entry", sql =>
            {
                SetEntries(sql, commit, commit.Entries.Skip(1), first);
                sql.SetCommit(commit.Last, "first_sequence", first.Value);
            });
            await AssertFoundAsync("no last entry", sql =>
            {
                SetEntries(sql, commit, commit.Entries.SkipLast(1));
                sql.SetCommit(commit.Last, "last_sequence", commit.Last.Value - 1);
            });
        }
    }

    [Fact]
    public void Reencoding_an_unchanged_entry_changes_nothing()
    {
        using Sql sql = new(Host.Files.Journal);
        foreach (Commit commit in Chain.Commits)
        {
            sql.ForgeEntry(commit.First, entry => entry);
            CommitBytes bytes = sql.ReadBytes(commit.Last);
            Assert.Equal(commit.Bytes.Body.Span, bytes.Body.Span);
            Assert.Equal(commit.Bytes.Texts.Span, bytes.Texts.Span);
        }
    }

    [Theory]
    [InlineData("DANNON", "DANNO ", "a name is not a payer")]
    [InlineData("DANNON", "DAN\nON", "a name is not a payer")]
    public async Task An_invalid_name_in_a_body_is_reported(string name, string other, string message)
    {
        using Sql sql = new(Host.Files.Journal);
        byte[] body = sql.ReadBytes(new Sequence(6)).Body.ToArray();
        Replace(body, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(other));
        sql.SetCommit(new Sequence(6), "body", body);
        await AssertSecondCommitAsync(message);
    }

    [Theory]
    [InlineData(0, "default", "de ault", "a text is not an account")]
    [InlineData(0, "default", "de\naul", "a text is not an account")]
    [InlineData(1, "key ~1", "key\n~1", "a text is not an idempotency key")]
    public async Task An_invalid_text_is_reported_even_if_its_digest_is_right(int commit, string text, string other, string message)
    {
        using Sql sql = new(Host.Files.Journal);
        Sequence last = Chain.Commits[commit].Last;
        (byte[] body, byte[] texts) = (sql.ReadBytes(last).Body.ToArray(), sql.ReadBytes(last).Texts.ToArray());
        (byte[] old, byte[] forged) = (Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(other));
        int end = texts.AsSpan().IndexOf(old) + old.Length;
        int start = end - old.Length - SaltLength - (text == "default" ? 0 : Digest.Length);
        byte[] digest = SHA256.HashData(texts.AsSpan(start..end));
        forged.CopyTo(texts, end - forged.Length);
        sql.SetCommit(last, "texts", texts);
        await AssertCommitAsync(commit, "a text does not match its digest");

        Replace(body, digest, SHA256.HashData(texts.AsSpan(start..end)));
        sql.SetCommit(last, "body", body);
        await AssertCommitAsync(commit, message);
    }

    [Fact]
    public async Task A_damaged_entry_names_its_commit()
    {
        using Sql sql = new(Host.Files.Journal);
        sql.ForgeEntry(new Sequence(5), s_entryChanges["kind: unknown"]);
        await AssertSecondCommitAsync($"entry kind {(int)UnknownKind} is unknown to this version");
    }

    private static Entry WithOrigin(Entry entry, Func<Origin, Origin> change) => entry with { Origin = change(entry.Origin ?? new Origin()) };

    private static Instant Later(Instant? time) => time?.PlusClamped(TimeSpan.FromMicroseconds(1)) ?? Given.Time;

    private static T? OtherThan<T>(T? value, T other)
        where T : struct => value is null ? other : null;

    private static void Replace(byte[] bytes, byte[] part, byte[] other)
    {
        Assert.Equal(part.Length, other.Length);
        int place = bytes.AsSpan().IndexOf(part);
        Assert.NotEqual(-1, place);
        other.CopyTo(bytes, place);
    }

    /// <summary>
    /// Replaces the entries of a commit with other entries, numbered without gaps. If an account was opened in this commit,
    /// its first entry here opens it.
    /// </summary>
    private static void SetEntries(Sql sql, Commit commit, IEnumerable<Entry> entries, Sequence? first = null)
    {
        IEnumerable<Entry> moved = entries.Select((entry, place) => entry with
        {
            Sequence = (first ?? commit.First).Plus(place),
            Operation = (first ?? commit.First).Plus(place),
            PreviousOperation = Sequence.Zero,
            Opening = entry.Opening < commit.First ? entry.Opening : Sequence.Zero,
        });
        sql.SetBytes(commit.Last, new CommitBodyWriter(TestSalts.Create()).Encode(new AccountPlaces().Assign(moved)));
    }
}
