using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;

namespace Pointbook.Server.CommandLine;

/// <summary>A store as named on the command line. It may contain a password, so it is never shown.</summary>
/// <param name="IsPostgres">Whether it is a PostgreSQL database; otherwise it is a SQLite directory.</param>
/// <param name="Place">The connection string, or the directory.</param>
internal sealed record StoreAddress(bool IsPostgres, string Place)
{
    /// <summary>The form that names a directory.</summary>
    public const string SqliteForm = "sqlite:DIRECTORY";

    /// <summary>An example of the form that names a database.</summary>
    public const string PostgresForm = "'postgres:Host=db.example;Database=pointbook;Username=pointbook'";

    /// <summary>The option that names the store for a command on one store.</summary>
    public static SettingNames Names { get; } = new("--store", "--store");

    private const string SqlitePrefix = "sqlite:";
    private const string PostgresPrefix = "postgres:";
    private static readonly string[] UriPrefixes = ["postgres://", "postgresql://"];

    /// <summary>Parses the name of a store.</summary>
    /// <param name="option">The option with this value, for the message.</param>
    /// <param name="text">The value.</param>
    /// <exception cref="ArgumentFaultException">The value is invalid.</exception>
    public static StoreAddress Parse(string option, string text)
    {
        string? fault = UriPrefixes.Any(prefix => text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            ? $"{option} is a URI, which Npgsql does not support. Write {PostgresForm}, in quotes because of the semicolons."
            : !text.StartsWith(SqlitePrefix, StringComparison.Ordinal) && !text.StartsWith(PostgresPrefix, StringComparison.Ordinal)
            ? $"{option} does not name the kind of store. Write {SqliteForm} or {PostgresForm}."
            : string.IsNullOrWhiteSpace(text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..])
            ? $"{option} names no store. Write {SqliteForm} or {PostgresForm}."
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

    /// <summary>Only the kind of store.</summary>
    public override string ToString() => IsPostgres ? PostgresPrefix : SqlitePrefix;
}
