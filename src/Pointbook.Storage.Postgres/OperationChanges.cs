using Npgsql;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The operations of many accounts as columns. Used once.</summary>
internal sealed class OperationChanges(int partition)
{
    private const string AddOperationsSql =
        """
        INSERT INTO operation (partition, opening, first_sequence)
        SELECT $3, opening, first_sequence
        FROM unnest($1::bigint[], $2::bigint[]) AS written (opening, first_sequence)
        """;

    private readonly List<long> _openings = [];
    private readonly List<long> _operations = [];

    /// <summary>Adds operations of an account.</summary>
    /// <param name="opening">The first entry of the account.</param>
    /// <param name="operations">The first entries of the operations.</param>
    public void Add(Sequence opening, IReadOnlyList<Sequence> operations)
    {
        foreach (Sequence operation in operations)
        {
            _openings.Add(opening.Value);
            _operations.Add(operation.Value);
        }
    }

    /// <summary>Adds the statement that writes them, if there are any.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        if (_operations.Count > 0)
        {
            batch.Add(AddOperationsSql).AddBigints([.. _openings]).AddBigints([.. _operations]).AddInt(partition);
        }
    }
}
