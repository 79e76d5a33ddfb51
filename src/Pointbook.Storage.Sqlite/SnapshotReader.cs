using Microsoft.Data.Sqlite;

namespace Pointbook.Storage.Sqlite;

/// <summary>A connection that reads a file, each time as it is at one moment. Not thread-safe.</summary>
internal abstract class SnapshotReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly StatementSet _statements;
    private readonly Statement _begin;
    private readonly Statement _end;

    protected SnapshotReader(string path, TimeSpan busyTimeout)
    {
        _connection = Database.OpenReader(path, busyTimeout);
        _statements = new StatementSet(_connection);
        _begin = Prepare("BEGIN");
        _end = Prepare("COMMIT");
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    protected Statement Prepare(string sql) => _statements.Prepare(sql);

    /// <summary>Lets everything be read as it is when the first statement is run. One that fails before the end is of no more use.</summary>
    protected void BeginSnapshot() => _begin.Run();

    protected void EndSnapshot() => _end.Run();
}
