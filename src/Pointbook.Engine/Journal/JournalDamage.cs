using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Remembers damage to a journal, and logs each damaged place once. Thread-safe.</summary>
public sealed class JournalDamage(ILogger logger)
{
    private const int PlacesLoggedMax = 1_000;

    private readonly Lock _lock = new();
    private readonly HashSet<(int Partition, Sequence? First)> _places = [];

    /// <summary>Whether damage was found since the process started. It stays true, because only a restored journal ends it, and a restore needs a restart.</summary>
    public bool IsFound
    {
        get
        {
            lock (_lock)
            {
                return _places.Count > 0;
            }
        }
    }

    /// <summary>Remembers damage, and logs it if its place is new.</summary>
    public void Report(JournalDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        lock (_lock)
        {
            if (_places.Count >= PlacesLoggedMax || !_places.Add((damage.Partition, damage.First)))
            {
                return;
            }
        }

        logger.JournalDamaged(damage, damage.Partition, damage.First?.ToString() ?? "?", damage.Last?.ToString() ?? "?", damage.Commit?.ToString() ?? "?");
    }
}
