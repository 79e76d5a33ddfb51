using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>A text of the journal is erased, but the reader does not know that the key of its account is erased.</summary>
/// <remarks>A reader may know the key from before the erasure. It must read the key again. If the key is still not erased, the journal is damaged.</remarks>
/// <param name="opening">The first entry of the account.</param>
public sealed class ErasedTextException(Sequence opening)
    : InvalidRowException($"a text of the account that entry {opening} opened is erased, and the key of the account is not")
{
    /// <summary>The first entry of the account.</summary>
    public Sequence Opening => opening;
}
