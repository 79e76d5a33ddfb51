using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>What was refused of a request that was let in: some of its items, or from some time on the rest of it. Not thread-safe.</summary>
internal sealed class PartialRefusals
{
    /// <summary>How many items were refused because of who sent them.</summary>
    public int Items { get; private set; }

    /// <summary>Why the latest of them was; null while there is none.</summary>
    public ProblemReply? Item { get; private set; }

    /// <summary>Why the request was ended, because of who sent it; null if it was not.</summary>
    public ProblemReply? End { get; private set; }

    /// <summary>What was refused of a request.</summary>
    public static PartialRefusals Of(HttpContext context)
    {
        PartialRefusals refusals = context.Features.Get<PartialRefusals>() ?? new PartialRefusals();
        context.Features.Set(refusals);
        return refusals;
    }

    /// <summary>Notes an item that is refused.</summary>
    public void AddItem(ProblemReply problem) => (Items, Item) = (Items + 1, problem);

    /// <summary>Notes why the request is ended.</summary>
    public void EndWith(ProblemReply problem) => End = problem;
}
