using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Unicode;

namespace Pointbook.Simulation.Tests.Bulk;

/// <summary>The lines of an import, always the same ones, created while the test sends them. Each has its own key.</summary>
/// <remarks>
/// The accounts take turns. Each repeatedly gets three credits and then a deduction of more than two of them. If two lines of an
/// account change places, the server therefore refuses one.
/// </remarks>
internal sealed class LineFile(int lines) : HttpContent
{
    public const int Accounts = 20_000;
    private const int Credit = 5;
    private const int Deduction = -13;
    private const int Turns = 4;
    private const int PieceSize = 65_536;
    private const int LineSizeMax = 256;
    private const string Prefix = "member-";

    /// <summary>The name of an account.</summary>
    public static string NameOf(int account) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{account}");

    /// <summary>How many points an account has after every line was written once.</summary>
    public long PointsOf(int account)
    {
        long own = (lines / Accounts) + (account < lines % Accounts ? 1 : 0);
        return (own * Credit) + (own / Turns * (Deduction - Credit));
    }

    /// <summary>A request that sends all lines.</summary>
    public static HttpRequestMessage NewRequest(Uri server, int lines)
    {
        LineFile file = new(lines);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return new HttpRequestMessage(HttpMethod.Post, new Uri(server, "/v1/transactions")) { Content = file };
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        ArrayBufferWriter<byte> piece = new(PieceSize * 2);
        for (int line = 0; line < lines; line++)
        {
            Write(piece, line);
            if (piece.WrittenCount >= PieceSize)
            {
                await stream.WriteAsync(piece.WrittenMemory, cancellationToken);
                piece.ResetWrittenCount();
            }
        }

        await stream.WriteAsync(piece.WrittenMemory, cancellationToken);
    }

    private static void Write(ArrayBufferWriter<byte> piece, int line)
    {
        int turn = line / Accounts;
        int points = turn % Turns == Turns - 1 ? Deduction : Credit;
        bool isWritten = Utf8.TryWrite(
            piece.GetSpan(LineSizeMax),
            CultureInfo.InvariantCulture,
            $$"""{"account":"{{Prefix}}{{line % Accounts}}","payer":"P{{turn / Turns % 3}}","points":{{points}},"timestamp":"2020-10-31T10:00:00Z","idempotencyKey":"line-{{line}}"}{{'\n'}}""",
            out int length);
        Assert.True(isWritten);
        piece.Advance(length);
    }
}
