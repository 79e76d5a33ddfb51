using System.Data.Common;
using System.Net.Sockets;
using Pointbook.Engine;

namespace Pointbook.Server.CommandLine;

/// <summary>Distinguishes failures of a store, which may be temporary, from altered journals.</summary>
internal static class StoreFailure
{
    /// <summary>Whether the store failed or could not be reached.</summary>
    public static bool IsOfStore(Exception failure) => failure switch
    {
        StorageFailureException { InnerException: { } cause } => IsOfStore(cause),
        DbException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };
}
