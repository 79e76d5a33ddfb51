using Npgsql;
using Pointbook.Bench.Reporting;

namespace Pointbook.Bench.Postgres;

/// <summary>The example of the rules. It shows that the baseline does the same as Pointbook.</summary>
internal static class WorkedExample
{
    private const string Account = "worked example";
    private const string Expected = "DANNON -100, UNILEVER -200, MILLER COORS -4700; left DANNON 1000, MILLER COORS 5300, UNILEVER 0";

    private static readonly (string Payer, long Points, string Timestamp)[] Transactions =
    [
        ("DANNON", 1000, "2020-11-02T14:00Z"),
        ("UNILEVER", 200, "2020-10-31T11:00Z"),
        ("DANNON", -200, "2020-10-31T15:00Z"),
        ("MILLER COORS", 10000, "2020-11-01T14:00Z"),
        ("DANNON", 300, "2020-10-31T10:00Z"),
    ];

    /// <summary>Adds the transactions in the order of their arrival, spends, and compares. Deletes the example's account afterwards.</summary>
    public static async Task CheckAsync(NpgsqlDataSource source, Report report)
    {
        foreach ((string payer, long points, string timestamp) in Transactions)
        {
            await ReadAsync(source, $"SELECT add_transaction('{Account}', '{payer}', {points}, '{timestamp}')::text");
        }

        string spent = await ReadAsync(source, $"SELECT payer || ' ' || points FROM spend('{Account}', 5000)");
        string left = await ReadAsync(source, "SELECT payer || ' ' || points FROM payer_balance ORDER BY payer");
        string found = $"{spent}; left {left}";
        report.Write($"worked example in {PlpgsqlBaseline.Name}, spend 5000: {found}");
        if (found != Expected)
        {
            throw new BenchException($"The baseline is wrong; it should have been {Expected}.");
        }

        await ReadAsync(source, "TRUNCATE account, payer_balance, lot, spend, spend_draw");
    }

    private static async Task<string> ReadAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await row.ReadAsync())
        {
            lines.Add(row.GetString(0));
        }

        return string.Join(", ", lines);
    }
}
