using Pointbook.Engine.Answers;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Accounts;

/// <summary>Reads the id of a transaction, spend or flush out of a path.</summary>
internal static class IdParameter
{
    /// <summary>Takes the path segment. Ids are opaque, so a text that is none is an id that nothing has.</summary>
    public static EntryId Parse(string segment) => EntryId.TryParse(segment, out EntryId id) ? id : new EntryId(0, Sequence.Zero);
}
