namespace Pointbook.Client.Tests.Support;

/// <summary>Sends requests to the server, except for the first ones, which fail before they leave this process.</summary>
/// <param name="failure">Creates the exception of a failure.</param>
/// <param name="count">How many requests fail.</param>
internal sealed class FailingHandler(Func<Exception> failure, int count) : DelegatingHandler(new SocketsHttpHandler())
{
    private int _requests;

    /// <summary>How many requests the client has sent.</summary>
    public int Requests => _requests;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Interlocked.Increment(ref _requests) <= count ? throw failure() : base.SendAsync(request, cancellationToken);
}
