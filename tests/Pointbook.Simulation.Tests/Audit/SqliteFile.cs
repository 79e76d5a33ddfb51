using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>A file of the embedded store, which has one partition and stores times as microseconds.</summary>
internal sealed class SqliteFile(string path) : RawDatabase
{
    public override string Partition => "0";

    public override RawDatabase ReadModel =>
        new SqliteFile(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!, "pointbook.read-model.*.db")));

    public override string Serving => "";

    public override string Microseconds(string column) => column;

    public override string Uuid(string column) => column;

    public override string DayNumber(string column) => column;

    public override DbConnection Open()
    {
        SqliteConnection connection = new(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA query_only = 1";
        command.ExecuteNonQuery();
        return connection;
    }
}
