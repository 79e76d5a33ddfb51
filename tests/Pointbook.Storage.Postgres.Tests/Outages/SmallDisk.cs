using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Pointbook.Clusters;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>A tablespace on its own disk, which is small enough to be filled. It needs the right to mount, which root has.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const string Filler = "filler";
    private readonly PostgresCluster _cluster;
    private readonly string _directory;
    private readonly string _tablespace = $"small_{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
    private readonly List<string> _databases = [];

    private SmallDisk(PostgresCluster cluster, string directory) => (_cluster, _directory) = (cluster, directory);

    public static async Task<SmallDisk> CreateAsync(PostgresCluster cluster, int mebibytes)
    {
        string directory = Path.Combine(cluster.DirectoryPath, Path.GetRandomFileName());
        Directory.CreateDirectory(directory);
        SmallDisk disk = new(cluster, directory);
        await RunAsync("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={mebibytes}m,mode=0777"), "tmpfs", directory);
        string location = Path.Combine(directory, "space");
        Directory.CreateDirectory(location);
        await RunAsync("chown", "--reference", Path.Combine(cluster.DirectoryPath, "data"), location);
        await PostgresCluster.ExecuteAsync(cluster.AdminConnectionString, $"CREATE TABLESPACE {disk._tablespace} LOCATION '{location}'");
        return disk;
    }

    /// <summary>Creates a database on the disk.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"{_tablespace}_{_databases.Count}";
        await PostgresCluster.ExecuteAsync(_cluster.AdminConnectionString, $"CREATE DATABASE {name} TABLESPACE {_tablespace}");
        string database = new NpgsqlConnectionStringBuilder(_cluster.AdminConnectionString) { Database = name }.ConnectionString;
        _databases.Add(database);
        return database;
    }

    /// <summary>Fills the space that is left.</summary>
    public void Fill()
    {
        using FileStream file = new(Path.Combine(_directory, Filler), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
            }
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    /// <summary>Frees the space again.</summary>
    public void Clear() => File.Delete(Path.Combine(_directory, Filler));

    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (string database in _databases)
            {
                await _cluster.DropDatabaseAsync(database);
            }

            await PostgresCluster.ExecuteAsync(_cluster.AdminConnectionString, $"DROP TABLESPACE {_tablespace}");
        }
        finally
        {
            await RunAsync("umount", _directory);
        }
    }

    private static async Task RunAsync(params string[] command)
    {
        // If the tests do not run as root, they may use sudo without a password, as test.sh does to install packages.
        string[] line = Environment.IsPrivilegedProcess ? command : ["sudo", "-n", .. command];
        using Process process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardError = true })!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"'{string.Join(' ', line)}' ended with {process.ExitCode}: {errors}");
    }
}
