using Microsoft.Data.Sqlite;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>One generation of the read model, in a file that is open for writing. Not thread-safe.</summary>
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
        }
        catch
        {
            _statements.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Number { get; }

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
            using (Statement row = new(connection, "INSERT INTO read_model (id, version, last_sequence, seal, is_complete) VALUES (1, ?1, 0, zeroblob(32), 0)"))
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

    /// <summary>Reads the row of the generation.</summary>
    public ReadModelRow ReadRow() => ReadModelRow.Read(_generation);

    /// <summary>Adds a round and moves the position, or changes nothing.</summary>
    /// <returns>False if the position or the damage differs.</returns>
    public bool TryApply(ReadModelGeneration generation, ReadModelRound round)
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

    public void MarkDamaged(string damage) => _mark.Bind(1, damage).Run();

    public bool TryComplete() => _complete.RunAndCount() == 1;

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    private static ReadModelFile Open(string path, long number, TimeSpan busyTimeout, Action<SqliteConnection> prepare)
    {
        SqliteConnection connection = Database.OpenWriter(path, WriterProfile.ReadModel, busyTimeout);
        try
        {
            prepare(connection);
            ReadModelFile file = new(path, number, connection);
            try
            {
                file.ReadRow();
                return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

/// <summary>The row that describes a file.</summary>
/// <param name="Position">The position of its tables.</param>
/// <param name="IsComplete">Whether it answers queries.</param>
/// <param name="Damage">Why it must be replaced, or null.</param>
internal readonly record struct ReadModelRow(ReadModelPosition Position, bool IsComplete, string? Damage)
{
    public const string Sql = "SELECT version, last_sequence, seal, is_complete, damage FROM read_model";

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
                ? new ReadModelRow(new ReadModelPosition(new Sequence(statement.Int64(1)), statement.DigestAt(2)), statement.Int64(3) != 0, statement.OptionalText(4))
                : throw new Engine.InvalidRowException($"it has version {statement.Int64(0)}, but this version of Pointbook reads version {ReadModelGeneration.Version}");
        }
        finally
        {
            statement.Abandon();
        }
    }

    public ReadModelGeneration ToGeneration(long number) => new(number, Position, Damage);
}
