using Npgsql;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Instants in PostgreSQL's wire format: microseconds since 2000-01-01T00:00:00Z.</summary>
/// <remarks>
/// DateTime would convert the first and the last instant to infinities, and costs a conversion for each value.
/// https://www.postgresql.org/docs/current/datatype-datetime.html
/// </remarks>
internal static class PostgresTime
{
    private const long EpochUnixMicroseconds = 946_684_800_000_000;

    public static long From(Instant instant) => instant.UnixMicroseconds - EpochUnixMicroseconds;

    public static long? From(Instant? instant) => instant is null ? null : From(instant.Value);

    /// <exception cref="Engine.InvalidRowException">The value is infinite, or outside the years 1 to 9999.</exception>
    public static Instant Read(NpgsqlDataReader row, int column)
    {
        long microseconds = row.GetFieldValue<long>(column);
        // The infinities are the ends of the range.
        return microseconds is long.MinValue or > long.MaxValue - EpochUnixMicroseconds
            ? throw Columns.Invalid(row, column, "infinity")
            : Instant.TryFromUnixMicroseconds(microseconds + EpochUnixMicroseconds) ?? throw Columns.Invalid(row, column, "a time outside the years 1 to 9999");
    }

    public static Instant? ReadOptional(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : Read(row, column);
}
