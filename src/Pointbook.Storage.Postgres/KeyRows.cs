using Npgsql;
using Pointbook.Access;

namespace Pointbook.Storage.Postgres;

/// <summary>Turns rows of API keys into keys, and keys into parameters.</summary>
internal static class KeyRows
{
    /// <summary>The columns of <see cref="ToKey(NpgsqlDataReader, int)"/> and <see cref="AddKey"/>.</summary>
    public const string Columns = "id, name, hash, scopes, accounts, created_at, created_by, expires_at, revoked_at, revoked_by";

    /// <summary>Reads the columns, beginning at a certain one.</summary>
    /// <exception cref="ArgumentException">There is something in them that no version wrote.</exception>
    public static ApiKey ToKey(NpgsqlDataReader row, int column) =>
        new(
            KeyId.FromTrusted(row.GetString(column)),
            KeyName.FromTrusted(row.GetString(column + 1)),
            JournalRows.ToDigest(row, column + 2),
            ScopeNames.FromTrusted(row.GetString(column + 3)),
            AccountLimits.FromTrusted(row.GetString(column + 4)),
            PostgresTime.Read(row, column + 5),
            JournalRows.ToText(row, column + 6))
        {
            ExpiresAt = PostgresTime.ReadOptional(row, column + 7),
            RevokedAt = PostgresTime.ReadOptional(row, column + 8),
            RevokedBy = JournalRows.ToText(row, column + 9),
        };

    /// <summary>Reads the columns where there are no others.</summary>
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
