using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Puts several statements into one round trip.</summary>
internal static class BatchExtensions
{
    /// <summary>Adds a statement.</summary>
    /// <returns>Its parameters, to be filled.</returns>
    public static NpgsqlParameterCollection Add(this NpgsqlBatch batch, string sql)
    {
        NpgsqlBatchCommand command = new(sql);
        batch.BatchCommands.Add(command);
        return command.Parameters;
    }
}
