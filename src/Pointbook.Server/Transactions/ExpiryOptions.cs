using Pointbook.Ledger.Values;
using Pointbook.Server.Json;

namespace Pointbook.Server.Transactions;

/// <summary>When points expire: section <c>Expiry</c> of the configuration.</summary>
public sealed class ExpiryOptions
{
    /// <summary>
    /// How long after their timestamp credits without an expiry expire: an ISO 8601 duration such as <c>P1Y</c>, more than zero. Null if they do not
    /// expire. Existing credits keep the expiry with which they were added.
    /// </summary>
    public string? After { get; set; }

    /// <summary><see cref="After"/> in the ledger's form; null if credits do not expire.</summary>
    /// <exception cref="InvalidOperationException">The value is invalid; see <see cref="Fault"/>.</exception>
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

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault()
    {
        if (string.IsNullOrEmpty(After))
        {
            return null;
        }

        if (!IsoDuration.TryParsePeriod(After, out CalendarPeriod period, out _))
        {
            return $"Expiry:After must be an ISO 8601 duration such as P1Y or P18M, but is '{After}'. Correct it, or remove it.";
        }

        return period == default ? $"Expiry:After is '{After}', so points would expire immediately. Set it to more than zero, or remove it." : null;
    }
}
