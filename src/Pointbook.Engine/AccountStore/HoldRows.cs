using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Puts the holds of one account together out of their rows, and checks that these agree. Used once; not thread-safe.</summary>
public sealed class HoldRows
{
    private readonly List<(Sequence Spend, Instant EndsAt, Points Points)> _holds = [];
    private readonly Dictionary<Sequence, List<HeldDraw>> _draws = [];

    /// <summary>Adds a hold. They come in the order in which <see cref="ToHolds"/> gives them back.</summary>
    /// <param name="spend">The first entry of its spend.</param>
    /// <param name="endsAt">When it ends.</param>
    /// <param name="points">How many points its row says it holds.</param>
    public void Add(Sequence spend, Instant endsAt, Points points) => _holds.Add((spend, endsAt, points));

    /// <summary>Adds a draw, before or after its hold. The draws of a hold come in the order of lots.</summary>
    /// <param name="spend">The first entry of its spend.</param>
    /// <param name="draw">What it drew.</param>
    public void AddDraw(Sequence spend, HeldDraw draw)
    {
        if (!_draws.TryGetValue(spend, out List<HeldDraw>? draws))
        {
            draws = [];
            _draws.Add(spend, draws);
        }

        draws.Add(draw);
    }

    /// <summary>The holds, each with its draws.</summary>
    /// <exception cref="InvalidRowException">The draws of a hold are not what its row says, or draws have no hold.</exception>
    public IReadOnlyList<HoldSnapshot> ToHolds()
    {
        List<HoldSnapshot> holds = new(_holds.Count);
        foreach ((Sequence spend, Instant endsAt, Points points) in _holds)
        {
            if (!_draws.TryGetValue(spend, out List<HeldDraw>? draws))
            {
                throw new InvalidRowException($"the pending spend {spend} has no draws");
            }

            Int128 drawn = draws.Aggregate(Int128.Zero, (sum, draw) => sum + draw.Points.Value);
            if (drawn != points.Value)
            {
                throw new InvalidRowException($"the pending spend {spend} holds {points} points and has drawn {drawn}");
            }

            holds.Add(new HoldSnapshot(spend, endsAt, draws));
        }

        return _draws.Count == holds.Count ? holds : throw new InvalidRowException($"there are draws of entry {FindOrphan()}, which holds nothing");
    }

    private Sequence FindOrphan() => _draws.Keys.Except(_holds.Select(hold => hold.Spend)).Min();
}
