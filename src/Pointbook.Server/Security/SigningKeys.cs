using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Pointbook.Server.Security;

/// <summary>Checks whether public keys are strong enough to verify signatures.</summary>
internal static class SigningKeys
{
    /// <summary>The minimum length of an RSA key (RFC 7518, sections 3.3 and 3.5), in bits.</summary>
    public const int RsaSizeLeast = 2_048;

    /// <summary>Whether a key is strong: it is on a curve, because all supported curves are long enough, or it has at least <see cref="RsaSizeLeast"/> bits.</summary>
    public static bool IsStrong(SecurityKey key) =>
        key is ECDsaSecurityKey or X509SecurityKey { PublicKey: ECDsa } || (key is AsymmetricSecurityKey && key.KeySize >= RsaSizeLeast);
}
