using System.Net;
using System.Net.Http.Headers;

namespace Pointbook.Client.Tests.Support;

/// <summary>Replaces the first reply by one whose body breaks off.</summary>
/// <param name="status">The status of that reply.</param>
/// <param name="mediaType">The media type of that reply.</param>
/// <param name="beginning">What arrives before the failure.</param>
/// <param name="failure">Creates the exception of the failure.</param>
internal sealed class BrokenBody(HttpStatusCode status, string mediaType, string beginning, Func<Exception> failure)
    : DelegatingHandler(new SocketsHttpHandler())
{
    private int _requests;

    /// <summary>How many requests the client has sent.</summary>
    public int Requests => _requests;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _requests) > 1)
        {
            return base.SendAsync(request, cancellationToken);
        }

        StreamContent content = new(new BrokenStream(System.Text.Encoding.UTF8.GetBytes(beginning), failure));
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return Task.FromResult(new HttpResponseMessage(status) { Content = content });
    }

    /// <summary>A stream that fails where it should end.</summary>
    private sealed class BrokenStream(byte[] beginning, Func<Exception> failure) : MemoryStream(beginning)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await base.ReadAsync(buffer, cancellationToken);
            return count > 0 ? count : throw failure();
        }

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            await ReadAsync(buffer.AsMemory(offset, count), cancellationToken);

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await base.CopyToAsync(destination, bufferSize, cancellationToken);
            throw failure();
        }
    }
}
