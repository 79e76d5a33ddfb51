using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Adds up the journal of a partition from its raw rows, without any code of the ledger, and checks that it obeys the rules.</summary>
internal sealed class Auditor(RawDatabase journal, int partition = 0)
{
    private readonly AuditedChain _chain = new(journal, partition);
    private readonly Dictionary<string, AuditedAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<long, AuditedAccount> _byOpening = [];
    private readonly List<AuditedAccount> _erased = [];
    private readonly Dictionary<(string Account, string Key), Operation> _keys = [];
    private readonly Dictionary<long, Operation> _operations = [];

    public int Partition => partition;

    /// <summary>The last entry of the journal.</summary>
    public long Last => _chain.Last;

    /// <summary>The seal of the last commit.</summary>
    public byte[] Seal => _chain.Seal;

    /// <summary>When the last commit was recorded.</summary>
    public long RecordedAt => _chain.RecordedAt;

    /// <summary>The accounts that are not erased, by account key.</summary>
    public IReadOnlyDictionary<string, AuditedAccount> Accounts => _accounts;

    /// <summary>The erased accounts, in the order of their erasures.</summary>
    public IReadOnlyList<AuditedAccount> Erased => _erased;

    /// <summary>The idempotency keys of accounts that are not erased.</summary>
    public IReadOnlyDictionary<(string Account, string Key), Operation> Keys => _keys;

    /// <summary>The operations by the sequence of their first entry.</summary>
    public IReadOnlyDictionary<long, Operation> Operations => _operations;

    /// <summary>Reads what was appended to the journal since the last read.</summary>
    /// <returns>The new operations.</returns>
    public IReadOnlyList<Operation> ReadNew()
    {
        Operation[] operations = [.. _chain.ReadNew().SelectMany(commit => Add(commit.Commit, commit.Entries))];
        // An erasure is in the journal before the server overwrites anything.
        string? missing = _accounts.Keys.FirstOrDefault(AuditedName.IsErased);
        Require(missing is null, $"The account key of {missing} is missing, and no entry erases the account.");
        return operations;
    }

    private List<Operation> Add(CommitRow commit, List<JournalRow> rows)
    {
        List<Operation> operations = [];
        for (int start = 0; start < rows.Count;)
        {
            int end = start + 1;
            while (end < rows.Count && rows[end].Operation == rows[start].Sequence)
            {
                end++;
            }

            operations.Add(Add(new Operation(partition, rows.GetRange(start, end - start), commit.DecidedAt, commit.RecordedAt)));
            start = end;
        }

        return operations;
    }

    private Operation Add(Operation operation)
    {
        JournalRow header = operation.Header;
        Require(operation.Rows.All(row => row.Operation == header.Sequence), $"The {header} is apart from its operation.");
        Require(operation.Rows.All(row => row.Opening == header.Opening), $"The operation of the {header} is about several accounts.");
        if (!_byOpening.TryGetValue(header.Opening, out AuditedAccount? account))
        {
            Require(header.Opening == header.Sequence, $"The {header} belongs to an account that no entry opened.");
            account = new AuditedAccount(header.Account);
            _byOpening.Add(header.Opening, account);
            Require(_accounts.TryAdd(account.Name, account), $"The {header} opens an account that exists.");
        }

        Require(header.Key is null || _keys.TryAdd((account.Name, header.Key), operation), $"The key of the {header} was used before.");
        account.Add(operation);
        _operations.Add(header.Sequence, operation);
        if (operation.Kind == "erasure")
        {
            End(account);
        }

        return operation;
    }

    /// <summary>Makes the key of an erased account and its idempotency keys free.</summary>
    private void End(AuditedAccount account)
    {
        _accounts.Remove(account.Name);
        _erased.Add(account);
        foreach (string key in account.History.Operations.Select(operation => operation.Header.Key).OfType<string>())
        {
            _keys.Remove((account.Name, key));
        }
    }

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }
}
