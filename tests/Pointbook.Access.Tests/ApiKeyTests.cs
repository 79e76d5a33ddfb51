using Pointbook.Access.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Access.Tests;

/// <summary>The status of a key, and the name and permissions of its holder.</summary>
public static class ApiKeyTests
{
    private static readonly ApiKey Key =
        new(Given.Secret.Id, Given.Name(), Given.Secret.Hash, Scopes.Read | Scopes.Flush, Given.Limits("shop:*"), Given.Now, "admin");

    /// <summary>Seconds until the key expires, seconds since it was revoked, each null if never, and the status of the key now.</summary>
    public static TheoryData<int?, int?, KeyStatus> Statuses { get; } = new()
    {
        { null, null, KeyStatus.Active },
        { 1, null, KeyStatus.Active },
        { 0, null, KeyStatus.Expired },
        { -1, null, KeyStatus.Expired },
        { null, 1, KeyStatus.Revoked },
        { 1, 1, KeyStatus.Revoked },
        { -1, 1, KeyStatus.Revoked },
        { null, 0, KeyStatus.Revoked },
        // The clocks of processes differ, so a key with a revocation time in the future is revoked too.
        { null, -1, KeyStatus.Revoked },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public static void The_status_of_a_key_follows_from_its_times(int? expiresIn, int? revokedAgo, KeyStatus status)
    {
        ApiKey key = Key with { ExpiresAt = After(expiresIn), RevokedAt = After(-revokedAgo) };
        Assert.Equal(status, key.StatusAt(Given.Now));
    }

    [Fact]
    public static void A_caller_has_the_name_and_the_permissions_of_its_key()
    {
        Instant end = After(1)!.Value;
        Caller caller = Caller.Of(Key with { ExpiresAt = end });
        Assert.Equal(new Caller("billing", Scopes.Read | Scopes.Flush, Given.Limits("shop:*")) { Key = Given.Secret.Id, ExpiresAt = end }, caller);
        Assert.Null(Caller.Of(Key).ExpiresAt);
    }

    [Fact]
    public static void The_local_caller_has_no_name_and_every_permission()
    {
        Assert.Equal((null, Scopes.All, AccountLimits.None), (Caller.Local.Actor, Caller.Local.Scopes, Caller.Local.Accounts));
        Assert.Null(Caller.Local.Key);
        Assert.Null(Caller.Local.ExpiresAt);
    }

    [Fact]
    public static void A_caller_cannot_be_created_from_a_null_key() => Assert.Throws<ArgumentNullException>(() => Caller.Of(null!));

    private static Instant? After(int? seconds) => seconds is { } count ? Given.Now.PlusClamped(TimeSpan.FromSeconds(count)) : null;
}
