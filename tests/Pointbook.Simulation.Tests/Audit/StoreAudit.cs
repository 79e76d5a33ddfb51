using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Adds up all journals of a store on PostgreSQL, and compares everything else with them.</summary>
internal sealed class StoreAudit
{
    private readonly List<(PostgresDatabase Database, Auditor[] Auditors)> _databases = [];

    /// <summary>Adds up the databases of a store. No server may write meanwhile.</summary>
    public StoreAudit(IReadOnlyList<string> connectionStrings)
    {
        List<Operation> operations = [];
        foreach (PostgresDatabase database in connectionStrings.Select(text => new PostgresDatabase(text)))
        {
            // The database has a position for each of its partitions.
            List<int> partitions = database.Read("SELECT partition FROM account_store_position ORDER BY partition", row => row.GetInt32(0));
            Auditor[] auditors = [.. partitions.Select(partition => new Auditor(database, partition))];
            operations.AddRange(auditors.SelectMany(auditor => auditor.ReadNew()));
            _databases.Add((database, auditors));
        }

        Operations = operations;
        Auditors = [.. _databases.SelectMany(database => database.Auditors).OrderBy(auditor => auditor.Partition)];
        Assert.Equal(Enumerable.Range(0, Auditors.Count), Auditors.Select(auditor => auditor.Partition));
        Assert.All(operations.Where(operation => !AuditedName.IsErased(operation.Header.Account)), operation => Assert.Equal(PartitionOf(operation.Header.Account, Auditors.Count), operation.Partition));
    }

    /// <summary>The auditors, one for each partition, in the order of the partitions.</summary>
    public IReadOnlyList<Auditor> Auditors { get; }

    /// <summary>All operations, in order within each partition.</summary>
    public IReadOnlyList<Operation> Operations { get; }

    public IEnumerable<AuditedAccount> Accounts => Auditors.SelectMany(auditor => auditor.Accounts.Values);

    public long Entries => Auditors.Sum(auditor => auditor.Last);

    /// <summary>Compares seals and account stores with the journals. The account store must already contain every entry.</summary>
    public async Task CheckDerivedAsync()
    {
        Assert.Equal(Auditors.Select(auditor => auditor.Last), await Seals.VerifyAsync([.. _databases.Select(database => database.Database.ConnectionString)]));
        foreach ((PostgresDatabase database, Auditor[] auditors) in _databases)
        {
            AccountStoreAudit.Check(database, auditors);
        }
    }

    /// <summary>Whether the account stores have all entries that were added up, and all erasures are finished.</summary>
    public bool AreErasuresFinished() => _databases.TrueForAll(database => ErasureAudit.IsFinished(database.Database, database.Auditors));

    /// <summary>Checks that all erasures are finished, as the documentation describes it.</summary>
    public void CheckErasures() => _databases.ForEach(database => ErasureAudit.CheckFinished(database.Database, database.Auditors));

    /// <summary>The partition of an account, computed without code of the ledger.</summary>
    public static int PartitionOf(string account, int count) =>
        (int)(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.ASCII.GetBytes(account))) % (uint)count);
}
