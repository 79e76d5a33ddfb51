using Pointbook.Access;
using Pointbook.Engine;

namespace Pointbook.Storage.Sqlite;

/// <summary>The row of an API key.</summary>
internal static class KeyRow
{
    /// <summary>The columns in the order of <see cref="Read"/> and <see cref="Bind"/>.</summary>
    public const string Columns = "id, name, hash, scopes, accounts, created_at, created_by, expires_at, revoked_at, revoked_by";

    /// <summary>Finds one key.</summary>
    public const string Find = $"SELECT {Columns} FROM api_key WHERE id = ?1";

    /// <summary>Reads the current row of a statement.</summary>
    /// <exception cref="InvalidRowException">The row contains a value that no version writes.</exception>
    public static ApiKey Read(Statement row) =>
        new(
            KeyId.TryCreate(row.Text(0), out KeyId? id) ? id : throw row.Invalid(0, "a text instead of the id of a key"),
            KeyName.TryCreate(row.Text(1), out KeyName? name, out _) ? name : throw row.Invalid(1, "a text instead of the name of a key"),
            row.DigestAt(2),
            ScopeNames.TryFromTrusted(row.Text(3)) ?? throw row.Invalid(3, "a text instead of scopes"),
            AccountLimits.TryFromTrusted(row.Text(4)) ?? throw row.Invalid(4, "a text instead of account limits"),
            row.InstantAt(5),
            row.OptionalText(6))
        {
            ExpiresAt = row.OptionalInstantAt(7),
            RevokedAt = row.OptionalInstantAt(8),
            RevokedBy = row.OptionalText(9),
        };

    /// <summary>Runs a statement that returns at most one row.</summary>
    public static ApiKey? ReadOne(Statement statement)
    {
        if (!statement.Step())
        {
            return null;
        }

        ApiKey key = Read(statement);
        statement.Reset();
        return key;
    }

    /// <summary>Runs a statement to its end.</summary>
    public static List<ApiKey> ReadAll(Statement statement)
    {
        List<ApiKey> keys = [];
        while (statement.Step())
        {
            keys.Add(Read(statement));
        }

        return keys;
    }

    /// <summary>Binds the columns to parameters, starting at 1.</summary>
    public static Statement Bind(Statement statement, ApiKey key) => statement
        .Bind(1, key.Id.Value)
        .Bind(2, key.Name.Value)
        .Bind(3, key.Hash)
        .Bind(4, ScopeNames.ToText(key.Scopes))
        .Bind(5, key.Accounts.ToString())
        .Bind(6, key.CreatedAt.UnixMicroseconds)
        .Bind(7, key.CreatedBy)
        .Bind(8, key.ExpiresAt?.UnixMicroseconds)
        .Bind(9, key.RevokedAt?.UnixMicroseconds)
        .Bind(10, key.RevokedBy);
}
