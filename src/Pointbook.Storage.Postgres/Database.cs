using Npgsql;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>One database of a store, with pools of connections for journals, for projections and for API keys. Thread-safe.</summary>
/// <remarks>
/// Loads and rounds, which may take long, never keep an append waiting for a connection, and none of them keeps a caller waiting
/// who has to be recognized first. A pool that is not used has no connections.
/// </remarks>
internal sealed class Database : IAsyncDisposable
{
    // Every statement finds its rows by a primary key. A plan made while the tables were small would read them whole, and would be
    // kept until they are analyzed. The few statements that do read tables whole would be compiled for their seeming cost.
    private const string JournalSettings = "-c jit=off -c enable_seqscan=off -c enable_sort=off";

    // The same. Whoever changes keys waits for the one before and has to see what that one did, whatever the database's default is.
    private const string KeySettings = JournalSettings + @" -c default_transaction_isolation=read\ committed";

    // The same as for journals, with joins of arrays. A crash of the server may lose the last transactions, never their order, and they are made
    // again: what was acknowledged is in the journal, which waits for the disk. A process that is held up, or whose machine is
    // gone, in the middle of a round keeps others from projecting until its transaction is ended.
    private const string ProjectionSettings =
        "-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c synchronous_commit=off "
        + "-c idle_in_transaction_session_timeout=5s";

    // So that what only reads cannot write, whatever bug it has.
    private const string ReadOnlySettings = "-c default_transaction_read_only=on";

    private const int StatementsPreparedMax = 64;
    private const int ConnectTimeoutSeconds = 5;
    private const int CommandTimeoutSeconds = 15;
    private const int KeepAliveSeconds = 30;

    private Database(string name, NpgsqlConnectionStringBuilder settings, PostgresStoreOptions options)
    {
        Name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false }.ConnectionString;
        Journals = Build(settings, JournalSettings, options.JournalConnectionsMax);
        Keys = Build(settings, KeySettings, options.KeyConnectionsMax);
        Projections = Build(settings, ProjectionSettings, options.ProjectionConnectionsMax);
    }

    /// <summary>How people call it: without user and password.</summary>
    public string Name { get; }

    /// <summary>How to connect to it outside of the pools, for locks that belong to a session; may hold a password and is never shown.</summary>
    public string ConnectionString { get; }

    public NpgsqlDataSource Journals { get; }

    public NpgsqlDataSource Projections { get; }

    public NpgsqlDataSource Keys { get; }

    /// <summary>All databases that the options name, in that order.</summary>
    /// <exception cref="StoreException">None is named, one is named twice, or something else is wrong with the options.</exception>
    public static IReadOnlyList<Database> AllOf(PostgresStoreOptions options, bool isReadOnly)
    {
        if (options.Fault() is { } fault)
        {
            throw new StoreException(fault);
        }

        if (options.ConnectionStrings.Count == 0 || options.ConnectionStrings.Any(string.IsNullOrWhiteSpace))
        {
            throw new StoreException(
                "A store on PostgreSQL needs a connection string, such as Host=db.example;Database=pointbook;Username=pointbook.");
        }

        // Without connections there is nothing to be disposed of yet.
        List<Database> databases = [.. options.ConnectionStrings.Select((text, index) => From(text, index, options, isReadOnly))];
        return databases.CountBy(database => database.Name).FirstOrDefault(name => name.Value > 1).Key is { } twice
            ? throw new StoreException($"{twice} is named twice; name each database once.")
            : databases;
    }

    /// <summary>Reads a connection string, and fills in what it leaves open.</summary>
    /// <param name="connectionString">As Npgsql reads it.</param>
    /// <param name="index">Its place among the options, for the message.</param>
    /// <param name="options">The sizes of the pools.</param>
    /// <param name="isReadOnly">Whether the server refuses every write over its connections.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    private static Database From(string connectionString, int index, PostgresStoreOptions options, bool isReadOnly)
    {
        NpgsqlConnectionStringBuilder settings = Parse(connectionString, out string? fault)
            ?? throw new StoreException($"Connection string {index} {fault}");
        Default(settings, "Application Name", "pointbook");
        Default(settings, "Timeout", ConnectTimeoutSeconds);
        Default(settings, "Command Timeout", CommandTimeoutSeconds);
        Default(settings, "Keepalive", KeepAliveSeconds);
        Default(settings, "Max Auto Prepare", StatementsPreparedMax);
        Default(settings, "Auto Prepare Min Usages", 2);
        // Nothing here leaves anything behind in a session, and undoing it all costs five statements at each use.
        Default(settings, "No Reset On Close", true);
        if (isReadOnly)
        {
            AddSettings(settings, ReadOnlySettings);
        }

        return new Database($"{settings.Database} at {settings.Host}:{settings.Port}", settings, options);
    }

    /// <summary>Reads a connection string.</summary>
    /// <param name="connectionString">As Npgsql reads it.</param>
    /// <param name="fault">What is wrong with it, as a sentence whose subject is its name, or null. It repeats nothing of it.</param>
    /// <returns>The settings, or null if something is wrong.</returns>
    public static NpgsqlConnectionStringBuilder? Parse(string connectionString, out string? fault)
    {
        try
        {
            NpgsqlConnectionStringBuilder settings = new(connectionString);
            fault = string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database)
                ? "names no host or no database; add Host=… and Database=…."
                : null;
            return fault is null ? settings : null;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or KeyNotFoundException or NotSupportedException)
        {
            // The message of the parser may repeat a part of the string, and so a password.
            fault = "cannot be read; write it as Host=…;Port=…;Database=…;Username=…;Password=….";
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Projections.DisposeAsync().ConfigureAwait(false);
        await Journals.DisposeAsync().ConfigureAwait(false);
        await Keys.DisposeAsync().ConfigureAwait(false);
    }

    private static void Default(NpgsqlConnectionStringBuilder settings, string keyword, object value)
    {
        if (!settings.ShouldSerialize(keyword))
        {
            settings[keyword] = value;
        }
    }

    private static void AddSettings(NpgsqlConnectionStringBuilder settings, string added) =>
        settings.Options = string.IsNullOrEmpty(settings.Options) ? added : $"{settings.Options} {added}";

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder common, string added, int connectionsMax)
    {
        NpgsqlConnectionStringBuilder settings = new(common.ConnectionString);
        AddSettings(settings, added);
        settings.MaxPoolSize = connectionsMax;
        settings.MinPoolSize = 0;
        NpgsqlSlimDataSourceBuilder builder = new(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        return builder.Build();
    }
}
