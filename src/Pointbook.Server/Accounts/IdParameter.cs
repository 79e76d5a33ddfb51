using Pointbook.Engine;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Accounts;

/// <summary>Reads the id of a transaction, spend or flush out of a path.</summary>
internal static class IdParameter
{
    /// <summary>Takes the path segment. Ids are opaque, so a text that is none is an id that nothing has, and so is one of another partition.</summary>
    /// <param name="segment">The segment, percent-decoded.</param>
    /// <param name="partition">The partition of the account.</param>
    /// <param name="notFound">The row of what is looked for.</param>
    /// <param name="id">The id.</param>
    /// <returns>Null, or the reply where nothing of the account can have the id.</returns>
    public static ProblemReply? Parse(string segment, int partition, ProblemKind notFound, out EntryId id) =>
        EntryId.TryParse(segment, out id) && id.Partition == partition ? null : RefusalReplies.NotFound(notFound);
}
