using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Adds up the journal of a partition from its raw rows, without any code of the ledger, and checks that it obeys the rules.</summary>
internal sealed class Auditor(RawDatabase journal, int partition = 0)
{
    private readonly AuditedChain _chain = new(journal, partition);
    private readonly Dictionary<string, AuditedAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Account, string Key), Operation> _keys = [];
    private readonly Dictionary<long, Operation> _operations = [];

    public int Partition => partition;

    /// <summary>The last entry of the journal.</summary>
    public long Last => _chain.Last;

    /// <summary>The seal of the last commit.</summary>
    public byte[] Seal => _chain.Seal;

    /// <summary>When the last commit was recorded.</summary>
    public long RecordedAt => _chain.RecordedAt;

    public IReadOnlyDictionary<string, AuditedAccount> Accounts => _accounts;

    public IReadOnlyDictionary<(string Account, string Key), Operation> Keys => _keys;

    /// <summary>The operations by the sequence of their first entry.</summary>
    public IReadOnlyDictionary<long, Operation> Operations => _operations;

    /// <summary>Reads what was appended to the journal since the last read.</summary>
    /// <returns>The new operations.</returns>
    public IReadOnlyList<Operation> ReadNew() => [.. _chain.ReadNew().SelectMany(commit => Add(commit.Commit, commit.Entries))];

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
        Require(operation.Rows.All(row => row.Account == header.Account), $"The operation of the {header} is about several accounts.");
        Require(header.Key is null || _keys.TryAdd((header.Account, header.Key), operation), $"The key of the {header} was used before.");
        if (!_accounts.TryGetValue(header.Account, out AuditedAccount? account))
        {
            account = new AuditedAccount(header.Account);
            _accounts.Add(header.Account, account);
        }

        account.Add(operation);
        _operations.Add(header.Sequence, operation);
        return operation;
    }

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }
}
