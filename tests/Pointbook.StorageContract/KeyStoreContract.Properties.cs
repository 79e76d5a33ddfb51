using CsCheck;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: the store returns any key as it was added, and behaves like a simple list.</summary>
public abstract partial class KeyStoreContract
{
    private const string NameCharacters = "ABCXYZabcxyz0189._@-";
    private const string AccountCharacters = "ABCXYZabcxyz0189._:@-";

    private static readonly Gen<Instant> Instants = Gen.OneOf(
        Gen.Long[Instant.MinValue.UnixMicroseconds, Instant.MaxValue.UnixMicroseconds].Select(Instant.FromUnixMicroseconds),
        Gen.OneOf<Instant>(Instant.MinValue, Instant.FromUnixMicroseconds(-1), Instant.FromUnixMicroseconds(0), Given.Time, Instant.MaxValue));

    // Actors consist of names and of claims of tokens. They never contain a zero character or half a surrogate pair.
    private static readonly Gen<string?> Actors = Gen.OneOf(
        Gen.OneOf<string?>((string?)null),
        Gen.String[Gen.Char[' ', '\uD7FF'], 1, 40].Select(text => (string?)text),
        Gen.OneOf<string?>("", "cli:root", "jwt:Ünïlever \U0001F600", "'; DROP TABLE api_key; --", "line\r\nbreak"));

    private static readonly Gen<AccountLimits> Limits = Gen.String[Gen.Char[AccountCharacters], 3, AccountId.LengthMax]
        .Select(Gen.Bool, (text, isPrefix) => isPrefix ? text + "*" : text)
        .Array[0, AccountLimits.CountMax]
        .Select(texts => AccountLimits.FromTrusted(string.Join(' ', texts)));

    private static readonly Gen<ApiKey> Keys =
        from id in Gen.Char["0123456789abcdef"].Array[KeyId.Length]
        from name in Gen.String[Gen.Char[NameCharacters], 1, KeyName.LengthMax]
        from hash in Gen.Byte.Array[Digest.Length]
        from scopes in Gen.Int[0, (int)Scopes.All]
        from accounts in Limits
        from created in Instants
        from creator in Actors
        from expires in Gen.Select(Gen.Bool, Instants, (isThere, at) => isThere ? at : (Instant?)null)
        select new ApiKey(KeyId.FromTrusted(new string(id)), KeyName.FromTrusted(name), new Digest(hash), (Scopes)scopes, accounts, created, creator)
        {
            ExpiresAt = expires,
        };

    private static readonly Gen<Change[]> Changes = Gen.Select(
        Gen.Frequency(
            (5, Gen.Const(Kind.Add)), (2, Gen.Const(Kind.AddExpired)), (1, Gen.Const(Kind.AddRevoked)), (5, Gen.Const(Kind.Revoke)), (1, Gen.Const(Kind.Reopen))),
        Gen.Int[0, 9],
        Gen.Int[0, 4],
        Gen.Int[0, 5],
        Gen.Bool,
        (kind, number, name, countMax, isOther) => new Change(kind, number, name, countMax, isOther)).Array[1, 20];

    [Fact]
    public async Task Every_field_of_every_key_survives_reopening()
    {
        List<ApiKey> expected = [];
        await Gen.Select(Keys, Instants, Actors).Array[1, 8].SampleAsync(
            async samples =>
            {
                long version = (await Store.ReadVersionAsync(Token)).Changes;
                foreach ((ApiKey key, Instant revokedAt, string? revokedBy) in samples.DistinctBy(sample => sample.Item1.Id))
                {
                    await AddAsync(key);
                    Assert.Equal(key, await Store.FindAsync(key.Id, Token));
                    // Otherwise the names would be in use when CsCheck repeats the sample.
                    await Store.RevokeAsync(key.Id, revokedAt, revokedBy, Token);
                    expected.Add(key with { RevokedAt = revokedAt, RevokedBy = revokedBy });
                    version += 2;
                }

                await ReopenAsync();
                Assert.Equal(version, (await Store.ReadVersionAsync(Token)).Changes);
                Assert.Equal(expected[^1], await Store.FindAsync(expected[^1].Id, Token));
            },
            iter: 30,
            threads: 1);
        Assert.Equal(expected, await Store.ListAsync(null, expected.Count + 1, Token));
    }

    [Fact]
    public async Task The_key_store_behaves_like_a_simple_list()
    {
        // Each sample has its own ids, higher than those of all earlier samples.
        long firstId = 0;
        await Changes.SampleAsync(
            async changes =>
            {
                firstId += 100;
                await RevokeAllAsync();
                await ReopenAsync();
                await OpenAnotherAsync();
                await CheckAgainstListAsync(changes, firstId);
            },
            iter: 40,
            threads: 1);
    }

    private async Task CheckAgainstListAsync(Change[] changes, long firstId)
    {
        List<ApiKey> before = [.. await Store.ListAsync(null, int.MaxValue, Token)];
        long version = (await Store.ReadVersionAsync(Token)).Changes;
        List<ApiKey> list = [];
        foreach (Change change in changes)
        {
            if (change.Kind == Kind.Reopen)
            {
                await ReopenAsync();
                await OpenAnotherAsync();
            }
            else if (await ApplyAsync(change, list, firstId))
            {
                version++;
            }

            Assert.Equal(version, (await Store.ReadVersionAsync(Token)).Changes);
            KeySnapshot snapshot = await Store.ReadSnapshotAsync(Token);
            Assert.Equal(version, snapshot.Version.Changes);
            Assert.Equal(list.Where(key => key.RevokedAt is null).ToHashSet(), snapshot.Keys.ToHashSet());
            Assert.Equal(list, await Store.ListAsync(before.LastOrDefault()?.Id, int.MaxValue, Token));
        }
    }

    /// <summary>Makes the same change to the store and to the list.</summary>
    /// <returns>Whether the change had an effect.</returns>
    private async Task<bool> ApplyAsync(Change change, List<ApiKey> list, long firstId)
    {
        IKeyStore store = _open[change.IsOther ? 1 : 0];
        ApiKey key = GivenKey.Active(firstId + change.Number, $"name{change.Name}");
        int found = list.FindIndex(other => other.Id == key.Id);
        if (change.Kind == Kind.Revoke)
        {
            bool isNew = found >= 0 && list[found].RevokedAt is null;
            if (isNew)
            {
                list[found] = list[found].Revoked();
            }

            ApiKey revoked = key.Revoked();
            Assert.Equal(found < 0 ? null : list[found], await store.RevokeAsync(key.Id, revoked.RevokedAt!.Value, revoked.RevokedBy, Token));
            return isNew;
        }

        key = change.Kind switch { Kind.AddExpired => key.Expired(), Kind.AddRevoked => key.Revoked(), _ => key };
        List<ApiKey> standing = [.. list.Where(other => other.RevokedAt is null)];
        KeyAddition expected =
            found >= 0 ? KeyAddition.NameTaken
            : change.Kind == Kind.AddRevoked ? KeyAddition.Added
            : standing.Exists(other => other.Name == key.Name) ? KeyAddition.NameTaken
            : standing.Count + 1 > change.CountMax ? KeyAddition.TooMany
            : KeyAddition.Added;
        Assert.Equal(expected, await store.AddAsync(key, change.CountMax, Token));
        if (expected == KeyAddition.Added)
        {
            list.Add(key);
        }

        return expected == KeyAddition.Added;
    }

    private async Task RevokeAllAsync()
    {
        foreach (ApiKey key in (await Store.ReadSnapshotAsync(Token)).Keys)
        {
            await Store.RevokeAsync(key.Id, Given.Time, null, Token);
        }
    }

    private enum Kind
    {
        Add,
        AddExpired,
        AddRevoked,
        Revoke,
        Reopen,
    }

    private sealed record Change(Kind Kind, int Number, int Name, int CountMax, bool IsOther);
}
