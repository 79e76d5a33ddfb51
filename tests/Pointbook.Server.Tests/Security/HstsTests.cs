using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pointbook.Access;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>The server tells TLS clients to return over TLS only. It tells other clients nothing, since anyone on the network could have sent that.</summary>
public sealed class HstsTests
{
    private const string Header = "Strict-Transport-Security";
    private const string AYear = "max-age=31536000";
    private const string Name = "points.example";

    [Fact]
    public async Task Over_TLS_every_reply_has_the_HSTS_header()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-tls-");
        try
        {
            using X509Certificate2 certificate = NewCertificate();
            string file = Path.Combine(directory.FullName, "server.pfx");
            await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx, "secret"), TestContext.Current.CancellationToken);
            await using RunningServer server = await RunningServer.StartAsync(args:
                ["--urls", "https://127.0.0.1:0", "--Kestrel:Certificates:Default:Path", file, "--Kestrel:Certificates:Default:Password", "secret"]);
            using HttpClientHandler handler = new()
            {
                ServerCertificateCustomValidationCallback = (_, presented, _, _) => presented?.Thumbprint == certificate.Thumbprint,
            };
            using HttpClient client = new(handler) { BaseAddress = server.Address };
            // In protected mode the host name is not the server's own, so the server says nothing about it.
            await AssertHeaderAsync(null, client, null, 403);
            string key = await server.CreateKeyAsync("reader", Scopes.Read);
            await AssertHeaderAsync(AYear, client, key, 200);
            await AssertHeaderAsync(AYear, client, null, 401);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("127.0.0.0/8", "https", AYear)]
    [InlineData("127.0.0.0/8", "http", null)]
    [InlineData("192.0.2.0/24", "https", null)]
    public async Task Behind_a_proxy_only_a_trusted_proxy_determines_whether_it_was_TLS(string trusted, string protocol, string? expected)
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Http:TrustedProxies", trusted]);
        string key = await server.CreateKeyAsync("reader", Scopes.Read);
        using HttpRequestMessage request = new(HttpMethod.Get, "/balance") { Headers = { Host = Name } };
        request.Headers.Add("Authorization", "Bearer " + key);
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        request.Headers.Add("X-Forwarded-Proto", protocol);
        Assert.Equal(expected, (await server.SendAsync(request)).AssertIs(200).Header(Header));
    }

    private static async Task AssertHeaderAsync(string? expected, HttpClient client, string? key, int status)
    {
        foreach (Version version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/balance")
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { Host = Name },
            };
            request.Headers.TryAddWithoutValidation("Authorization", key is null ? [] : ["Bearer " + key]);
            using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((version, status), (response.Version, (int)response.StatusCode));
            Assert.Equal(expected, response.Headers.TryGetValues(Header, out IEnumerable<string>? values) ? Assert.Single(values) : null);
        }
    }

    private static X509Certificate2 NewCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=" + Name, key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
