using System.Data;
using System.Net.Sockets;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Tells what a failure of the driver means.</summary>
internal static class Failure
{
    /// <summary>Whether the database failed or could not be reached. Everything else is a bug, or the store was closed.</summary>
    public static bool IsOfDatabase(Exception failure) =>
        failure is NpgsqlException or IOException or SocketException or TimeoutException;

    /// <summary>Whether a connection broke between two statements, which the driver reports as misuse. To be asked before the connection is disposed of.</summary>
    public static bool IsOfConnection(Exception failure, NpgsqlConnection connection) =>
        failure is InvalidOperationException && (connection.FullState & (ConnectionState.Open | ConnectionState.Broken)) != ConnectionState.Open;

    /// <summary>A connection that broke between two statements, as the driver reports those that break within one.</summary>
    public static NpgsqlException OfConnection(Exception failure) => new("The connection broke.", failure);

    /// <summary>Whether the rows of some account cannot take what a round writes: one is there that must not be, or is missing, or a sum does not fit.</summary>
    public static bool IsOfRows(Exception failure) => failure
        is AccountDamagedException or InvalidRowException or PostgresException { SqlState: PostgresErrorCodes.NumericValueOutOfRange }
        || (failure is PostgresException { SqlState: var state } && state.StartsWith("23", StringComparison.Ordinal));

    /// <summary>Whether what was sent may have been committed all the same.</summary>
    /// <remarks>
    /// An ERROR ends the transaction, and nothing can turn into one once the commit record is written. If the session
    /// itself ended, or nothing was heard, the server may have got further than we know.
    /// https://www.postgresql.org/docs/current/protocol-flow.html
    /// </remarks>
    public static bool IsOutcomeUnknown(Exception failure) => failure is not PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>What failed in one line, with what to do where that is known.</summary>
    public static string Say(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
            $"{refused.MessageText}; grant the user CREATE on the schema, or let it own the database.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            $"{refused.MessageText}; check user and password.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } refused =>
            $"{refused.MessageText}; create it, or name another one.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } refused =>
            $"{refused.MessageText}; raise max_connections there, or lower the limits of connections here.",
        PostgresException refused => refused.MessageText,
        _ => $"{failure.Message.ReplaceLineEndings(" ")}; check that the server runs and can be reached.",
    };

    /// <summary>A database that cannot be opened.</summary>
    public static StoreException OfOpening(string name, Exception failure) => new($"The database {name} cannot be used: {Say(failure)}", failure);

    /// <summary>A failure to append, as the engine knows it.</summary>
    public static JournalException OfAppending(int partition, Sequence first, Sequence last, bool isOutcomeUnknown, Exception failure) =>
        new($"Entries {first} to {last} of partition {partition} could not be appended: {failure.Message}", isOutcomeUnknown, failure);

    /// <summary>A failure of a projection, as the engine knows it.</summary>
    public static StorageFailureException OfProjection(int partition, Exception failure) =>
        new($"The projection of partition {partition} could not be used: {failure.Message}", failure);

    /// <summary>A failure to read, as the engine knows it.</summary>
    public static JournalException OfReading(int partition, Exception failure) =>
        new($"The journal of partition {partition} could not be read: {failure.Message}", isOutcomeUnknown: false, failure);

    /// <summary>A part of a journal with a value that nothing writes there.</summary>
    public static JournalDamagedException OfContent(int partition, InvalidRowException fault, Sequence first, Sequence last, Guid? commit) =>
        new(partition, $"The journal of partition {partition} does not hold what was committed as entries {first} to {last}: {fault.Message}.", fault)
        {
            First = first,
            Last = last,
            Commit = commit,
        };
}
