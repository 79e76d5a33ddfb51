using System.Globalization;
using System.Security.Cryptography;

namespace Pointbook.Simulation.Tests.Support;

/// <summary>Random numbers that a later run can repeat.</summary>
internal static class Seeded
{
    /// <summary>The seed of this run: POINTBOOK_SEED, or a random one.</summary>
    public static int Seed { get; } = Setting("POINTBOOK_SEED") ?? RandomNumberGenerator.GetInt32(1_000_000);

    /// <summary>Random numbers for one part of a run.</summary>
    public static Random Random(int seed, int part) => new(unchecked((seed * 1_000_003) + part));

    /// <summary>A number from the environment, if the variable is set.</summary>
    public static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
