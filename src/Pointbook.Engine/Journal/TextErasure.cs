using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Finds the texts of an erased account in a commit and overwrites them. The body contains only their digests, so the seal stays valid.</summary>
/// <remarks>It overwrites the account key, idempotency keys with the hashes of their commands, references and reasons. The erasure's reference and reason stay.</remarks>
public sealed class TextErasure
{
    private TextErasure(CommitBytes bytes, IReadOnlyList<CommitText> texts, Sequence previous) => (Bytes, Texts, PreviousOperation) = (bytes, texts, previous);

    /// <summary>The first entry of the account's last operation before the commit; zero if there is none.</summary>
    public Sequence PreviousOperation { get; }

    /// <summary>Whether the commit has an erasable text of the account that is not overwritten yet.</summary>
    public bool IsNeeded => Texts.Any(text => !text.IsErased);

    private CommitBytes Bytes { get; }

    private IReadOnlyList<CommitText> Texts { get; }

    /// <summary>Finds the texts of an account in a commit.</summary>
    /// <param name="header">The header of the commit.</param>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="erasure">The erasure of the account.</param>
    /// <exception cref="InvalidRowException">The commit does not match its seal, or its entries and texts do not match the header.</exception>
    public static TextErasure Find(CommitHeader header, CommitBytes bytes, AccountErasure erasure)
    {
        CommitBody.CheckFormat(header.Format);
        if (!CommitSeal.Matches(header, bytes))
        {
            throw new InvalidRowException("it does not match its seal: it was altered");
        }

        List<CommitText> texts = [];
        Sequence? previous = null;
        foreach ((EntryOutline entry, IReadOnlyList<CommitText> ofEntry) in CommitBody.ReadTexts(header, bytes))
        {
            if (entry.Opening == erasure.Opening)
            {
                previous ??= entry.PreviousOperation;
                texts.AddRange(ofEntry.Where(text => text.IsErasable));
            }
        }

        return new TextErasure(bytes, texts, previous ?? throw new InvalidRowException($"it has no operation of the account that entry {erasure.Opening} opened"));
    }

    /// <summary>Returns the texts of the commit, with zeros in place of the account's texts.</summary>
    public byte[] ToTexts()
    {
        byte[] texts = Bytes.Texts.ToArray();
        foreach (CommitText text in Texts)
        {
            texts.AsSpan(text.Start, text.Length).Clear();
        }

        return texts;
    }
}

/// <summary>A text of a commit that belongs to an account.</summary>
/// <param name="Start">Where its salt begins in the texts of the commit.</param>
/// <param name="Length">The length of salt and content in bytes.</param>
/// <param name="IsErased">Whether all of these bytes are zeros.</param>
/// <param name="IsErasable">Whether the erasure of the account overwrites it. The reference and the reason of an erasure stay.</param>
public readonly record struct CommitText(int Start, int Length, bool IsErased, bool IsErasable);
