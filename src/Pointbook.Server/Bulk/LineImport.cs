using System.Buffers;
using System.IO.Pipelines;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.Bulk;

/// <summary>One import: reads lines, sends them to the ledger, and reports refused lines. Not thread-safe.</summary>
internal sealed class LineImport : IDisposable
{
    private readonly HttpContext _context;
    private readonly BulkOptions _options;
    private readonly HttpOptions _httpOptions;
    private readonly LineReader _lines;
    private readonly LineReply _reply;
    private readonly LineWindow _window;
    private readonly byte[] _line;
    private readonly BulkTransactionReader _reader;
    private readonly CallerWatch _watch;
    private readonly CancellationToken _stopping;
    private long _lastLine;

    public LineImport(
        HttpContext context, ILedger ledger, BulkOptions options, HttpOptions httpOptions, CallerWatch watch, TimeProvider clock, CancellationToken stopping)
    {
        _reader = new BulkTransactionReader(context);
        _watch = watch;
        _stopping = stopping;
        _context = context;
        _options = options;
        _httpOptions = httpOptions;
        _lines = new LineReader(context.Request.BodyReader, options.LineSizeMax);
        _reply = new LineReply(context.Response);
        _window = new LineWindow(ledger, options, clock, _reply.Add, stopping);
        _line = new byte[options.LineSizeMax];
    }

    /// <summary>Why the import stopped before the last line; null if it did not.</summary>
    public ProblemReply? Stopped => _window.Stopped;

    /// <summary>Runs the import and replies. If the client has disconnected, only the lines that were read completely are executed.</summary>
    /// <param name="gone">Signals that the client has lost access, or that the server stops.</param>
    public async Task RunAsync(CancellationToken gone)
    {
        try
        {
            await ReadAsync(gone);
        }
        catch (BadHttpRequestException exception)
        {
            _window.Stop(ProblemMiddleware.From(exception, _httpOptions));
        }
        catch (Exception) when (_context.RequestAborted.IsCancellationRequested)
        {
            // The client has disconnected. An incomplete line was not sent to the ledger.
        }

        BulkSummary summary = await _window.EndAsync(_lastLine);
        if (!_context.RequestAborted.IsCancellationRequested)
        {
            await _reply.EndAsync(summary);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reply.Dispose();

    private async Task ReadAsync(CancellationToken gone)
    {
        bool isEnd = false;
        while (!isEnd && _window.Stopped is null)
        {
            Task<ReadResult> reading = _lines.ReadAsync();
            await _window.SettleUntilAsync(reading);
            ReadResult result = await reading;
            _lines.Begin(result);
            if (await _watch.FindFaultAsync(_context.Caller()) is { } fault)
            {
                PartialRefusals.Of(_context).EndWith(fault);
                _window.Stop(fault);
            }
            else if (gone.IsCancellationRequested)
            {
                // If the server is not stopping, it could not check for a moment whether the client still has access.
                _window.Stop(_stopping.IsCancellationRequested ? RefusalReplies.From(new Refusal(RefusalCode.ShuttingDown)) : Credentials.KeysUnavailable());
            }

            await TakeLinesAsync();
            _lines.End();
            isEnd = result.IsCompleted;
        }
    }

    private async ValueTask TakeLinesAsync()
    {
        while (_window.Stopped is null && _lines.TryRead(out ReadOnlySequence<byte> line, out bool isTooLong))
        {
            if (!isTooLong && IsBlank(line))
            {
                _lastLine++;
            }
            else if (await _window.MakeRoomAsync())
            {
                await _window.AddAsync(new BulkWrite(++_lastLine, Parse(line, isTooLong)));
            }
        }
    }

    private Parsed<AddTransaction> Parse(in ReadOnlySequence<byte> line, bool isTooLong)
    {
        if (isTooLong)
        {
            return new ProblemReply(ProblemTable.LineTooLong, $"The line is longer than {_options.LineSizeMax} bytes. Send one transaction per line.");
        }

        if (line.IsSingleSegment)
        {
            return _reader.Read(line.FirstSpan, "line");
        }

        line.CopyTo(_line);
        return _reader.Read(_line.AsSpan(0, (int)line.Length), "line");
    }

    private static bool IsBlank(in ReadOnlySequence<byte> line)
    {
        foreach (ReadOnlyMemory<byte> segment in line)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }
}
