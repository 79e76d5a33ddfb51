using Pointbook.Engine;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Accounts;

/// <summary>Parses the id of a transaction, spend or flush in a path.</summary>
internal static class IdParameter
{
    /// <summary>Parses the path segment. Ids are opaque, so an invalid id or an id of another partition is reported as not found.</summary>
    /// <param name="segment">The segment, percent-decoded.</param>
    /// <param name="partition">The partition of the account.</param>
    /// <param name="notFound">The problem to report if nothing has the id.</param>
    /// <param name="id">The id.</param>
    /// <returns>Null, or the reply if nothing in the account can have the id.</returns>
    public static ProblemReply? Parse(string segment, int partition, ProblemKind notFound, out EntryId id) =>
        EntryId.TryParse(segment, out id) && id.Partition == partition ? null : RefusalReplies.NotFound(notFound);
}
