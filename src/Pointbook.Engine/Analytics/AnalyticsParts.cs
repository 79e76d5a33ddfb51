using Microsoft.Extensions.Logging;
using Pointbook.Engine.Journal;

namespace Pointbook.Engine.Analytics;

/// <summary>The dependencies of the exporters besides journals and tables. Immutable.</summary>
public sealed record AnalyticsParts
{
    /// <summary>The clock, for pauses and for the lag of the tables.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>The log of the exporters.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>Receives damage to the journal; null to ignore it.</summary>
    public JournalDamage? Damage { get; init; }

    /// <summary>The bounds of the exporters.</summary>
    public ExporterOptions Options { get; init; } = new();
}
