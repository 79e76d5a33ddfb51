using Npgsql;
using Pointbook.Access;
using Pointbook.Engine;

namespace Pointbook.Storage.Postgres;

/// <summary>Converts rows to API keys, and keys to parameters.</summary>
internal static class KeyRows
{
    /// <summary>The columns of <see cref="ToKey(NpgsqlDataReader, int)"/> and <see cref="AddKey"/>.</summary>
    public const string Columns = "id, name, hash, scopes, accounts, created_at, created_by, expires_at, revoked_at, revoked_by";

    /// <summary>Reads the columns, starting at a given one.</summary>
    /// <exception cref="InvalidRowException">The columns contain a value that no version writes.</exception>
    public static ApiKey ToKey(NpgsqlDataReader row, int column) =>
        new(
            KeyId.TryCreate(row.GetString(column), out KeyId? id) ? id : throw Postgres.Columns.Invalid(row, column, "a text instead of the id of a key"),
            KeyName.TryCreate(row.GetString(column + 1), out KeyName? name, out _)
                ? name : throw Postgres.Columns.Invalid(row, column + 1, "a text instead of the name of a key"),
            JournalRows.ToDigest(row, column + 2),
            ScopeNames.TryFromTrusted(row.GetString(column + 3)) ?? throw Postgres.Columns.Invalid(row, column + 3, "a text instead of scopes"),
            AccountLimits.TryFromTrusted(row.GetString(column + 4)) ?? throw Postgres.Columns.Invalid(row, column + 4, "a text instead of account limits"),
            PostgresTime.Read(row, column + 5),
            JournalRows.ToText(row, column + 6))
        {
            ExpiresAt = PostgresTime.ReadOptional(row, column + 7),
            RevokedAt = PostgresTime.ReadOptional(row, column + 8),
            RevokedBy = JournalRows.ToText(row, column + 9),
        };

    /// <summary>Reads the columns of a row that has no others.</summary>
    public static ApiKey ToKey(NpgsqlDataReader row) => ToKey(row, 0);

    /// <summary>Adds the columns as parameters.</summary>
    public static NpgsqlParameterCollection AddKey(this NpgsqlParameterCollection parameters, ApiKey key) => parameters
        .AddText(key.Id.Value)
        .AddText(key.Name.Value)
        .AddDigest(key.Hash)
        .AddText(ScopeNames.ToText(key.Scopes))
        .AddText(key.Accounts.ToString())
        .AddTime(key.CreatedAt)
        .AddText(key.CreatedBy)
        .AddOptionalTime(key.ExpiresAt)
        .AddOptionalTime(key.RevokedAt)
        .AddText(key.RevokedBy);
}
