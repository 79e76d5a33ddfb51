using Pointbook.Ledger.Values;
using Pointbook.Server.Json;

namespace Pointbook.Server.Transactions;

/// <summary>When points expire: section <c>Expiry</c> of the configuration.</summary>
public sealed class ExpiryOptions
{
    /// <summary>
    /// How long after their timestamp credits expire that say nothing themselves: an ISO 8601 duration such as <c>P1Y</c>, more
    /// than zero. Null if they do not expire. Credits that are there already keep what they were added with.
    /// </summary>
    public string? After { get; set; }

    /// <summary><see cref="After"/> as the ledger takes it; null if credits do not expire.</summary>
    /// <exception cref="InvalidOperationException">The value is wrong; see <see cref="Fault"/>.</exception>
    public CalendarPeriod? Period()
    {
        if (string.IsNullOrEmpty(After))
        {
            return null;
        }

        return IsoDuration.TryParsePeriod(After, out CalendarPeriod period, out string? error)
            ? period
            : throw new InvalidOperationException($"Expiry:After {error}.");
    }

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault()
    {
        if (string.IsNullOrEmpty(After))
        {
            return null;
        }

        if (!IsoDuration.TryParsePeriod(After, out CalendarPeriod period, out _))
        {
            return $"Expiry:After is '{After}'; set it to an ISO 8601 duration such as P1Y or P18M, or leave it out.";
        }

        return period == default ? $"Expiry:After is '{After}', and points would expire at once; set it to more than zero, or leave it out." : null;
    }
}
