using Npgsql;
using NpgsqlTypes;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Adds positional parameters with explicit types, so that the driver guesses nothing and boxes nothing.</summary>
internal static class ParameterExtensions
{
    public static NpgsqlParameterCollection AddInt(this NpgsqlParameterCollection parameters, int value) =>
        parameters.AddTyped(value, NpgsqlDbType.Integer);

    public static NpgsqlParameterCollection AddBoolean(this NpgsqlParameterCollection parameters, bool value) =>
        parameters.AddTyped(value, NpgsqlDbType.Boolean);

    public static NpgsqlParameterCollection AddBigint(this NpgsqlParameterCollection parameters, long? value) =>
        parameters.AddTyped(value, NpgsqlDbType.Bigint);

    public static NpgsqlParameterCollection AddSequence(this NpgsqlParameterCollection parameters, Sequence value) =>
        parameters.AddTyped(value.Value, NpgsqlDbType.Bigint);

    public static NpgsqlParameterCollection AddTime(this NpgsqlParameterCollection parameters, Instant value) =>
        parameters.AddTyped(PostgresTime.From(value), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameterCollection AddOptionalTime(this NpgsqlParameterCollection parameters, Instant? value) =>
        parameters.AddTyped(PostgresTime.From(value), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameterCollection AddDigest(this NpgsqlParameterCollection parameters, Digest value) =>
        parameters.AddTyped(value.ToArray(), NpgsqlDbType.Bytea);

    public static NpgsqlParameterCollection AddBytes(this NpgsqlParameterCollection parameters, ReadOnlyMemory<byte> value) =>
        parameters.AddTyped(value, NpgsqlDbType.Bytea);

    public static NpgsqlParameterCollection AddText(this NpgsqlParameterCollection parameters, string? value) =>
        parameters.AddTyped(value, NpgsqlDbType.Text);

    public static NpgsqlParameterCollection AddUuid(this NpgsqlParameterCollection parameters, Guid value) =>
        parameters.AddTyped(value, NpgsqlDbType.Uuid);

    public static NpgsqlParameterCollection AddBigints(this NpgsqlParameterCollection parameters, long[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlParameterCollection AddBigints(this NpgsqlParameterCollection parameters, long?[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlParameterCollection AddInts(this NpgsqlParameterCollection parameters, int[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.Integer);

    public static NpgsqlParameterCollection AddTimes(this NpgsqlParameterCollection parameters, long[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    public static NpgsqlParameterCollection AddTimes(this NpgsqlParameterCollection parameters, long?[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    public static NpgsqlParameterCollection AddDays(this NpgsqlParameterCollection parameters, int[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.Date);

    public static NpgsqlParameterCollection AddTexts(this NpgsqlParameterCollection parameters, string[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlParameterCollection AddByteas(this NpgsqlParameterCollection parameters, byte[]?[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.Bytea);

    public static NpgsqlParameterCollection AddByteas(this NpgsqlParameterCollection parameters, ReadOnlyMemory<byte>[] values) =>
        parameters.AddTyped(values, NpgsqlDbType.Array | NpgsqlDbType.Bytea);

    private static NpgsqlParameterCollection AddTyped<T>(this NpgsqlParameterCollection parameters, T value, NpgsqlDbType type)
    {
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value, NpgsqlDbType = type });
        return parameters;
    }
}
