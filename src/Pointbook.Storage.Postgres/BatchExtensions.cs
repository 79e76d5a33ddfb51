using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Puts several statements into one round trip.</summary>
internal static class BatchExtensions
{
    /// <summary>Adds a statement.</summary>
    /// <returns>The statement's parameters, to be filled by the caller.</returns>
    public static NpgsqlParameterCollection Add(this NpgsqlBatch batch, string sql)
    {
        NpgsqlBatchCommand command = new(sql);
        batch.BatchCommands.Add(command);
        return command.Parameters;
    }
}
