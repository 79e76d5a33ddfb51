using Pointbook.Engine.Hosting;

namespace Pointbook.Server.Storage;

/// <summary>The names of a store's settings: options of the server, or options of a subcommand.</summary>
/// <param name="Directory">The option that names the directory.</param>
/// <param name="Partitions">The option that sets the number of partitions.</param>
internal sealed record SettingNames(string Directory, string Partitions)
{
    /// <summary>The options of the server.</summary>
    public static SettingNames Server { get; } = new("--Storage:Directory", "--Storage:Partitions");

    /// <summary>The message of a store that cannot be opened, with the option to change.</summary>
    public string Explain(StoreException refused) => refused.Setting switch
    {
        StoreSetting.Directory => $"{refused.Message} The option is {Directory}.",
        StoreSetting.Partitions => $"{refused.Message} The option is {Partitions}.",
        _ => refused.Message,
    };
}
