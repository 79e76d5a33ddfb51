using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Days in PostgreSQL's wire format: counted from 2000-01-01, with infinity for a missing day.</summary>
/// <remarks>
/// A day in a key cannot be null. DateOnly would also convert its last day, 9999-12-31, to infinity.
/// https://www.postgresql.org/docs/current/datatype-datetime.html
/// </remarks>
internal static class PostgresDay
{
    private const int Infinity = int.MaxValue;

    private static readonly int EpochDayNumber = new DateOnly(2000, 1, 1).DayNumber;

    public static int From(DateOnly day) => day.DayNumber - EpochDayNumber;

    public static int From(DateOnly? day) => day is null ? Infinity : From(day.Value);

    /// <exception cref="Engine.InvalidRowException">The value is a day that no entry can have.</exception>
    public static DateOnly Read(NpgsqlDataReader row, int column) =>
        (long)row.GetFieldValue<int>(column) + EpochDayNumber is var day && day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)day)
            : throw Columns.Invalid(row, column, "a day that no entry has");

    public static DateOnly? ReadOptional(NpgsqlDataReader row, int column) =>
        row.GetFieldValue<int>(column) == Infinity ? null : Read(row, column);
}
