using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>The refusals within an accepted request: some of its items, or the rest of it from some point on. Not thread-safe.</summary>
internal sealed class PartialRefusals
{
    /// <summary>The number of items that the server refused because the caller has no access.</summary>
    public int Items { get; private set; }

    /// <summary>The reason for the latest of them; null if there is none.</summary>
    public ProblemReply? Item { get; private set; }

    /// <summary>Why the server ended the request, such as lost access; null if it did not.</summary>
    public ProblemReply? End { get; private set; }

    /// <summary>The partial refusals of a request.</summary>
    public static PartialRefusals Of(HttpContext context)
    {
        PartialRefusals refusals = context.Features.Get<PartialRefusals>() ?? new PartialRefusals();
        context.Features.Set(refusals);
        return refusals;
    }

    /// <summary>Records a refused item.</summary>
    public void AddItem(ProblemReply problem) => (Items, Item) = (Items + 1, problem);

    /// <summary>Records why the server ends the request.</summary>
    public void EndWith(ProblemReply problem) => End = problem;
}
