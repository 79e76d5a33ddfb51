namespace Pointbook.Engine.ReadModel;

/// <summary>What queries can expect of a read model.</summary>
public enum ReadModelCondition
{
    /// <summary>The read model answers queries.</summary>
    Serving,

    /// <summary>The server builds a new generation. Until it is complete, the old one, if any, answers queries from its undamaged rows.</summary>
    Building,

    /// <summary>The last attempt to build a new generation failed. The old one answers queries from its undamaged rows.</summary>
    BuildFailing,

    /// <summary>The last attempt to advance the generation that answers queries failed, or there is none and the last attempt to build one failed.</summary>
    Failing,
}
