using Npgsql;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Instants as PostgreSQL sends them: microseconds since 2000-01-01T00:00:00Z.</summary>
/// <remarks>
/// Going through DateTime would turn the first and the last instant into infinities, and costs a conversion for each value.
/// https://www.postgresql.org/docs/current/datatype-datetime.html
/// </remarks>
internal static class PostgresTime
{
    private const long EpochUnixMicroseconds = 946_684_800_000_000;

    public static long From(Instant instant) => instant.UnixMicroseconds - EpochUnixMicroseconds;

    public static long? From(Instant? instant) => instant is null ? null : From(instant.Value);

    public static Instant Read(NpgsqlDataReader row, int column) =>
        Instant.FromUnixMicroseconds(checked(row.GetFieldValue<long>(column) + EpochUnixMicroseconds));

    public static Instant? ReadOptional(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : Read(row, column);
}
