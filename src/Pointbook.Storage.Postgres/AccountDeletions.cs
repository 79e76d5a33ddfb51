using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The accounts of a round whose rows are deleted because the accounts were erased, and the erasures to add to the list. Used once.</summary>
internal sealed class AccountDeletions(int partition)
{
    private static readonly string[] Tables = ["account", "account_chunk", "damaged_account"];

    private readonly List<string> _accounts = [];
    private readonly List<AccountErasure> _erasures = [];

    /// <summary>Whether there are no such accounts.</summary>
    public bool IsEmpty => _accounts.Count == 0;

    /// <summary>Adds an account.</summary>
    public void Add(AccountId account, IReadOnlyList<AccountErasure> erasures)
    {
        _accounts.Add(account.Value);
        _erasures.AddRange(erasures);
    }

    /// <summary>Adds the statements, if there are any.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        if (IsEmpty)
        {
            return;
        }

        foreach (string table in Tables)
        {
            batch.Add($"DELETE FROM {table} WHERE partition = $1 AND account = ANY ($2)").AddInt(partition).AddTexts([.. _accounts]);
        }

        if (_erasures.Count > 0)
        {
            long[] openings = [.. _erasures.Select(erasure => erasure.Opening.Value)];
            batch.Add("DELETE FROM operation WHERE partition = $1 AND opening = ANY ($2)").AddInt(partition).AddBigints(openings);
            batch.Add(
                """
                INSERT INTO erasure (partition, sequence, opening)
                SELECT $1, sequence, opening FROM unnest($2::bigint[], $3::bigint[]) AS written (sequence, opening)
                ON CONFLICT (partition, sequence) DO NOTHING
                """).AddInt(partition).AddBigints([.. _erasures.Select(erasure => erasure.Sequence.Value)]).AddBigints(openings);
        }
    }
}
