using System.Data.Common;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>A place where the rows of a ledger are read by plain SQL, beside whoever uses it.</summary>
internal abstract class RawDatabase
{
    /// <summary>The SQL of the partition that a row belongs to.</summary>
    public abstract string Partition { get; }

    /// <summary>Where the sums of payers are.</summary>
    public abstract RawDatabase ReadModel { get; }

    /// <summary>The SQL behind a table of the read model that leaves out the generations that answer nothing.</summary>
    public abstract string Serving { get; }

    /// <summary>The SQL of a time in microseconds since 1970.</summary>
    public abstract string Microseconds(string column);

    /// <summary>The SQL of a UUID as its 16 bytes, in the order in which they are written.</summary>
    public abstract string Uuid(string column);

    /// <summary>The SQL of a day as the number of days since 0001-01-01, and -1 for no day.</summary>
    public abstract string DayNumber(string column);

    /// <summary>Opens a connection that only reads.</summary>
    public abstract DbConnection Open();

    /// <summary>The rows of a query over a connection of its own.</summary>
    public List<T> Read<T>(string sql, Func<DbDataReader, T> map)
    {
        using DbConnection connection = Open();
        return connection.Read(sql, map);
    }
}
