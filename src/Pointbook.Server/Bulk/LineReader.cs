using System.Buffers;
using System.IO.Pipelines;

namespace Pointbook.Server.Bulk;

/// <summary>Splits a body into lines, and holds at most one of them. Not thread-safe.</summary>
/// <param name="body">The body.</param>
/// <param name="sizeMax">The maximum length of a returned line, in bytes.</param>
internal sealed class LineReader(PipeReader body, int sizeMax)
{
    private ReadOnlySequence<byte> _buffer;
    private bool _isEnd;
    private bool _isTooLong;

    /// <summary>Reads more of the body.</summary>
    public Task<ReadResult> ReadAsync() => body.ReadAsync().AsTask();

    /// <summary>Begins to return the lines of what was read.</summary>
    public void Begin(in ReadResult result) => (_buffer, _isEnd) = (result.Buffer, result.IsCompleted);

    /// <summary>Returns the next line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="isTooLong">Whether it is too long; then <paramref name="line"/> is at most a part of it.</param>
    /// <returns>Whether there was a line. If not, the caller must read more of the body.</returns>
    public bool TryRead(out ReadOnlySequence<byte> line, out bool isTooLong)
    {
        (line, isTooLong) = (default, false);
        if (_buffer.PositionOf((byte)'\n') is { } end)
        {
            line = _buffer.Slice(0, end);
            _buffer = _buffer.Slice(_buffer.GetPosition(1, end));
        }
        else if (_isEnd && (_isTooLong || !_buffer.IsEmpty))
        {
            line = _buffer;
            _buffer = _buffer.Slice(_buffer.End);
        }
        else
        {
            LetGoOfTooLong();
            return false;
        }

        isTooLong = _isTooLong || line.Length > sizeMax;
        _isTooLong = false;
        return true;
    }

    /// <summary>Releases what was read, except the beginning of an incomplete line.</summary>
    public void End() => body.AdvanceTo(_buffer.Start, _buffer.End);

    private void LetGoOfTooLong()
    {
        if (_buffer.Length > sizeMax)
        {
            _buffer = _buffer.Slice(_buffer.End);
            _isTooLong = true;
        }
    }
}
