using Microsoft.Data.Sqlite;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>One generation of the read model, in a file that is open for writing. Thread-safe.</summary>
/// <remarks>It has a separate lock, so that a transaction on one file delays none on another.</remarks>
internal sealed class ReadModelFile : IDisposable
{
    private const string Script = "Pointbook.Storage.Sqlite.Schema.ReadModel.read_model.sql";

    private readonly SqliteConnection _connection;
    private readonly StatementSet _statements;
    private readonly Statement _generation;
    private readonly Statement _move;
    private readonly Statement _mark;
    private readonly Statement _complete;
    private readonly PayerSumWriter _sums;
    private readonly Lock _lock = new();

    // The row after the last transaction.
    private volatile ReadModelRow _row;
    private bool _isClosed;

    private ReadModelFile(string path, long number, SqliteConnection connection)
    {
        (Path, Number, _connection) = (path, number, connection);
        _statements = new StatementSet(connection);
        try
        {
            _generation = _statements.Prepare(ReadModelRow.Sql);
            _move = _statements.Prepare("UPDATE read_model SET last_sequence = ?3, seal = ?4 WHERE last_sequence = ?1 AND seal = ?2 AND damage IS ?5");
            _mark = _statements.Prepare("UPDATE read_model SET damage = ?1 WHERE damage IS NULL");
            _complete = _statements.Prepare("UPDATE read_model SET is_complete = 1 WHERE is_complete = 0");
            _sums = new PayerSumWriter(_statements);
            _row = ReadModelRow.Read(_generation);
        }
        catch
        {
            _statements.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Number { get; }

    public Guid Id => _row.Id;

    /// <summary>Creates an empty generation to be built.</summary>
    public static ReadModelFile Create(string path, long number, TimeSpan busyTimeout)
    {
        // The remains of a partly deleted file belong to another generation.
        Delete(path);
        try
        {
            return CreateNew(path, number, busyTimeout);
        }
        catch (SqliteException)
        {
            // For lack of space, for instance, which the remains would take.
            Delete(path);
            throw;
        }
    }

    private static ReadModelFile CreateNew(string path, long number, TimeSpan busyTimeout) =>
        Open(path, number, busyTimeout, connection =>
        {
            using StreamReader script = new(typeof(ReadModelFile).Assembly.GetManifestResourceStream(Script)
                ?? throw new InvalidOperationException($"{Script} is missing."));
            using SqliteTransaction transaction = connection.BeginTransaction();
            Database.Execute(connection, script.ReadToEnd());
            using (Statement row = new(connection, "INSERT INTO read_model (id, generation_id, version, last_sequence, seal, is_complete) VALUES (1, randomblob(16), ?1, 0, zeroblob(32), 0)"))
            {
                row.Bind(1, ReadModelGeneration.Version).Run();
            }

            transaction.Commit();
        });

    /// <summary>Opens an existing generation.</summary>
    /// <exception cref="Engine.InvalidRowException">The generation is of another version, or its row is damaged.</exception>
    /// <exception cref="SqliteException">SQLite cannot open or read the file.</exception>
    public static ReadModelFile Open(string path, long number, TimeSpan busyTimeout) => Open(path, number, busyTimeout, static _ => { });

    /// <summary>Deletes a file and its write-ahead log.</summary>
    public static void Delete(string path)
    {
        foreach (string file in ReadModelPaths.AllOf(path))
        {
            File.Delete(file);
        }
    }

    /// <summary>Reads the row of the generation. While a transaction is in progress, returns the row before it, and does not wait.</summary>
    public ReadModelRow ReadRow()
    {
        if (!_lock.TryEnter())
        {
            return _row;
        }

        try
        {
            return _row = ReadModelRow.Read(_generation);
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Adds a round and moves the position, or changes nothing.</summary>
    /// <returns>False if the position or the damage differs, or if the file was closed.</returns>
    public bool TryApply(ReadModelGeneration generation, ReadModelRound round)
    {
        lock (_lock)
        {
            if (_isClosed || !TryWrite(generation, round))
            {
                return false;
            }

            _row = _row with { Position = round.End };
            return true;
        }
    }

    /// <summary>Records why the generation must be replaced, unless the file was closed.</summary>
    public void MarkDamaged(string damage)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _mark.Bind(1, damage).Run();
                _row = _row with { Damage = _row.Damage ?? damage };
            }
        }
    }

    /// <summary>Records that the generation is complete. May be repeated.</summary>
    /// <returns>False if the file was closed.</returns>
    public bool TryComplete()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _complete.Run();
            _row = ReadModelRow.Read(_generation);
            return _row.IsComplete;
        }
    }

    /// <summary>Closes the file, after the transaction in progress.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _statements.Dispose();
                _connection.Dispose();
            }
        }
    }

    private bool TryWrite(ReadModelGeneration generation, ReadModelRound round)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        try
        {
            _move.Bind(1, round.After.Last.Value).Bind(2, round.After.Seal).Bind(3, round.End.Last.Value).Bind(4, round.End.Seal).Bind(5, generation.Damage);
            if (_move.RunAndCount() == 0)
            {
                return false;
            }

            _sums.Write(round.Sums);
            transaction.Commit();
            return true;
        }
        catch
        {
            // An unfinished statement would keep SQLite from rolling back the transaction.
            _statements.Abandon();
            throw;
        }
    }

    private static ReadModelFile Open(string path, long number, TimeSpan busyTimeout, Action<SqliteConnection> prepare)
    {
        SqliteConnection connection = Database.OpenWriter(path, WriterProfile.ReadModel, busyTimeout);
        try
        {
            prepare(connection);
            return new ReadModelFile(path, number, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

/// <summary>The row that describes a file. Immutable.</summary>
/// <param name="Id">The random id of the generation.</param>
/// <param name="Position">The position of its tables.</param>
/// <param name="IsComplete">Whether it answers queries.</param>
/// <param name="Damage">Why it must be replaced, or null.</param>
internal sealed record ReadModelRow(Guid Id, ReadModelPosition Position, bool IsComplete, string? Damage)
{
    public const string Sql = "SELECT version, last_sequence, seal, is_complete, damage, generation_id FROM read_model";

    /// <summary>Runs a statement of <see cref="Sql"/>.</summary>
    /// <exception cref="Engine.InvalidRowException">The row is missing, or of another version.</exception>
    public static ReadModelRow Read(Statement statement)
    {
        if (!statement.Step())
        {
            throw new Engine.InvalidRowException("the row with its position is missing");
        }

        try
        {
            return statement.Int64(0) == ReadModelGeneration.Version
                ? new ReadModelRow(
                    statement.GuidAt(5),
                    new ReadModelPosition(new Sequence(statement.Int64(1)), statement.DigestAt(2)),
                    statement.Int64(3) != 0,
                    statement.OptionalText(4))
                : throw new Engine.InvalidRowException($"it has version {statement.Int64(0)}, but this version of Pointbook reads version {ReadModelGeneration.Version}");
        }
        finally
        {
            statement.Abandon();
        }
    }

    public ReadModelGeneration ToGeneration(long number) => new(number, Id, Position, Damage);
}
