using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>The journal: its existing entries and its feed.</content>
public sealed partial class PointbookClient
{
    private const string StreamMediaType = "text/event-stream";

    /// <summary>Reads where the journal of each partition ends.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<JournalHeads> ReadJournalHeadsAsync(CancellationToken cancellationToken = default) =>
        AskAsync("v1/journal", ReplyJson.Default.JournalHeads, cancellationToken);

    /// <summary>
    /// Reads all existing entries of a partition in order. Each commit comes before its entries. The client requests pages
    /// as needed.
    /// </summary>
    /// <param name="partition">The number of the partition, from 0.</param>
    /// <param name="after">The last sequence that the caller already has. 0: from the beginning.</param>
    /// <param name="includeBody">Whether each commit includes its body and its texts.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async IAsyncEnumerable<JournalItem> ReadJournalAsync(
        int partition, long after = 0, bool includeBody = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool isEnd = false;
        while (!isEnd)
        {
            Call call = new(HttpMethod.Get, JournalPath(partition, after, includeBody)) { IsQuestion = true };
            using HttpResponseMessage response = await SendAsync(call, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
            using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
            isEnd = true;
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                JournalItem item = ToItem(line.StartsWith($"{{\"type\":\"{JournalCommit.TypeName}\"", StringComparison.Ordinal), Encoding.UTF8.GetBytes(line));
                (after, isEnd) = (item.Entry?.Sequence ?? after, false);
                yield return item;
            }
        }
    }

    /// <summary>
    /// Follows a partition: returns all existing and new entries, once and in order. Each commit comes before its entries.
    /// The enumeration does not end by itself.
    /// </summary>
    /// <remarks>
    /// If the connection breaks, falls silent or is closed, the client reconnects and continues after the last entry.
    /// </remarks>
    /// <param name="partition">The number of the partition, from 0.</param>
    /// <param name="after">
    /// The last sequence that the caller already has. 0: from the beginning. If it is inside a commit, the server announces
    /// that commit again.
    /// </param>
    /// <param name="includeBody">Whether each commit includes its body and its texts.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="PointbookException">The server refuses the feed.</exception>
    /// <exception cref="HttpRequestException">The client could not reach the server in several attempts.</exception>
    public async IAsyncEnumerable<JournalItem> FollowJournalAsync(
        int partition, long after = 0, bool includeBody = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long announced = 0;
        while (true)
        {
            Call call = new(HttpMethod.Get, JournalPath(partition, after, includeBody)) { IsQuestion = true, Accept = StreamMediaType };
            using HttpResponseMessage response = await SendAsync(call, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            await foreach (JournalItem item in ReadEventsAsync(response, cancellationToken).ConfigureAwait(false))
            {
                // If the connection broke inside a commit, the server announces that commit again. The client skips the repeat.
                if (item.Commit?.LastSequence > announced || item.Entry?.Sequence > after)
                {
                    (announced, after) = (item.Commit?.LastSequence ?? announced, item.Entry?.Sequence ?? after);
                    yield return item;
                }
            }

            await Task.Delay(_options.RetryDelay, _options.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The events of one connection, until it ends for any reason.</summary>
    private async IAsyncEnumerable<JournalItem> ReadEventsAsync(
        HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using WatchedStream stream = new(
            await UnlessBrokenAsync(response.Content.ReadAsStreamAsync, Stream.Null, cancellationToken).ConfigureAwait(false), _options.SilenceMax, _options.Clock);
        SseParser<JournalItem> parser = SseParser.Create(stream, static (type, data) => ToItem(type == JournalCommit.TypeName, data));
        await using ConfiguredCancelableAsyncEnumerable<SseItem<JournalItem>>.Enumerator events =
            parser.EnumerateAsync(cancellationToken).ConfigureAwait(false).GetAsyncEnumerator();
        while (await UnlessBrokenAsync(async _ => await events.MoveNextAsync(), false, cancellationToken).ConfigureAwait(false))
        {
            yield return events.Current.Data;
        }
    }

    /// <summary>Runs a step of a connection. If the connection has ended for any reason, returns what stands for its end.</summary>
    private static async Task<T> UnlessBrokenAsync<T>(Func<CancellationToken, Task<T>> step, T end, CancellationToken cancellationToken)
    {
        try
        {
            return await Transport.RunAsync(step, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception interrupted) when (interrupted is HttpRequestException or TimeoutException)
        {
            return end;
        }
    }

    private static JournalItem ToItem(bool isCommit, ReadOnlySpan<byte> json) => isCommit
        ? new JournalItem(JsonSerializer.Deserialize(json, ReplyJson.Default.JournalCommit), null)
        : new JournalItem(null, JsonSerializer.Deserialize(json, ReplyJson.Default.JournalEntry));

    private static string JournalPath(int partition, long after, bool includeBody) =>
        new QueryText(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"v1/journal/{partition}"))
            .Add("after", after).Add("include", includeBody ? "body" : null).ToString();
}
