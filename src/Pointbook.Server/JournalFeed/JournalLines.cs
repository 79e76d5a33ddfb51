using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.JournalFeed;

/// <summary>Converts commits and entries to the contract.</summary>
internal static class JournalLines
{
    /// <summary>Converts a commit without its entries.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="includesBody">Whether to include the body and the texts.</param>
    public static JournalCommit ToContract(Commit commit, bool includesBody) => new(
        commit.Partition,
        commit.First.Value,
        commit.Last.Value,
        commit.Id,
        commit.Format,
        commit.DecidedAt.ToDateTimeOffset(),
        commit.RecordedAt.ToDateTimeOffset(),
        commit.PreviousSeal.ToString(),
        commit.Seal.ToString())
    {
        Body = includesBody ? commit.Bytes.Body : default(ReadOnlyMemory<byte>?),
        IndexLength = includesBody ? commit.IndexLength : null,
        Texts = includesBody ? commit.Bytes.Texts : default(ReadOnlyMemory<byte>?),
    };

    /// <summary>Converts one entry of a commit.</summary>
    public static JournalEntry ToContract(Commit commit, Entry entry) => new(
        commit.Partition,
        entry.Sequence.Value,
        EntryKindNames.ToText(entry.Kind),
        entry.Account.Value,
        entry.Payer?.Value,
        entry.Points.Value,
        entry.LotPoints.Value,
        entry.OccurredAt?.ToDateTimeOffset(),
        entry.Lot?.Value,
        entry.ExpiresAt?.ToDateTimeOffset(),
        entry.Operation.Value,
        entry.Subject?.Value,
        commit.RecordedAt.ToDateTimeOffset())
    {
        PreviousOperation = entry.PreviousOperation == Sequence.Zero ? null : entry.PreviousOperation.Value,
        BalanceBefore = entry.IsFirst ? entry.BalanceBefore.Value : null,
        IdempotencyKey = entry.Origin?.Key?.Value,
        KeyHash = entry.Origin?.KeyHash?.ToString(),
        Reference = entry.Origin?.Reference,
        Reason = entry.Origin?.Reason,
        Actor = entry.Origin?.Actor,
    };

    /// <summary>The entries of a commit after a sequence.</summary>
    public static IEnumerable<Entry> EntriesAfter(Commit commit, Sequence after) =>
        commit.First > after ? commit.Entries : commit.Entries.Skip((int)(after.Value - commit.First.Value) + 1);

    /// <summary>The reply if the journal cannot be read.</summary>
    public static ProblemReply Unreadable(JournalException failure) => failure is JournalDamagedException ? Damaged() : new(
        ProblemTable.StorageUnavailable, "The server could not read the journal. Send the request again after `Retry-After` seconds.");

    private static ProblemReply Damaged() => RefusalReplies.From(new Ledger.Commands.Refusal(Ledger.Commands.RefusalCode.JournalDamaged));
}
