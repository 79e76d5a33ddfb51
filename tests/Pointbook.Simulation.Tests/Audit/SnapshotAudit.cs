using System.Security.Cryptography;
using System.Text;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares the snapshots of accounts with the sums of the journals.</summary>
internal static class SnapshotAudit
{
    /// <summary>Compares all accounts of a database.</summary>
    public static void Check(RawDatabase accountStore, IReadOnlyList<AuditedAccount> accounts, IEnumerable<Auditor> audits)
    {
        List<SnapshotRow> rows = accountStore.Read(
            "SELECT account, stands_at, next_due, oldest_key, snapshot FROM account ORDER BY account",
            row => new SnapshotRow(row.GetString(0), row.GetInt64(1), row.OptionalInt64(2), row.OptionalInt64(3), row.Bytes(4)));
        ILookup<string, (long Number, byte[] Body)> chunks = accountStore
            .Read("SELECT account, chunk, body FROM account_chunk", row => (Account: row.GetString(0), Chunk: (row.GetInt64(1), row.Bytes(2))))
            .ToLookup(row => row.Account, row => row.Chunk, StringComparer.Ordinal);
        Same(accounts.Select(account => (account.Name, account.StandsAt)), rows.Select(row => (row.Account, row.StandsAt)));
        Assert.All(chunks, account => Assert.Contains(rows, row => row.Account == account.Key));
        ILookup<string, (string Digest, string Hash, long Operation, long DecidedAt)> keys = KeysOf(audits);
        foreach ((AuditedAccount account, SnapshotRow row) in accounts.Zip(rows))
        {
            DecodedSnapshot snapshot = SnapshotDecoder.Decode(row, chunks[row.Account].ToDictionary(chunk => chunk.Number, chunk => chunk.Body));
            Check(account, snapshot);
            Same(keys[row.Account].OrderBy(key => key.Digest, StringComparer.Ordinal), snapshot.Keys);
        }

        CheckDirectory(accountStore, accounts);
    }

    private static void Check(AuditedAccount account, DecodedSnapshot snapshot)
    {
        Assert.Equal(
            (account.Opening, account.LastOperation, account.History.FlushedThrough, account.History.FlushedThroughBefore),
            (snapshot.Opening, snapshot.LastOperation, snapshot.FlushedThrough, snapshot.FlushedThroughBefore));
        Same(
            account.Payers.Select(payer => (payer.Name, payer.Points, payer.Outstanding, payer.First)),
            snapshot.Payers.OrderBy(payer => payer.First));
        Same(account.OpenLots.Select(lot => new DecodedLot(lot.Key, lot.Value.Payer, lot.Value.Remaining, lot.Value.ExpiresAt)), snapshot.Lots);
        Same(account.History.Holds.Select(spend => (spend.Header.Sequence, spend.Header.ExpiresAt!.Value)), snapshot.Holds);
        Same(
            account.History.Holds.SelectMany(spend => spend.Draws.Select(row => (
                spend.Header.Sequence, new DecodedLot(new LotPlace(row.OccurredAt!.Value, row.Lot!.Value), row.Payer!, -row.Points, row.ExpiresAt)))),
            snapshot.Draws);
        Same(account.History.Ends.Select(end => (end.Key, end.Value.Kind, end.Value.Header.Sequence)), snapshot.Ends);
        Assert.Equal(snapshot.Draws.Sum(draw => draw.Draw.Points), snapshot.Held);
    }

    private static ILookup<string, (string Digest, string Hash, long Operation, long DecidedAt)> KeysOf(IEnumerable<Auditor> audits) => audits
        .SelectMany(audit => audit.Keys)
        .ToLookup(
            used => used.Key.Account,
            used => (
                Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(used.Key.Key))[..16]),
                Convert.ToHexString(used.Value.Header.KeyHash!),
                used.Value.Header.Sequence,
                used.Value.DecidedAt),
            StringComparer.Ordinal);

    /// <summary>Checks that the buckets of each partition contain the digest of each account once, and nothing else.</summary>
    private static void CheckDirectory(RawDatabase accountStore, IReadOnlyList<AuditedAccount> accounts)
    {
        const int HeaderLength = 12;
        List<string> digests = accountStore
            .Read("SELECT body FROM account_bucket", row => row.Bytes(0))
            .SelectMany(body => body[HeaderLength..].Chunk(16))
            .Select(Convert.ToHexString)
            .ToList();
        Same(
            accounts.Select(account => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(account.Name))[16..])).Order(StringComparer.Ordinal),
            digests.Order(StringComparer.Ordinal));
    }

    private static void Same<T>(IEnumerable<T> audited, IEnumerable<T> stored) => Assert.Equal(audited, stored);
}
