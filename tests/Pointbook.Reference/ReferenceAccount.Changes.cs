using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Reference;

/// <remarks>This part: captures, reversals, flushes, restores and erasures.</remarks>
public sealed partial class ReferenceAccount
{
    private readonly List<Spent> _spends = [];
    private int _flushes;
    private bool _isOpen;
    private int _erasedSpends;
    private int _erasedFlushes;

    // What the latest flush removed; null once another operation has changed the account.
    private Flushed? _undo;

    /// <summary>The points that pending spends have drawn.</summary>
    public Int128 Held => Sum(PendingSpends().SelectMany(spend => spend.Draws).Select(draw => draw.Points));

    /// <summary>The numbers of the pending spends, 1, 2, 3 … among all accepted spends, and when their holds end.</summary>
    public IReadOnlyList<(int Spend, Instant HoldUntil)> Holds => [.. PendingSpends().Select(spend => (spend.Number, spend.HoldUntil!.Value))];

    /// <summary>Whether a reversal or the end of its hold has undone a spend.</summary>
    /// <param name="spend">Its number among all accepted spends of the account.</param>
    public bool IsReversed(int spend) => Find(spend)?.IsReversed == true;

    /// <summary>Makes a pending spend final.</summary>
    /// <param name="spend">Its number among all accepted spends of the account. Any other number stands for an operation that is not a spend.</param>
    public ReferenceRefusal? Capture(int spend)
    {
        if (Find(spend) is not { } found)
        {
            return new ReferenceRefusal(RefusalCode.OperationNotFound);
        }

        RefusalCode? fault = found.IsReversed ? RefusalCode.AlreadyReversed
            : found.IsCaptured ? RefusalCode.AlreadyCaptured
            : found.HoldUntil is null ? RefusalCode.NotPending
            : found.FlushedBy is not null ? RefusalCode.AccountFlushed
            : null;
        if (fault is { } code)
        {
            return new ReferenceRefusal(code);
        }

        found.IsPending = false;
        found.IsCaptured = true;
        ForgetFlush();
        return null;
    }

    /// <summary>Returns everything that a spend has drawn.</summary>
    /// <param name="spend">Its number, as for <see cref="Capture"/>.</param>
    public ReferenceReversal Reverse(int spend)
    {
        if (Find(spend) is not { } found)
        {
            return Refused(RefusalCode.OperationNotFound);
        }

        if (found.IsReversed)
        {
            return Refused(RefusalCode.AlreadyReversed);
        }

        if (found.FlushedBy is not null)
        {
            return Refused(RefusalCode.AccountFlushed);
        }

        Int128 returned = Sum(found.Draws.Select(draw => draw.Points));
        if (!found.IsPending && Total + Held + returned > long.MaxValue)
        {
            return Refused(RefusalCode.PointsOverflow);
        }

        Return(found);
        ForgetFlush();
        return new ReferenceReversal(null, [.. found.Draws.Select(ToReferenceDraw)]);

        static ReferenceReversal Refused(RefusalCode code) => new(new ReferenceRefusal(code), []);
    }

    /// <summary>Empties the account: no lots, no deductions, no payers, no pending spends.</summary>
    /// <param name="hasKey">Whether the command has an idempotency key. If so, it is recorded as a flush even if the account has no payers.</param>
    /// <returns>The number of the flush, 1, 2, 3 …; null if the account has no payers and the command has no key, because nothing is recorded.</returns>
    public int? Flush(bool hasKey = false)
    {
        if (_payers.Count == 0)
        {
            _isOpen |= hasKey;
            return hasKey ? ++_flushes : null;
        }

        _flushes++;
        _undo = new Flushed(_flushes, _credits, _payers, _unsettled);
        (_credits, _payers, _unsettled) = ([], [], []);
        foreach (Spent spend in _spends)
        {
            spend.FlushedBy ??= _flushes;
        }

        return _flushes;
    }

    /// <summary>Restores what a flush removed.</summary>
    /// <param name="flush">Its number. Any other number stands for an operation that is not a flush.</param>
    public ReferenceRefusal? Restore(int flush)
    {
        if (flush <= _erasedFlushes || flush > _flushes)
        {
            return new ReferenceRefusal(RefusalCode.OperationNotFound);
        }

        if (_undo?.Number != flush)
        {
            return new ReferenceRefusal(RefusalCode.AccountMovedOn);
        }

        (_credits, _payers, _unsettled) = (_undo.Credits, _undo.Payers, _undo.Unsettled);
        foreach (Spent spend in _spends.Where(spend => spend.FlushedBy == flush))
        {
            spend.FlushedBy = null;
        }

        ForgetFlush();
        return null;
    }

    /// <summary>Ends the account, and begins another one with the same key. Its counts of spends and flushes continue, and the earlier ones are unknown to it.</summary>
    public ReferenceRefusal? Erase()
    {
        if (!_isOpen)
        {
            return new ReferenceRefusal(RefusalCode.AccountNotFound);
        }

        if (_payers.Count > 0)
        {
            return new ReferenceRefusal(RefusalCode.AccountNotEmpty, Total);
        }

        (_isOpen, _erasedSpends, _erasedFlushes) = (false, _spends.Count, _flushes);
        ForgetFlush();
        return null;
    }

    /// <summary>Whether a spend belongs to an erased account.</summary>
    /// <param name="spend">Its number among all accepted spends.</param>
    public bool IsErased(int spend) => spend <= _erasedSpends;

    private static void Return(Spent spend)
    {
        spend.IsPending = false;
        spend.IsReversed = true;
        foreach (Draw draw in spend.Draws)
        {
            draw.Credit.Left += draw.Points;
        }
    }

    private void ForgetFlush() => _undo = null;

    private Spent? Find(int spend) => spend <= _erasedSpends || spend > _spends.Count ? null : _spends[spend - 1];

    private IEnumerable<Spent> PendingSpends() => _spends.Where(spend => spend.IsPending && spend.FlushedBy is null);

    private sealed class Spent
    {
        public required int Number { get; init; }

        public required List<Draw> Draws { get; init; }

        public required Instant? HoldUntil { get; init; }

        public required bool IsPending { get; set; }

        public bool IsCaptured { get; set; }

        public bool IsReversed { get; set; }

        public int? FlushedBy { get; set; }
    }

    private sealed record Flushed(int Number, List<Credit> Credits, List<PayerName> Payers, Dictionary<PayerName, Int128> Unsettled);
}
