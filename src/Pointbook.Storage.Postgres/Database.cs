using Npgsql;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>One database of a store, with separate connection pools for journals, account stores, read models and API keys. Thread-safe.</summary>
/// <remarks>
/// Loads and rounds, which may take long, never make an append wait for a connection. The read model makes neither of them wait, even when it reads whole journals.
/// None of them delays the authentication of a caller. An unused pool has no connections.
/// </remarks>
internal sealed class Database : IAsyncDisposable
{
    // Every statement finds its rows by a primary key. A plan made while the tables were small would read them whole, and would be
    // kept until they are analyzed. The few statements that do read whole tables would be compiled because of their estimated cost.
    private const string JournalSettings = "-c jit=off -c enable_seqscan=off -c enable_sort=off";

    // The same. A client that changes keys waits for the previous change and must see it, whatever the database's default is.
    private const string KeySettings = JournalSettings + @" -c default_transaction_isolation=read\ committed";

    // The same as for journals, with joins of arrays. A crash of the database server may lose the last transactions, never their order.
    // The snapshot writer repeats them from the journal, which waits for the disk. A process that stalls or whose machine fails
    // in a round blocks other snapshot writers until the server ends its transaction.
    private const string AccountStoreSettings =
        "-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c synchronous_commit=off "
        + "-c idle_in_transaction_session_timeout=5s";

    // The same, for sums and for long reads of journals, whose rows come in the order of their key.
    private const string ReadModelSettings = AccountStoreSettings + " -c enable_sort=off";

    // Keeps read-only code from writing, whatever bug it has.
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
        AccountStores = Build(settings, AccountStoreSettings, options.AccountStoreConnectionsMax);
        ReadModels = Build(settings, ReadModelSettings, options.ReadModelConnectionsMax);
    }

    /// <summary>The display name, without user and password.</summary>
    public string Name { get; }

    /// <summary>The connection string for connections outside of the pools, for session locks. It may contain a password and is never shown.</summary>
    public string ConnectionString { get; }

    public NpgsqlDataSource Journals { get; }

    public NpgsqlDataSource AccountStores { get; }

    public NpgsqlDataSource ReadModels { get; }

    public NpgsqlDataSource Keys { get; }

    /// <summary>Returns all databases that the options name, in the same order.</summary>
    /// <exception cref="StoreException">None is named, one is named twice, or another option is invalid.</exception>
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

        // Without connections there is nothing to dispose of yet.
        List<Database> databases = [.. options.ConnectionStrings.Select((text, index) => From(text, index, options, isReadOnly))];
        return databases.CountBy(database => database.Name).FirstOrDefault(name => name.Value > 1).Key is { } twice
            ? throw new StoreException($"{twice} is named twice. Name each database once.")
            : databases;
    }

    /// <summary>Parses a connection string, and adds defaults.</summary>
    /// <param name="connectionString">The connection string in Npgsql's format.</param>
    /// <param name="index">Its index in the options, for the message.</param>
    /// <param name="options">The sizes of the pools.</param>
    /// <param name="isReadOnly">Whether the database server must refuse every write over its connections.</param>
    /// <exception cref="StoreException">The connection string is invalid.</exception>
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
        // Pointbook leaves no state in a session, and a reset would cost five statements for each use.
        Default(settings, "No Reset On Close", true);
        if (isReadOnly)
        {
            AddSettings(settings, ReadOnlySettings);
        }

        return new Database($"{settings.Database} at {settings.Host}:{settings.Port}", settings, options);
    }

    /// <summary>Parses a connection string.</summary>
    /// <param name="connectionString">The connection string in Npgsql's format.</param>
    /// <param name="fault">The problem as a sentence whose subject is the string's name, or null. It repeats nothing of the string.</param>
    /// <returns>The settings, or null if the string is invalid.</returns>
    public static NpgsqlConnectionStringBuilder? Parse(string connectionString, out string? fault)
    {
        try
        {
            NpgsqlConnectionStringBuilder settings = new(connectionString);
            fault = string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database)
                ? "names no host or no database. Add Host=… and Database=…."
                : null;
            return fault is null ? settings : null;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or KeyNotFoundException or NotSupportedException)
        {
            // The parser's message may repeat a part of the string, including a password.
            fault = "is not a valid connection string. Write it as Host=…;Port=…;Database=…;Username=…;Password=….";
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ReadModels.DisposeAsync().ConfigureAwait(false);
        await AccountStores.DisposeAsync().ConfigureAwait(false);
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
