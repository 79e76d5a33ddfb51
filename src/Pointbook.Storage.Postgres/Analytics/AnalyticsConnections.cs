using Npgsql;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>The connections to the database of the analytics tables. No append, load or key lookup ever waits for one of them.</summary>
internal static class AnalyticsConnections
{
    // A crash of the database server may lose the last transactions, never their order, and the exporter rewrites them. A process that stalls in
    // a round blocks other exporters until the server ends its transaction. An exporter that waits longer than that gives up and tries again.
    private const string Settings = "-c jit=off -c synchronous_commit=off -c idle_in_transaction_session_timeout=30s -c lock_timeout=30s";

    // Each round uses one connection, so this also limits the rounds in flight.
    private const int ConnectionsMax = 64;
    private const int ConnectTimeoutSeconds = 5;
    private const int CommandTimeoutSeconds = 60;
    private const int KeepAliveSeconds = 30;

    /// <summary>Opens a pool. Nothing is connected yet.</summary>
    /// <param name="connectionString">A connection string that <see cref="Database.Parse"/> accepts.</param>
    /// <param name="place">The display name of the database, without user and password.</param>
    public static NpgsqlDataSource Open(string connectionString, out string place)
    {
        NpgsqlConnectionStringBuilder given = new(connectionString);
        NpgsqlConnectionStringBuilder settings = new(connectionString)
        {
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = ConnectionsMax,
            Options = string.IsNullOrEmpty(given.Options) ? Settings : $"{given.Options} {Settings}",
        };
        Default(settings, "Application Name", "pointbook analytics");
        Default(settings, "Timeout", ConnectTimeoutSeconds);
        Default(settings, "Command Timeout", CommandTimeoutSeconds);
        Default(settings, "Keepalive", KeepAliveSeconds);
        place = $"schema analytics of {settings.Database} at {settings.Host}:{settings.Port}";
        NpgsqlSlimDataSourceBuilder builder = new(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        return builder.Build();
    }

    private static void Default(NpgsqlConnectionStringBuilder settings, string keyword, object value)
    {
        if (!settings.ShouldSerialize(keyword))
        {
            settings[keyword] = value;
        }
    }
}
