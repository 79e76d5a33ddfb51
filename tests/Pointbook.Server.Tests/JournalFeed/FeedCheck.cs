using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Tests.JournalFeed;

/// <summary>Checks the commits of a feed with their bodies, in order. Later bodies need the names that earlier ones introduced.</summary>
internal sealed class FeedCheck
{
    private readonly NameScope _names = new();

    /// <summary>Checks that the seal matches the commit's body, and that the commit's lines match the sealed entries.</summary>
    public void Check(FeedCommit commit)
    {
        CommitHeader header = ToHeader(commit.Head);
        CommitBytes bytes = new(commit.Head.Body!.Value, commit.Head.Texts!.Value);
        Assert.Equal(commit.Head.Seal, new CommitSeal().Compute(header, bytes.Body.Span[..commit.Head.IndexLength!.Value]).ToString());
        Assert.True(CommitSeal.Matches(header, bytes));
        Entry[] entries = CommitBody.Decode(bytes, header.First, header.Last, _names);
        // Every line names its account, so the lines need not say which entry opened the account.
        Assert.Equal(entries.Select(entry => entry with { Opening = Sequence.Zero }), commit.Entries.Select(ToEntry));
    }

    private static CommitHeader ToHeader(JournalCommit head) => new(
        head.CommitId,
        head.Partition,
        head.Format,
        new Sequence(head.FirstSequence),
        new Sequence(head.LastSequence),
        new CommitTime(Instant.FromDateTimeOffset(head.DecidedAt), Instant.FromDateTimeOffset(head.RecordedAt)),
        ToDigest(head.PreviousSeal),
        ToDigest(head.Seal));

    private static Entry ToEntry(JournalEntry entry) => new()
    {
        Sequence = new Sequence(entry.Sequence),
        Kind = Enum.Parse<EntryKind>(CultureInfo.InvariantCulture.TextInfo.ToTitleCase(entry.Kind)),
        Account = AccountId.FromTrusted(entry.Account),
        PreviousOperation = new Sequence(entry.PreviousOperation ?? 0),
        BalanceBefore = new Points(entry.BalanceBefore ?? 0),
        Payer = entry.Payer is null ? null : PayerName.FromTrusted(entry.Payer),
        Points = new Points(entry.Points),
        LotPoints = new Points(entry.LotPoints),
        OccurredAt = entry.Timestamp is { } timestamp ? Instant.FromDateTimeOffset(timestamp) : null,
        Lot = entry.Lot is { } lot ? new Sequence(lot) : null,
        ExpiresAt = entry.ExpiresAt is { } expiresAt ? Instant.FromDateTimeOffset(expiresAt) : null,
        Operation = new Sequence(entry.Operation),
        Subject = entry.Subject is { } subject ? new Sequence(subject) : null,
        Origin = ToOrigin(entry),
    };

    private static Origin? ToOrigin(JournalEntry entry)
    {
        Origin origin = new()
        {
            Key = entry.IdempotencyKey is null ? null : IdempotencyKey.FromTrusted(entry.IdempotencyKey),
            KeyHash = entry.KeyHash is null ? null : ToDigest(entry.KeyHash),
            Reference = entry.Reference,
            Reason = entry.Reason,
            Actor = entry.Actor,
        };
        return origin == new Origin() ? null : origin;
    }

    private static Digest ToDigest(string hexadecimal) => new(Convert.FromHexString(hexadecimal));
}
