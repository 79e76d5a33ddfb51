using Microsoft.Data.Sqlite;

namespace Pointbook.Storage.Sqlite;

/// <summary>The prepared statements of one connection. They are disposed of together. Not thread-safe.</summary>
internal sealed class StatementSet(SqliteConnection connection) : IDisposable
{
    private readonly List<Statement> _statements = [];

    public Statement Prepare(string sql)
    {
        Statement statement = new(connection, sql);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Resets all statements, so that each can be bound and run again after one stopped before its end.</summary>
    public void Abandon()
    {
        foreach (Statement statement in _statements)
        {
            statement.Abandon();
        }
    }

    public void Dispose()
    {
        foreach (Statement statement in _statements)
        {
            statement.Dispose();
        }
    }
}
