using System.Security.Cryptography;
using Npgsql;

namespace Pointbook.Clusters;

/// <summary>
/// A PostgreSQL server for one test, in a temporary directory and on its own port. The test deletes it at the end. It writes
/// as durably as a real server. No test touches a server that the machine runs anyway.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string User = "pointbook";
    private const string AdminDatabase = "postgres";
    private const int PortsTriedMax = 10;

    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(3);

    private readonly string _directory;
    private readonly string _password;
    private readonly IReadOnlyCollection<KeyValuePair<string, string>> _settings;
    private ServerProcess? _server;

    private PostgresCluster(string directory, string password, IReadOnlyCollection<KeyValuePair<string, string>> settings) =>
        (_directory, _password, _settings) = (directory, password, settings);

    /// <summary>The port on 127.0.0.1. It is the same after every start.</summary>
    public int Port { get; private set; }

    /// <summary>Connects the superuser to the database that always exists.</summary>
    public string AdminConnectionString => ConnectionStringOf(AdminDatabase);

    /// <summary>The directory of all files of the cluster.</summary>
    public string DirectoryPath => _directory;

    private string LogPath => Path.Combine(_directory, "log");

    /// <summary>Creates a cluster and starts its server.</summary>
    /// <param name="settings">The settings that differ from PostgreSQL's defaults, such as <c>max_connections</c>.</param>
    public static async Task<PostgresCluster> CreateAsync(params IReadOnlyCollection<KeyValuePair<string, string>> settings)
    {
        PostgresCluster cluster = new(await Binaries.CreateDirectoryAsync(), RandomNumberGenerator.GetHexString(32), settings);
        try
        {
            await cluster.InitializeAsync();
            await cluster.StartOnFreePortAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server again, on the same port and with the same data.</summary>
    public async Task StartAsync()
    {
        if (!await TryStartAsync())
        {
            throw new InvalidOperationException($"Another process already uses port {Port} meanwhile.");
        }
    }

    /// <summary>Stops the server and keeps its data.</summary>
    public async Task StopAsync(StopMode mode = StopMode.Fast)
    {
        ServerProcess server = Server();
        await server.StopAsync(mode);
        server.Dispose();
        _server = null;
    }

    /// <summary>Freezes the server. Connections stay open, the operating system accepts even new ones, but the server answers nothing.</summary>
    /// <remarks>If the test host is killed while the server is frozen, the frozen processes remain, because they cannot notice it.</remarks>
    public void Suspend() => Server().Suspend();

    /// <summary>Lets a frozen server continue.</summary>
    public void Resume() => Server().Resume();

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"test_{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        await ExecuteAsync(AdminConnectionString, $"CREATE DATABASE {name}");
        return ConnectionStringOf(name);
    }

    /// <summary>Closes all connections to a database and drops it.</summary>
    public Task DropDatabaseAsync(string connectionString) =>
        ExecuteAsync(AdminConnectionString, $"DROP DATABASE IF EXISTS {NameIn(connectionString)} WITH (FORCE)");

    /// <summary>Closes all connections to a database, as an administrator would.</summary>
    public Task TerminateBackendsAsync(string connectionString) =>
        ExecuteAsync(AdminConnectionString, $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{NameIn(connectionString)}'");

    /// <summary>Runs statements over a new connection.</summary>
    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using NpgsqlConnection connection = new($"Timeout=60;Command Timeout=300;{connectionString};Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Everything that the server has logged so far.</summary>
    public string ReadLog() => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_server is not null)
            {
                await StopAsync(StopMode.Immediate);
            }
        }
        finally
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static string NameIn(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Database!;

    private ServerProcess Server() => _server ?? throw new InvalidOperationException("The server is not running.");

    private string ConnectionStringOf(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = User,
        Password = _password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ToString();

    private async Task InitializeAsync()
    {
        string passwordFile = Path.Combine(_directory, "password");
        await File.WriteAllTextAsync(passwordFile, _password);
        await Binaries.HandOverAsync(_directory);
        await Binaries.RunAsync(Binaries.AsServerUser(
        [
            Path.Combine(Binaries.Directory, "initdb"), "--pgdata", Path.Combine(_directory, "data"), "--username", User, "--pwfile", passwordFile,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync", "--no-instructions",
        ]));
    }

    private async Task StartOnFreePortAsync()
    {
        for (int tried = 0; tried < PortsTriedMax; tried++)
        {
            // The port is below the range that the system gives to clients. So no program gets it by chance while the server
            // is stopped, and no client that tries to connect in that time connects to itself.
            Port = RandomNumberGenerator.GetInt32(20_000, 32_000);
            if (await TryStartAsync())
            {
                return;
            }
        }

        throw new InvalidOperationException($"{PortsTriedMax} ports were all taken.");
    }

    /// <returns>False if the port is in use.</returns>
    private async Task<bool> TryStartAsync()
    {
        int logged = ReadLog().Length;
        _server = await ServerProcess.StartAsync(Path.Combine(_directory, "data"), LogPath, Port, _settings);
        string log = "";
        await Eventually.TrueAsync(
            () =>
            {
                log = ReadLog()[logged..];
                return Task.FromResult(IsReady(log) || _server.HasExited);
            },
            StartMax,
            () => $"PostgreSQL is ready.\n{ReadLog()}");
        if (IsReady(log))
        {
            return true;
        }

        log = ReadLog()[logged..];
        _server.Dispose();
        _server = null;
        return log.Contains("could not bind IPv4 address", StringComparison.Ordinal)
            ? false
            : throw new InvalidOperationException($"PostgreSQL did not start.\n{log}");
    }

    private static bool IsReady(string log) => log.Contains("database system is ready to accept connections", StringComparison.Ordinal);
}
