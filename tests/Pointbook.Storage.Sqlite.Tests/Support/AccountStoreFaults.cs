namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Makes the writes of an account store fail after a number of rows, by triggers.</summary>
internal sealed class AccountStoreFaults(string path)
{
    private static readonly string[] Tables =
    [
        "account", "account_chunk", "account_bucket", "operation", "account_store_position",
    ];

    public void FailAfterWrites(int count) => FailAfterWrites(count, Tables);

    public void FailAfterAccounts(int count) => FailAfterWrites(count, ["account"]);

    public void Heal() => Sql.Run(path, $"UPDATE fault SET writes_left = {int.MaxValue}");

    private void FailAfterWrites(int count, string[] tables)
    {
        using Sql sql = new(path);
        sql.Run("CREATE TABLE IF NOT EXISTS fault (writes_left INTEGER NOT NULL) STRICT; DELETE FROM fault");
        sql.Run($"INSERT INTO fault (writes_left) VALUES ({count})");
        foreach (string table in tables)
        {
            foreach (string verb in new[] { "INSERT", "UPDATE", "DELETE" })
            {
                sql.Run(
                    $"""
                    CREATE TRIGGER IF NOT EXISTS fault_{table}_{verb} BEFORE {verb} ON {table} BEGIN
                        SELECT RAISE(ABORT, 'scripted') FROM fault WHERE writes_left <= 0;
                        UPDATE fault SET writes_left = writes_left - 1;
                    END
                    """);
            }
        }
    }
}
