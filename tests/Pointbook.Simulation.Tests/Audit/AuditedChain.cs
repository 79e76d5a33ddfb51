using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Reads the journal of a partition from its raw rows, without any code of the ledger. Checks that every commit follows the previous one and matches its seal.</summary>
internal sealed class AuditedChain(RawDatabase journal, int partition)
{
    private const int FormatKnown = 2;

    // Later commits refer to the names that earlier ones introduced.
    private readonly AuditedNames _names = new();

    /// <summary>The last entry read so far.</summary>
    public long Last { get; private set; }

    /// <summary>The seal of the last commit read so far.</summary>
    public byte[] Seal { get; private set; } = new byte[32];

    /// <summary>When the last commit read so far was recorded.</summary>
    public long RecordedAt { get; private set; } = long.MinValue;

    /// <summary>Reads what was appended to the journal since the last read: each commit with its entries.</summary>
    public IEnumerable<(CommitRow Commit, List<JournalRow> Entries)> ReadNew()
    {
        foreach (CommitRow commit in CommitRow.ReadAfter(journal, partition, Last))
        {
            Check(commit);
            (Last, RecordedAt, Seal) = (commit.Last, commit.RecordedAt, commit.Seal);
            yield return (commit, BodyDecoder.Decode(commit, _names));
        }
    }

    private void Check(CommitRow commit)
    {
        Require(commit.First == Last + 1, $"The commit after entry {Last} begins with entry {commit.First}.");
        Require(commit.RecordedAt > RecordedAt, $"The {commit} is not later than the one before it.");
        Require(commit.RecordedAt >= commit.DecidedAt, $"The {commit} is recorded before it was decided.");
        Require(commit.PreviousSeal.AsSpan().SequenceEqual(Seal), $"The {commit} does not carry the seal of the one before it.");
        Require(commit.Format == FormatKnown, $"The {commit} is in format {commit.Format}.");
        Require(commit.ComputeSeal(partition).AsSpan().SequenceEqual(commit.Seal), $"The {commit} is not what was sealed.");
    }

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }
}
