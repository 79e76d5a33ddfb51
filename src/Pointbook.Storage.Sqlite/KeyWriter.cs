using Microsoft.Data.Sqlite;
using Pointbook.Access;
using Pointbook.Engine;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Makes one change of the API keys over a separate connection. Not thread-safe.</summary>
internal sealed class KeyWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly StatementSet _statements;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly Statement _find;
    private readonly Statement _isNameTaken;
    private readonly Statement _count;
    private readonly Statement _insert;
    private readonly Statement _revoke;
    private readonly Statement _advance;

    public KeyWriter(string path, TimeSpan busyTimeout)
    {
        _connection = Database.OpenLogless(path, busyTimeout);
        _statements = new StatementSet(_connection);
        // Other processes may also change the keys. What this transaction reads from here on stays unchanged until its end.
        _begin = _statements.Prepare("BEGIN IMMEDIATE");
        _commit = _statements.Prepare("COMMIT");
        _rollback = _statements.Prepare("ROLLBACK");
        _find = _statements.Prepare(KeyRow.Find);
        _isNameTaken = _statements.Prepare("SELECT EXISTS (SELECT 1 FROM api_key WHERE name = ?1 AND revoked_at IS NULL)");
        _count = _statements.Prepare("SELECT count(*) FROM api_key WHERE revoked_at IS NULL");
        _insert = _statements.Prepare($"INSERT INTO api_key ({KeyRow.Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
        _revoke = _statements.Prepare("UPDATE api_key SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1");
        _advance = _statements.Prepare("UPDATE api_key_version SET version = version + 1, stamp = randomblob(16)");
    }

    public KeyAddition Add(ApiKey key, int countMax)
    {
        _begin.Run();
        KeyAddition addition = Judge(key, countMax);
        if (addition == KeyAddition.Added)
        {
            KeyRow.Bind(_insert, key).Run();
            Advance();
            _commit.Run();
        }
        else
        {
            _rollback.Run();
        }

        return addition;
    }

    public ApiKey? Revoke(KeyId id, Instant at, string? by)
    {
        _begin.Run();
        ApiKey? key = KeyRow.ReadOne(_find.Bind(1, id.Value));
        if (key is null or { RevokedAt: not null })
        {
            _rollback.Run();
            return key;
        }

        _revoke.Bind(1, id.Value).Bind(2, at.UnixMicroseconds).Bind(3, by).Run();
        Advance();
        _commit.Run();
        return key with { RevokedAt = at, RevokedBy = by };
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    private KeyAddition Judge(ApiKey key, int countMax)
    {
        // A revoked key reserves no name and does not count.
        bool isStanding = key.RevokedAt is null;
        return KeyRow.ReadOne(_find.Bind(1, key.Id.Value)) is not null || (isStanding && Scalar(_isNameTaken.Bind(1, key.Name.Value)) != 0)
            ? KeyAddition.NameTaken
            : isStanding && Scalar(_count) >= countMax ? KeyAddition.TooMany
            : KeyAddition.Added;
    }

    private void Advance()
    {
        if (_advance.RunAndCount() != 1)
        {
            throw new InvalidRowException("the version is missing. Restore the file from a backup");
        }
    }

    private static long Scalar(Statement statement)
    {
        statement.Step();
        long value = statement.Int64(0);
        statement.Reset();
        return value;
    }
}
