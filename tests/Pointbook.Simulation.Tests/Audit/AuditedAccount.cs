namespace Pointbook.Simulation.Tests.Audit;

/// <summary>One account, added up from the rows of the journal alone.</summary>
internal sealed class AuditedAccount(string name)
{
    private readonly Dictionary<string, AuditedPayer> _payers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<LotPlace, AuditedLot> _open = [];
    private readonly Dictionary<long, LotPlace> _places = [];
    private readonly Dictionary<long, JournalRow> _credits = [];

    /// <summary>The account key. If an erasure removed it before the auditor read it, the name of the erased account.</summary>
    public string Name => name;

    /// <summary>Whether the last operation erased the account.</summary>
    public bool IsErased { get; private set; }

    /// <summary>The operations of the account.</summary>
    public AuditedHistory History { get; } = new();

    /// <summary>The first entry of the account.</summary>
    public long Opening => History.Operations[0].Header.Sequence;

    /// <summary>The first entry of the account's last operation; 0 if there is none.</summary>
    public long LastOperation => History.Operations.Count == 0 ? 0 : History.Operations[^1].Header.Sequence;

    public long StandsAt { get; private set; }

    /// <summary>The payers that have a line in the balance, in the order of the balance.</summary>
    public IEnumerable<AuditedPayer> Payers => _payers.Values.OrderBy(payer => payer.First);

    /// <summary>The lots of which something is left, in order.</summary>
    public IEnumerable<KeyValuePair<LotPlace, AuditedLot>> OpenLots => _open;

    public long Points => _payers.Values.Sum(payer => payer.Points);

    public IEnumerable<KeyValuePair<string, long>> Balance => Payers.Select(payer => KeyValuePair.Create(payer.Name, payer.Points));

    /// <summary>Adds up one operation and checks what must hold after it.</summary>
    public void Add(Operation operation)
    {
        Require(
            operation.Header.PreviousOperation == LastOperation,
            operation.Header,
            $"follows operation {operation.Header.PreviousOperation} as it says itself, and operation {LastOperation} in the journal");
        Require(!IsErased, operation.Header, $"comes after the erasure of its account");
        Require(operation.Header.BalanceBefore == Points, operation.Header, $"says that the account had {operation.Header.BalanceBefore}, which had {Points}");
        foreach (JournalRow row in operation.Rows)
        {
            Add(row);
        }

        foreach (string payer in operation.Rows.Select(row => row.Payer).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            Check(operation, _payers[payer]);
        }

        foreach (LotPlace empty in operation.Rows.Where(row => row.Lot is not null).Select(row => _places[row.Lot!.Value]).Distinct())
        {
            Require(_open[empty].Remaining >= 0, operation.Header, $"leaves {_open[empty].Remaining} in lot {empty.Sequence}");
            if (_open[empty].Remaining == 0)
            {
                _open.Remove(empty);
            }
        }

        History.Add(operation);
        switch (operation.Kind)
        {
            case "spend":
                CheckSpend(operation);
                break;
            case "flush":
                EndFlush(operation);
                break;
            case "erasure":
                // So the account has neither points nor pending spends.
                Require(_payers.Count == 0, operation.Header, $"erases an account that has payers");
                IsErased = true;
                break;
            case "expiry":
                Require(!_open.ContainsKey(_places[operation.Header.Lot!.Value]), operation.Header, $"leaves something in a lot that has expired");
                break;
        }
    }

    private void Add(JournalRow row)
    {
        StandsAt = row.Sequence;
        CheckForm(row);
        if (row.Payer is null)
        {
            return;
        }

        if (!_payers.TryGetValue(row.Payer, out AuditedPayer? payer))
        {
            payer = new AuditedPayer(row.Payer, row.Sequence);
            _payers.Add(row.Payer, payer);
        }

        checked
        {
            payer.Points += row.Points;
            payer.Outstanding += row.LotPoints - row.Points;
            payer.InLots += row.LotPoints;
        }

        if (row.Lot is not null)
        {
            AddToLot(row, payer, row.Lot.Value);
        }
    }

    private void AddToLot(JournalRow row, AuditedPayer payer, long sequence)
    {
        LotPlace place = new(row.OccurredAt!.Value, sequence);
        if (row.Kind == "credit")
        {
            _places.Add(sequence, place);
            _credits.Add(sequence, row);
            _open.Add(place, new AuditedLot(row.Payer!, row.ExpiresAt) { Remaining = row.LotPoints });
            return;
        }

        Require(_places.TryGetValue(sequence, out LotPlace known) && known == place, row, $"names a lot that no credit opened");
        if (!_open.TryGetValue(place, out AuditedLot? lot))
        {
            Require(row.LotPoints > 0, row, $"takes from a lot that is empty");
            lot = new AuditedLot(_credits[sequence].Payer!, _credits[sequence].ExpiresAt);
            _open.Add(place, lot);
        }

        Require(lot.Payer == row.Payer && lot.ExpiresAt == row.ExpiresAt, row, $"has another payer or expiry of the lot than its credit");
        // A spend must not draw points that are needed for outstanding deductions of the payer.
        Require(row.Kind != "draw" || payer.Outstanding == 0, row, $"draws while {payer.Outstanding} deducted points are outstanding");
        lot.Remaining += row.LotPoints;
    }

    /// <summary>Checks what must hold for one row by itself.</summary>
    private static void CheckForm(JournalRow row)
    {
        bool isFirst = row.Operation == row.Sequence;
        bool isLotKnown = row.Payer is not null && row.Lot is not null && row.OccurredAt is not null;
        Require(row.Kind switch
        {
            "credit" => isFirst && isLotKnown && row.Lot == row.Sequence && row.Points > 0 && row.LotPoints == row.Points,
            "deduction" => isFirst && row is { Payer: not null, Lot: null, OccurredAt: not null, Points: < 0, LotPoints: 0 },
            "spend" => isFirst && row is { Payer: null, Lot: null, Points: 0, LotPoints: 0 },
            "draw" => !isFirst && isLotKnown && row.Points < 0 && row.LotPoints == row.Points,
            // A lot that expires may first pay deductions.
            "settlement" => isLotKnown && row is { Points: 0, LotPoints: < 0 } && (!isFirst || row.ExpiresAt is not null),
            "capture" => isFirst && row is { Payer: null, Lot: null, Points: 0, LotPoints: 0, ExpiresAt: null },
            "reversal" => isFirst && row is { Payer: null, Lot: null, Points: 0, LotPoints: 0 },
            "return" => !isFirst && isLotKnown && row.Points > 0 && row.LotPoints == row.Points,
            "expiry" => isLotKnown && row.ExpiresAt is not null && row.Points < 0 && row.LotPoints == row.Points,
            "flush" or "restore" when !isFirst && row.Payer is null => row is { Subject: not null, ExpiresAt: not null, Lot: null, OccurredAt: null, Points: 0, LotPoints: 0 },
            "restore" => row.Payer is not null
                && (row.Lot is null ? row is { Points: 0, LotPoints: 0 } : isLotKnown && row.Points >= 0 && row.LotPoints >= row.Points),
            "flush" when row.Payer is null => isFirst && row is { HasKey: true, Lot: null, OccurredAt: null, Points: 0, LotPoints: 0 },
            "flush" => row.Payer is not null
                && (row.Lot is null ? row is { Points: 0, LotPoints: 0 } : isLotKnown && row.Points <= 0 && row.LotPoints <= row.Points),
            "erasure" => isFirst && row is { Payer: null, Lot: null, OccurredAt: null, ExpiresAt: null, Points: 0, LotPoints: 0 },
            _ => false,
        }, row, $"does not have the form of its kind");
        Require(
            row.Subject is not null == (row.Kind is "capture" or "reversal" || (row.Kind == "restore" && isFirst) || (row is { Kind: "flush" or "restore", Payer: null } && !isFirst)),
            row,
            $"has an unnecessary subject, or lacks one");
        Require(!row.HasKey || isFirst, row, $"has a key in the wrong place");
    }

    private static void Check(Operation operation, AuditedPayer payer)
    {
        Require(payer.Points >= 0, operation.Header, $"leaves {payer.Name} with {payer.Points}");
        Require(payer.Outstanding >= 0, operation.Header, $"leaves {payer.Name} with {payer.Outstanding} outstanding deductions");
        Require(payer.Points == payer.InLots - payer.Outstanding, operation.Header, $"leaves the sums of {payer.Name} apart");
    }

    /// <summary>Checks that a spend draws in lot order, and leaves nothing in any lot before the last one that it draws on.</summary>
    private void CheckSpend(Operation operation)
    {
        LotPlace last = default;
        foreach (JournalRow row in operation.Rows.Skip(1))
        {
            LotPlace place = _places[row.Lot!.Value];
            Require(place.CompareTo(last) >= 0, row, $"is out of lot order");
            last = place;
        }

        Require(operation.Draws.Any(), operation.Header, $"draws nothing");
        Require(_open.Count == 0 || _open.First().Key.CompareTo(last) >= 0, operation.Header, $"left something in an earlier lot");
    }

    private void EndFlush(Operation operation)
    {
        Require(_open.Count == 0, operation.Header, $"left a lot");
        Require(_payers.Values.All(payer => payer is { Points: 0, Outstanding: 0 }), operation.Header, $"left something to a payer");
        Require(
            _payers.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(operation.Rows.Select(row => row.Payer).OfType<string>()),
            operation.Header,
            $"does not have an entry for every payer");
        _payers.Clear();
    }

    private static void Require(bool holds, JournalRow row, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException($"The {row} {otherwise}.");
        }
    }
}

/// <summary>The order of lots: first by timestamp, then by sequence.</summary>
internal readonly record struct LotPlace(long OccurredAt, long Sequence) : IComparable<LotPlace>
{
    public int CompareTo(LotPlace other) =>
        OccurredAt != other.OccurredAt ? OccurredAt.CompareTo(other.OccurredAt) : Sequence.CompareTo(other.Sequence);
}

/// <summary>What is left of a credit.</summary>
internal sealed record AuditedLot(string Payer, long? ExpiresAt)
{
    public long Remaining { get; set; }
}

/// <summary>The sums of one payer in one account.</summary>
internal sealed class AuditedPayer(string name, long first)
{
    public string Name => name;

    /// <summary>The payer's first entry since the latest flush.</summary>
    public long First => first;

    public long Points { get; set; }

    public long Outstanding { get; set; }

    public long InLots { get; set; }
}
