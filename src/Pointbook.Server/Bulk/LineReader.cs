using System.Buffers;
using System.IO.Pipelines;

namespace Pointbook.Server.Bulk;

/// <summary>Takes a body apart into lines, of which it holds one at most. Not thread-safe.</summary>
/// <param name="body">The body.</param>
/// <param name="sizeMax">The longest line that is handed out, in bytes.</param>
internal sealed class LineReader(PipeReader body, int sizeMax)
{
    private ReadOnlySequence<byte> _buffer;
    private bool _isEnd;
    private bool _isTooLong;

    /// <summary>Reads on in the body.</summary>
    public Task<ReadResult> ReadAsync() => body.ReadAsync().AsTask();

    /// <summary>Begins to hand out the lines of what was read.</summary>
    public void Begin(in ReadResult result) => (_buffer, _isEnd) = (result.Buffer, result.IsCompleted);

    /// <summary>Hands out the next line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="isTooLong">Whether it was too long; then <paramref name="line"/> is a part of it at most.</param>
    /// <returns>Whether there was one. If not, the body has to be read on.</returns>
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

    /// <summary>Gives back what was read, apart from the beginning of a line whose end is still to come.</summary>
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
