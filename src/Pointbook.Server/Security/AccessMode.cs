using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Server.Keys;

namespace Pointbook.Server.Security;

/// <summary>Whether callers have to say who they are. Thread-safe.</summary>
internal sealed class AccessMode(KeyRing keys, IOptions<JwtOptions> tokens)
{
    private readonly bool _takesTokens = tokens.Value.IsConfigured;

    /// <summary>Whether callers have to say who they are, as far as the server knows; once true, always true.</summary>
    public bool IsSecured => _takesTokens || keys.WasSecured;

    /// <summary>Whether tokens are taken beside keys.</summary>
    public bool TakesTokens => _takesTokens;

    /// <summary>Whether there never was a key and nobody else vouches for callers, as of now.</summary>
    /// <exception cref="KeyStoreException">That cannot be found out at the moment.</exception>
    public async ValueTask<bool> IsProtectedAsync()
    {
        if (IsSecured)
        {
            return false;
        }

        await keys.ReadAsync();
        return !IsSecured;
    }
}
