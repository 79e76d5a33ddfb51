using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>A place in the journal. Immutable.</summary>
/// <param name="Last">The last entry before this place.</param>
/// <param name="Seal">The seal of the commit that ends there.</param>
public readonly record struct ReadModelPosition(Sequence Last, Digest Seal)
{
    /// <summary>The head of the journal at this place. Its time is unknown and set to the earliest possible time.</summary>
    internal JournalHead ToHead() => new(Last, Seal, JournalHead.Empty.Time);
}

/// <summary>One set of the tables of a read model. Immutable.</summary>
/// <param name="Number">Its number. Of the generations that exist, a later one has a greater number. Once they are gone, a number may be used again.</param>
/// <param name="Id">A random id, which no other generation ever has.</param>
/// <param name="Position">Its tables contain every entry up to this position, and none after it.</param>
/// <param name="Damage">Why a new generation must replace it; null if it is undamaged.</param>
public sealed record ReadModelGeneration(long Number, Guid Id, ReadModelPosition Position, string? Damage = null)
{
    /// <summary>The version of the tables and their content. The server never reads a generation of another version.</summary>
    public const int Version = 1;
}

/// <summary>The generations of this version that a read model has. Immutable.</summary>
/// <param name="Serving">The generation that answers queries; null if there is none.</param>
/// <param name="Building">The generation that the server builds to replace it; null if there is none.</param>
public sealed record ReadModelState(ReadModelGeneration? Serving, ReadModelGeneration? Building)
{
    /// <summary>Whether a new generation is needed.</summary>
    public bool NeedsBuild => Serving is null || Serving.Damage is not null;
}
