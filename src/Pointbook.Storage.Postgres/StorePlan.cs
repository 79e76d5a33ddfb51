using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Postgres;

/// <summary>Decides what the databases that were named are together: a store that exists, one to be made, or none.</summary>
internal static class StorePlan
{
    /// <summary>Decides what they have to be for a store to be served or imported into.</summary>
    /// <param name="names">How people call the databases.</param>
    /// <param name="found">What each of them knows; null where it belongs to no store.</param>
    /// <param name="hasKeys">Whether there are API keys in each of them.</param>
    /// <param name="partitions">How many partitions there have to be, or null if that was not said.</param>
    /// <param name="state">What the store is opened as: ready to be served, or to be imported into.</param>
    /// <param name="newStoreId">The id of a store that has to be made.</param>
    /// <returns>What each database has to know afterwards, in the same order.</returns>
    /// <exception cref="StoreException">They do not make a store.</exception>
    public static IReadOnlyList<StoreRow> Decide(
        IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys, int? partitions, StoreState state, Guid newStoreId)
    {
        List<StoreRow> known = [.. found.OfType<StoreRow>()];
        if (known.Count == 0)
        {
            StoreRow first = Create(names.Count, partitions ?? PostgresStoreOptions.PartitionsOfNewStore, state, newStoreId);
            return Complete(found, hasKeys, first, state);
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

        return Complete(found, hasKeys, known[0], state);
    }

    /// <summary>Finds the database that has the API keys, or will have them: the one whose number is or becomes 0.</summary>
    /// <param name="names">How people call the databases.</param>
    /// <param name="found">What each of them knows; null where it belongs to no store.</param>
    /// <param name="hasKeys">Whether there are API keys in each of them.</param>
    /// <returns>Its place among them.</returns>
    /// <exception cref="StoreException">It is not among them, or they belong to different stores.</exception>
    public static int FindHomeOfKeys(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys)
    {
        List<StoreRow> known = [.. found.OfType<StoreRow>()];
        if (known.Count > 0)
        {
            CheckSameStore(names, found, known[0]);
        }

        int home = found.ToList().FindIndex(row => row?.DatabaseNumber == 0);
        bool isToBeMade = known.TrueForAll(row => row.State == StoreState.Creating && row.DatabaseCount == names.Count);
        return home >= 0 ? home
            : isToBeMade ? OrderNew(found, hasKeys).First()
            : throw new StoreException(
                "The API keys are in the first database of the store, which is not among those that are named; name exactly the databases that the store was created with.");
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

        return Decide(names, found, new bool[found.Count], partitions: null, StoreState.Ready, Guid.Empty);
    }

    private static StoreRow Create(int databases, int partitions, StoreState state, Guid storeId) =>
        partitions >= databases
            ? new StoreRow(storeId, partitions, databases, DatabaseNumber: 0, state)
            : throw new StoreException(
                $"{partitions} partitions cannot be spread over {databases} databases; ask for at least {databases} partitions.", setting: StoreSetting.Partitions);

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
                $"The store has {first.PartitionCount} partitions, which were fixed when it was created, and {partitions} are asked for; "
                + $"ask for {first.PartitionCount}, or for no number.",
                setting: StoreSetting.Partitions);
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

    private static StoreRow[] Complete(IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys, StoreRow first, StoreState state)
    {
        StoreRow[] rows = [.. found.Select(row => (row ?? first) with { State = state })];
        IEnumerable<int> missing = Enumerable.Range(0, found.Count).Except(found.OfType<StoreRow>().Select(row => row.DatabaseNumber));
        foreach ((int index, int number) in OrderNew(found, hasKeys).Zip(missing))
        {
            rows[index] = rows[index] with { DatabaseNumber = number };
        }

        return rows;
    }

    /// <summary>The places of those that belong to no store, in the order in which they get their numbers: where there are keys comes first.</summary>
    private static IEnumerable<int> OrderNew(IReadOnlyList<StoreRow?> found, IReadOnlyList<bool> hasKeys) =>
        Enumerable.Range(0, found.Count).Where(index => found[index] is null).OrderBy(index => hasKeys[index] ? 0 : 1);

    private static string NameOf(IReadOnlyList<string> names, IReadOnlyList<StoreRow?> found, Func<StoreRow?, bool> condition) =>
        names.Where((_, index) => condition(found[index])).First();
}
