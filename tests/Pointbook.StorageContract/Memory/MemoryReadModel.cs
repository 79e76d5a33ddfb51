using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>A read model in memory. Thread-safe. Disposing of it keeps its contents.</summary>
public sealed class MemoryReadModel : IReadModel
{
    private readonly Lock _lock = new();
    private readonly List<Tables> _generations = [];
    private readonly List<Tables> _left = [];
    private long _lastNumber;

    /// <summary>How many generations that no longer exist have left something.</summary>
    public int LeftCount
    {
        get
        {
            lock (_lock)
            {
                return _left.Count;
            }
        }
    }

    /// <summary>How many generations exist.</summary>
    public int GenerationCount
    {
        get
        {
            lock (_lock)
            {
                return _generations.Count;
            }
        }
    }

    /// <summary>Whether rounds of a generation that is being built fail for lack of space.</summary>
    public bool IsFull { get; set; }

    /// <inheritdoc/>
    public ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken) => Do(
        () => new ReadModelState(_generations.FindLast(tables => tables.IsComplete)?.Generation, _generations.FindLast(tables => !tables.IsComplete)?.Generation),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken) => Do(
        () => _generations.Find(tables => tables.Generation == generation) is { } found
            && (IsFull && !found.IsComplete ? throw new ReadModelFullException("Scripted: no space.") : found.TryAdd(round)),
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken) => await Do(
        () =>
        {
            if (Find(generation) is { Generation.Damage: null } found)
            {
                found.Generation = found.Generation with { Damage = damage };
            }

            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken) => Do(
        () =>
        {
            if (_generations.Exists(tables => tables.IsComplete && tables.Generation.Damage is null))
            {
                return null;
            }

            if (_generations.Find(tables => !tables.IsComplete) is not { } building)
            {
                building = new Tables(++_lastNumber);
                _generations.Add(building);
            }

            return building.Generation;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken) => Do(
        () =>
        {
            if (Find(building) is not { IsComplete: false } built)
            {
                return false;
            }

            built.IsComplete = true;
            Remove(tables => tables != built);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken) =>
        await Do(() => Remove(tables => tables.Generation.Number == generation.Number), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken) => Do(
        () =>
        {
            bool isAny = _left.Count > 0;
            _left.RemoveRange(0, isAny ? 1 : 0);
            return isAny;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken) => await Do(() => true, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) => Do(
        () => new PayerTotals(
            Serving.Generation.Position,
            [
                .. Serving.Read().Totals
                    .Where(total => (query.Only is null || total.Payer == query.Only) && (query.After is null || total.Payer > query.After))
                    .Take(query.CountMax)
                    .Select(total => new PayerTotal(total.Payer, total.Points, total.Outstanding)),
            ]),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) => Do(
        () =>
        {
            PayerTables sums = Serving.Read();
            return new PayerDays(
                Serving.Generation.Position,
                sums.Totals.Where(total => total.Payer == payer).Select(total => new PayerTotal(payer, total.Points, total.Outstanding)).SingleOrDefault(),
                [.. sums.Flows.Where(flow => flow.Key.Payer == payer && flow.Key.RecordedOn < before)],
                [.. sums.Stocks.Where(stock => stock.Key.Payer == payer && stock.Key.RecordedOn < before)]);
        },
        cancellationToken);

    /// <summary>Reads everything of the generation that answers queries.</summary>
    public PayerTables ReadTables()
    {
        lock (_lock)
        {
            return Serving.Read();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Tables Serving => _generations.FindLast(tables => tables.IsComplete) ?? throw new ReadModelBehindException();

    private bool Remove(Predicate<Tables> match)
    {
        _left.AddRange(_generations.FindAll(match));
        return _generations.RemoveAll(match) > 0;
    }

    private Tables? Find(ReadModelGeneration generation) => _generations.Find(tables => tables.Generation.Number == generation.Number);

    private ValueTask<T> Do<T>(Func<T> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new ValueTask<T>(act());
        }
    }

    private sealed class Tables(long number)
    {
        private readonly Dictionary<PayerName, PayerTotalChange> _totals = [];
        private readonly Dictionary<PayerFlow, Int128> _flows = [];
        private readonly Dictionary<PayerStock, Int128> _stocks = [];

        public ReadModelGeneration Generation { get; set; } = new(number, Guid.NewGuid(), default);

        public bool IsComplete { get; set; }

        public bool TryAdd(ReadModelRound round)
        {
            if (Generation.Position != round.After)
            {
                return false;
            }

            foreach (PayerTotalChange change in round.Sums.Totals)
            {
                PayerTotalChange old = _totals.GetValueOrDefault(change.Payer, new PayerTotalChange(change.Payer, 0, 0));
                _totals[change.Payer] = old with { Points = old.Points + change.Points, Outstanding = old.Outstanding + change.Outstanding };
            }

            foreach ((PayerFlow flow, Int128 points) in round.Sums.Flows)
            {
                _flows[flow] = _flows.GetValueOrDefault(flow) + points;
            }

            foreach ((PayerStock stock, Int128 points) in round.Sums.Stocks)
            {
                _stocks[stock] = _stocks.GetValueOrDefault(stock) + points;
            }

            Generation = Generation with { Position = round.End };
            return true;
        }

        public PayerTables Read() => new(_totals.Values, _flows, _stocks);
    }
}
