using System.Data.Common;
using System.Net.Sockets;
using Pointbook.Engine;

namespace Pointbook.Server.CommandLine;

/// <summary>Distinguishes failures of a store, which may be temporary, from altered journals.</summary>
internal static class StoreFailure
{
    /// <summary>Whether a database failed in a way that may end by itself, such as a lost connection or a restart.</summary>
    public static bool IsTransient(Exception failure) => Causes(failure).Any(static cause => cause is DbException { IsTransient: true } or SocketException or TimeoutException);

    /// <summary>Whether no server answered at an address.</summary>
    public static bool IsUnreachable(Exception failure) => Causes(failure).Any(static cause => cause is SocketException);

    private static IEnumerable<Exception> Causes(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    /// <summary>Whether the store failed or could not be reached.</summary>
    public static bool IsOfStore(Exception failure) => failure switch
    {
        StorageFailureException { InnerException: { } cause } => IsOfStore(cause),
        DbException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };
}
