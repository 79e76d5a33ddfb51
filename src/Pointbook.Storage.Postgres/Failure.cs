using System.Data;
using System.Net.Sockets;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Classifies failures of the driver.</summary>
internal static class Failure
{
    /// <summary>Whether the database failed or was unreachable. Every other failure is a bug, or the store was closed.</summary>
    public static bool IsOfDatabase(Exception failure) =>
        failure is NpgsqlException or IOException or SocketException or TimeoutException;

    /// <summary>Whether a connection broke between two statements, which the driver reports as misuse. The caller must ask before it disposes of the connection.</summary>
    public static bool IsOfConnection(Exception failure, NpgsqlConnection connection) =>
        failure is InvalidOperationException && (connection.FullState & (ConnectionState.Open | ConnectionState.Broken)) != ConnectionState.Open;

    /// <summary>The exception for a connection that broke between two statements, like the driver's for one that breaks within a statement.</summary>
    public static NpgsqlException OfConnection(Exception failure) => new("The connection was lost.", new IOException(failure.Message, failure));

    /// <summary>Whether the rows of an account cannot take a round's changes: a row exists that must not exist, or is missing, or a sum overflows.</summary>
    public static bool IsOfRows(Exception failure) => failure
        is AccountDamagedException or InvalidRowException or PostgresException { SqlState: PostgresErrorCodes.NumericValueOutOfRange }
        || (failure is PostgresException { SqlState: var state } && state.StartsWith("23", StringComparison.Ordinal));

    /// <summary>Whether the database server may have committed what was sent.</summary>
    /// <remarks>
    /// An ERROR ends the transaction, and none can occur once the commit record is written. If the session
    /// ended, or no reply arrived, the server may have continued further than the client knows.
    /// https://www.postgresql.org/docs/current/protocol-flow.html
    /// </remarks>
    public static bool IsOutcomeUnknown(Exception failure) => failure is not PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Describes a failure in one line, with advice where there is any.</summary>
    public static string Say(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
            $"{refused.MessageText}. Grant the user CREATE on the schema, or make it the owner of the database.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            $"{refused.MessageText}. Check the user and the password.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } refused =>
            $"{refused.MessageText}. Create it, or use another one.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } refused =>
            $"{refused.MessageText}. Increase max_connections of PostgreSQL, or decrease the connection limits of Pointbook.",
        PostgresException refused => refused.MessageText,
        _ => $"{failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Check that the database server is running and reachable.",
    };

    /// <summary>The exception for a database that cannot be opened.</summary>
    public static StoreException OfOpening(string name, Exception failure) => new($"Pointbook can't use the database {name}: {Say(failure)}", failure);

    /// <summary>The engine's exception for a failed append.</summary>
    public static JournalException OfAppending(int partition, Sequence first, Sequence last, bool isOutcomeUnknown, Exception failure) =>
        new($"Pointbook could not append entries {first} to {last} of partition {partition}: {failure.Message}", isOutcomeUnknown, failure);

    /// <summary>The engine's exception for a failure of an account store.</summary>
    public static StorageFailureException OfAccountStore(int partition, Exception failure) =>
        new($"Pointbook could not use the account store of partition {partition}: {failure.Message}", failure);

    /// <summary>The engine's exception for a failed read.</summary>
    public static JournalException OfReading(int partition, Exception failure) =>
        new($"Pointbook could not read the journal of partition {partition}: {failure.Message}", isOutcomeUnknown: false, failure);

    /// <summary>The exception for a part of a journal with a value that no version writes.</summary>
    public static JournalDamagedException OfContent(int partition, InvalidRowException fault, Sequence first, Sequence last, Guid? commit) =>
        new(partition, $"The journal of partition {partition} differs from what was committed as entries {first} to {last}: {fault.Message}.", fault)
        {
            First = first,
            Last = last,
            Commit = commit,
        };
}
