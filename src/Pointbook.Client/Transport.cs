using System.Net.Sockets;

namespace Pointbook.Client;

/// <summary>
/// Turns the failures of a connection into the exceptions that the client documents. HttpClient wraps most of them, but not
/// all: a server that dies while the connection is made can cause a bare <see cref="SocketException"/>.
/// </summary>
internal static class Transport
{
    /// <summary>Runs a step of a call.</summary>
    /// <param name="step">Sends the request, or reads from the reply.</param>
    /// <param name="cancellationToken">The token of the step.</param>
    /// <exception cref="HttpRequestException">The connection failed.</exception>
    /// <exception cref="TimeoutException">A time limit of the HTTP client or of its handler passed.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        try
        {
            return await step(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or SocketException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new HttpRequestException(
                (broken as HttpIOException)?.HttpRequestError ?? HttpRequestError.Unknown, $"The connection to the server broke: {broken.Message}", broken);
        }
        catch (OperationCanceledException late) when (late.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("The server did not answer within the time limit of the HTTP client.", late);
        }
    }
}
