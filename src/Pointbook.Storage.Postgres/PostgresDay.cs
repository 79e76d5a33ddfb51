using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Days as PostgreSQL sends them: counted from 2000-01-01, with infinity for a day that does not exist.</summary>
/// <remarks>
/// A day that is part of a key cannot be null. Going through DateOnly would turn its last day, 9999-12-31, into infinity as well.
/// https://www.postgresql.org/docs/current/datatype-datetime.html
/// </remarks>
internal static class PostgresDay
{
    private const int Infinity = int.MaxValue;

    private static readonly int EpochDayNumber = new DateOnly(2000, 1, 1).DayNumber;

    public static int From(DateOnly day) => day.DayNumber - EpochDayNumber;

    public static int From(DateOnly? day) => day is null ? Infinity : From(day.Value);

    public static DateOnly Read(NpgsqlDataReader row, int column) =>
        DateOnly.FromDayNumber(checked(row.GetFieldValue<int>(column) + EpochDayNumber));

    public static DateOnly? ReadOptional(NpgsqlDataReader row, int column) =>
        row.GetFieldValue<int>(column) == Infinity ? null : Read(row, column);
}
