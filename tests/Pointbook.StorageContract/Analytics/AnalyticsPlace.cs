using Pointbook.Engine.Analytics;

namespace Pointbook.StorageContract.Analytics;

/// <summary>A place for analytics tables under test, with access as a user of an SQL tool has it.</summary>
public abstract class AnalyticsPlace : IAsyncDisposable
{
    /// <summary>Opens the tables as another process would.</summary>
    public abstract IAnalyticsStore Create();

    /// <summary>Runs a statement, as a user of an SQL tool does.</summary>
    public abstract ValueTask RunAsync(string sql);

    /// <summary>Reads rows as texts; null stays null.</summary>
    public abstract ValueTask<IReadOnlyList<string?[]>> QueryAsync(string sql);

    /// <summary>An SQL expression that formats a time as RFC 3339 with six digits of a second.</summary>
    public abstract string TimeSql(string column);

    /// <summary>The bytes of everything on the disk; null if the tests of this store do not check them.</summary>
    public abstract byte[]? ReadBytes();

    /// <summary>Reads a number.</summary>
    public async ValueTask<long> CountAsync(string sql) => long.Parse((await QueryAsync(sql))[0][0]!, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Releases everything.</summary>
    public abstract ValueTask DisposeAsync();
}
