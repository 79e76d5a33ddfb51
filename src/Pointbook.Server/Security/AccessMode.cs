using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Server.Keys;

namespace Pointbook.Server.Security;

/// <summary>Whether callers must authenticate. Thread-safe.</summary>
internal sealed class AccessMode(KeyRing keys, IOptions<JwtOptions> tokens)
{
    private readonly bool _takesTokens = tokens.Value.IsConfigured;

    /// <summary>Whether callers must authenticate, as far as the server knows; once true, it stays true.</summary>
    public bool IsSecured => _takesTokens || keys.WasSecured;

    /// <summary>Whether the server accepts tokens in addition to keys.</summary>
    public bool TakesTokens => _takesTokens;

    /// <summary>Whether no key ever existed and no token issuer is configured, as of now.</summary>
    /// <exception cref="KeyStoreException">The server cannot read the keys now.</exception>
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
