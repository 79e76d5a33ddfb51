namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>Uses triggers to make the writes of an account store fail after a number of rows.</summary>
/// <remarks>The triggers count with a sequence, because a rollback does not reset a sequence.</remarks>
internal sealed class AccountStoreFaults(Sql sql)
{
    private static readonly string[] Tables =
    [
        "account", "account_chunk", "account_bucket", "operation", "account_store_position",
    ];

    private bool _isInstalled;

    public void FailAfterWrites(int count) => FailAfterWrites(count, Tables);

    public void FailAfterAccounts(int count) => FailAfterWrites(count, ["account"]);

    public void Heal() => sql.Run("UPDATE test.fault SET writes_max = $1", long.MaxValue);

    private void FailAfterWrites(int count, string[] tables)
    {
        if (!_isInstalled)
        {
            Install();
            _isInstalled = true;
        }

        sql.Run("SELECT setval('test.writes', 1, false)");
        sql.Run("UPDATE test.fault SET writes_max = $1, tables = $2", (long)count, tables);
    }

    private void Install()
    {
        sql.Run(
            """
            CREATE SCHEMA IF NOT EXISTS test;
            CREATE SEQUENCE test.writes;
            CREATE TABLE test.fault (writes_max bigint NOT NULL, tables text[] NOT NULL);
            INSERT INTO test.fault VALUES (0, '{}');
            CREATE FUNCTION test.count_write() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                fault test.fault;
            BEGIN
                SELECT * INTO fault FROM test.fault;
                IF TG_TABLE_NAME = ANY (fault.tables) THEN
                    IF nextval('test.writes') > fault.writes_max THEN
                        RAISE EXCEPTION 'scripted';
                    END IF;
                END IF;
                RETURN NULL;
            END
            $$;
            """);
        foreach (string table in Tables)
        {
            sql.Run($"CREATE TRIGGER fault AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION test.count_write()");
        }
    }
}
