using Pointbook.Engine.Stores;

namespace Pointbook.Storage.Postgres;

/// <summary>Decides what the databases that were named are together: a store that exists, one to be made, or none.</summary>
internal static class StorePlan
{
    /// <summary>Decides what they have to be for a store to be served or imported into.</summary>
    /// <param name="names">How people call the databases.</param>
    /// <param name="found">What each of them knows; null where it belongs to no store.</param>
    /// <param name="partitions">How many partitions there have to be, or null if that was not said.</param>
    /// <param name="state">What the store is opened as: ready to be served, or to be imported into.</param>
    /// <param name="newStoreId">The id of a store that has to be made.</param>
    /// <returns>What each database has to know afterwards, in the same order.</returns>
    /// <exception cref="StoreException">They do not make a store.</exception>
    public static IReadOnlyList<StoreRow> Decide(
        IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, int? partitions, StoreState state, Guid newStoreId)
    {
        List<StoreRow> known = [.. found.OfType<StoreRow>()];
        if (known.Count == 0)
        {
            return Create(names, partitions ?? PostgresStoreOptions.PartitionsOfNewStore, state, newStoreId);
        }

        CheckSameStore(names, found, known[0]);

        // Before all that a caller could set right: a database that is in use is the wrong one however many partitions it has.
        CheckState(names, found, state);
        CheckPartitions(names.Count, known[0], partitions);
        if (known.Count < found.Count && known.Any(row => row.State != StoreState.Creating))
        {
            throw new StoreException(
                $"{NameOf(names, found, row => row is null)} holds no store, but {NameOf(names, found, row => row is not null)} does; "
                + "name exactly the databases that the store was created with.");
        }

        return Complete(found, known[0], state);
    }

    /// <summary>Checks that the databases make a store that is there, so that it can be read.</summary>
    /// <returns>What each database knows, in the same order.</returns>
    /// <exception cref="StoreException">They do not make a store that is complete.</exception>
    public static IReadOnlyList<StoreRow> CheckReadable(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found)
    {
        for (int index = 0; index < found.Count; index++)
        {
            if (found[index] is null)
            {
                throw new StoreException($"{names[index]} holds no store; name exactly the databases that a store was created with.");
            }
        }

        return Decide(names, found, partitions: null, StoreState.Ready, Guid.Empty);
    }

    private static IReadOnlyList<StoreRow> Create(IReadOnlyList<string> names, int partitions, StoreState state, Guid storeId) =>
        partitions >= names.Count
            ? [.. names.Select((_, number) => new StoreRow(storeId, partitions, names.Count, number, state))]
            : throw new StoreException(
                $"{partitions} partitions cannot be spread over {names.Count} databases; set Storage:Partitions to at least {names.Count}.");

    private static void CheckSameStore(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, StoreRow first)
    {
        for (int index = 0; index < found.Count; index++)
        {
            if (found[index] is not { } row)
            {
                continue;
            }

            if (row.StoreId != first.StoreId)
            {
                throw new StoreException(
                    $"{names[index]} and {NameOf(names, found, other => other == first)} belong to different stores; name the databases of one store.");
            }

            if (found.Take(index).Any(other => other?.DatabaseNumber == row.DatabaseNumber))
            {
                throw new StoreException($"{names[index]} is named twice, or is a copy of another database that is named; name each database once.");
            }
        }
    }

    private static void CheckPartitions(int databases, StoreRow first, int? partitions)
    {
        if (first.DatabaseCount != databases)
        {
            throw new StoreException(
                $"The store was created with {first.DatabaseCount} databases and {databases} are named; name exactly those it was created with.");
        }

        if (partitions is not null && partitions != first.PartitionCount)
        {
            throw new StoreException(
                $"The store has {first.PartitionCount} partitions, which were fixed when it was created, and Storage:Partitions is {partitions}; "
                + $"set it to {first.PartitionCount} or leave it out.");
        }
    }

    private static void CheckState(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, StoreState state)
    {
        bool isImporting = found.Any(row => row?.State == StoreState.Importing);
        if (isImporting && state != StoreState.Importing)
        {
            string name = NameOf(names, found, row => row?.State == StoreState.Importing);
            throw new StoreException($"{name} holds a copy of a journal that was not finished; run pointbook migrate again, or choose another database.");
        }

        if (!isImporting && state == StoreState.Importing)
        {
            string name = NameOf(names, found, row => row is not null);
            throw new StoreException($"{name} holds a store already; migrate into a new, empty database.");
        }
    }

    private static List<StoreRow> Complete(IReadOnlyList<StoreRow?> found, StoreRow first, StoreState state)
    {
        Queue<int> missing = new(Enumerable.Range(0, found.Count).Except(found.OfType<StoreRow>().Select(row => row.DatabaseNumber)));
        return [.. found.Select(row => (row ?? first with { DatabaseNumber = missing.Dequeue() }) with { State = state })];
    }

    private static string NameOf(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, Func<StoreRow?, bool> condition) =>
        names.Where((_, index) => condition(found[index])).First();
}
