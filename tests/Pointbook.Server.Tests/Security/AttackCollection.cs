namespace Pointbook.Server.Tests.Security;

/// <summary>The tests that share one browser run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class AttackCollection : ICollectionFixture<AttackedServer>
{
    public const string Name = "Attacks";
}
