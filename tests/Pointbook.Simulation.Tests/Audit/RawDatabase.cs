using System.Data.Common;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Reads the rows of a ledger with plain SQL. Servers may use the ledger meanwhile.</summary>
internal abstract class RawDatabase
{
    /// <summary>The SQL of the partition that a row belongs to.</summary>
    public abstract string Partition { get; }

    /// <summary>The database that has the sums of payers.</summary>
    public abstract RawDatabase ReadModel { get; }

    /// <summary>The SQL after a table of the read model that excludes the generations that do not answer queries.</summary>
    public abstract string Serving { get; }

    /// <summary>The SQL of a time in microseconds since 1970.</summary>
    public abstract string Microseconds(string column);

    /// <summary>The SQL of a UUID as 16 bytes, in the order of its text.</summary>
    public abstract string Uuid(string column);

    /// <summary>The SQL of a day as the number of days since 0001-01-01, and -1 for no day.</summary>
    public abstract string DayNumber(string column);

    /// <summary>Opens a connection that only reads.</summary>
    public abstract DbConnection Open();

    /// <summary>The rows of a query, read over a new connection.</summary>
    public List<T> Read<T>(string sql, Func<DbDataReader, T> map)
    {
        using DbConnection connection = Open();
        return connection.Read(sql, map);
    }
}
