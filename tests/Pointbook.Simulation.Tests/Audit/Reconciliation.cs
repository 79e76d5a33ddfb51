using System.Globalization;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares the requests and replies of clients with the journal.</summary>
internal sealed class Reconciliation(WriteLog log)
{
    private readonly Dictionary<long, Write> _transactions = [];
    private readonly Dictionary<long, Write> _spends = [];
    private readonly Dictionary<string, Write> _flushes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Write> _erasures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _flushesRecorded = new(StringComparer.Ordinal);

    // The account keys that the clients used for accounts that are erased, by the first entries of the accounts.
    private readonly Dictionary<(int Partition, long Opening), string> _erased = [];

    /// <summary>Matches operations of the journal with writes, and checks all writes of the log.</summary>
    /// <exception cref="AuditException">The journal lacks a write, has it twice or differently, or has one that no client sent.</exception>
    public void Check(IReadOnlyList<Operation> operations)
    {
        Index();
        // The reference of an erasure stays. It tells which account key the other operations of the account had.
        foreach (Operation erasure in operations.Where(operation => operation.Kind == "erasure"))
        {
            _erased.Add((erasure.Partition, erasure.Header.Opening), _erasures.GetValueOrDefault(erasure.Header.Reference ?? "")?.Account ?? "");
        }

        foreach (Operation operation in operations)
        {
            Match(operation);
        }

        ILookup<string, Write> sent = log.Writes.Where(write => write.Kind == WriteKind.Flush && write.Key is null).ToLookup(write => write.Account, StringComparer.Ordinal);
        foreach ((string account, int recorded) in _flushesRecorded)
        {
            Require(recorded <= sent[account].Count(), $"There are {recorded} flushes of {account}, and {sent[account].Count()} were sent.");
        }

        foreach (Write write in log.Writes)
        {
            Check(write);
        }
    }

    private static void Check(Write write)
    {
        switch (write.State)
        {
            case WriteState.Done when write.Kind != WriteKind.Flush:
                Require(write.Recorded is not null, $"The journal lacks {write}.");
                ReplyAudit.Check(write);
                break;
            case WriteState.Done when write.Key is not null:
                // A flush with a key is in the journal even if the account was empty.
                Require(write.Recorded is not null, $"The journal lacks {write}.");
                break;
            case WriteState.Refused when !write.IsInDoubt:
                Require(write.Recorded is null, $"The journal has {write}.");
                break;
        }
    }

    private void Index()
    {
        foreach (Write write in log.Writes)
        {
            switch (write.Kind)
            {
                case WriteKind.Add:
                    _transactions[write.OccurredAt] = write;
                    break;
                case WriteKind.Spend:
                    _spends[write.Points] = write;
                    break;
                case WriteKind.Flush when write.Key is not null:
                    _flushes[write.Key] = write;
                    break;
                case WriteKind.Erase:
                    _erasures[write.Reference!] = write;
                    break;
            }
        }
    }

    private void Match(Operation operation)
    {
        JournalRow header = operation.Header;
        string account = AuditedName.IsErased(header.Account) ? _erased.GetValueOrDefault((operation.Partition, header.Opening), "") : header.Account;
        if (header is { Kind: "flush", HasKey: false })
        {
            Require(account == WriteLog.ClassicAccount || WriteLog.IsErasable(account), $"No client sent the {header}.");
            _flushesRecorded[account] = _flushesRecorded.GetValueOrDefault(account) + 1;
            return;
        }

        Write? write = header.Kind switch
        {
            "spend" => _spends.GetValueOrDefault(-operation.Draws.Sum(row => row.Points)),
            "flush" => _flushes.GetValueOrDefault(header.Key!),
            "erasure" => _erasures.GetValueOrDefault(header.Reference ?? ""),
            _ => _transactions.GetValueOrDefault(header.OccurredAt!.Value),
        };
        bool isSent = write is not null
            && write.Account == account
            && (write.Key == header.Key || (header.Key is null && header.HasKey && write.Key is not null && _erased.ContainsKey((operation.Partition, header.Opening))))
            && (write.Kind != WriteKind.Add || (write.Payer == header.Payer && write.Points == header.Points));
        Require(isSent, $"No client sent the {header}.");
        Require(write!.Recorded is null, $"The journal contains twice {write}: {write.Recorded?.Header} and {header}.");
        write.Recorded = operation;
    }

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }
}
