using System.Data.Common;
using Npgsql;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>A PostgreSQL database of a store, with its partitions.</summary>
internal sealed class PostgresDatabase(string connectionString) : RawDatabase
{
    public override string Partition => "partition";

    public string ConnectionString => connectionString;

    public override RawDatabase ReadModel => this;

    public override string Serving => "JOIN read_model USING (partition, generation) WHERE is_complete";

    // The epoch is numeric, so the conversion loses no microsecond.
    public override string Microseconds(string column) => $"(extract(epoch FROM {column}) * 1000000)::bigint";

    public override string Uuid(string column) => $"uuid_send({column})";

    public override string DayNumber(string column) => $"CASE WHEN isfinite({column}) THEN {column} - date '0001-01-01' ELSE -1 END";

    public override DbConnection Open()
    {
        NpgsqlConnection connection = new($"{connectionString};Pooling=false;Options=-c default_transaction_read_only=on");
        connection.Open();
        return connection;
    }
}
