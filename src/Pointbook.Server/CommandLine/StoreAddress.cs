using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;

namespace Pointbook.Server.CommandLine;

/// <summary>A store as it is named on the command line. It may hold a password, so it is never shown.</summary>
/// <param name="IsPostgres">Whether it is a PostgreSQL database, otherwise a SQLite directory.</param>
/// <param name="Place">The connection string, or the directory.</param>
internal sealed record StoreAddress(bool IsPostgres, string Place)
{
    /// <summary>How a directory is named.</summary>
    public const string SqliteForm = "sqlite:DIRECTORY";

    /// <summary>How a database is named, by example.</summary>
    public const string PostgresForm = "'postgres:Host=db.example;Database=pointbook;Username=pointbook'";

    /// <summary>The option that names a store to a command that works on one.</summary>
    public static SettingNames Names { get; } = new("--store", "--store");

    private const string SqlitePrefix = "sqlite:";
    private const string PostgresPrefix = "postgres:";
    private static readonly string[] UriPrefixes = ["postgres://", "postgresql://"];

    /// <summary>Reads a store's name.</summary>
    /// <param name="option">The option it is the value of, for the message.</param>
    /// <param name="text">The value.</param>
    /// <exception cref="ArgumentFaultException">It cannot be read as one.</exception>
    public static StoreAddress Parse(string option, string text)
    {
        string? fault = UriPrefixes.Any(prefix => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            ? $"{option} is a URI, which Npgsql does not read; write it as {PostgresForm}, in quotes because of the semicolons."
            : !text.StartsWith(SqlitePrefix, StringComparison.Ordinal) && !text.StartsWith(PostgresPrefix, StringComparison.Ordinal)
            ? $"{option} does not say which store it is; write {SqliteForm} or {PostgresForm}."
            : string.IsNullOrWhiteSpace(text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..])
            ? $"{option} names nothing; write {SqliteForm} or {PostgresForm}."
            : null;
        if (fault is null && text.StartsWith(PostgresPrefix, StringComparison.Ordinal))
        {
            string connectionString = text[PostgresPrefix.Length..];
            return PostgresStore.FaultOf(connectionString) is { } unreadable
                ? throw new ArgumentFaultException($"{option} {unreadable}")
                : new StoreAddress(IsPostgres: true, connectionString);
        }

        return fault is null ? new StoreAddress(IsPostgres: false, text[SqlitePrefix.Length..]) : throw new ArgumentFaultException(fault);
    }

    /// <summary>Only what kind it is.</summary>
    public override string ToString() => IsPostgres ? PostgresPrefix : SqlitePrefix;
}
