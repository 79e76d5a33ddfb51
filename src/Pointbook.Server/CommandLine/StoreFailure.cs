using System.Data.Common;
using System.Net.Sockets;
using Pointbook.Engine;

namespace Pointbook.Server.CommandLine;

/// <summary>Tells failures of a store, which may pass, from journals that are not what was committed.</summary>
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
