using Pointbook.Engine.Analytics;

namespace Pointbook.StorageContract.Analytics;

/// <summary>A place for analytics tables under test, and how somebody with an SQL tool sees it.</summary>
public abstract class AnalyticsPlace : IAsyncDisposable
{
    /// <summary>The tables as another process would open them.</summary>
    public abstract IAnalyticsStore Create();

    /// <summary>Runs a statement, as no part of the ledger does.</summary>
    public abstract ValueTask RunAsync(string sql);

    /// <summary>Reads rows as texts; null stays null.</summary>
    public abstract ValueTask<IReadOnlyList<string?[]>> QueryAsync(string sql);

    /// <summary>An expression that gives a time as RFC 3339 with six digits of a second.</summary>
    public abstract string TimeSql(string column);

    /// <summary>The bytes of everything that is stored, as somebody who has the disk sees them; null where that is not asked.</summary>
    public abstract byte[]? ReadBytes();

    /// <summary>Reads a number.</summary>
    public async ValueTask<long> CountAsync(string sql) => long.Parse((await QueryAsync(sql))[0][0]!, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Lets everything go.</summary>
    public abstract ValueTask DisposeAsync();
}
