using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Moving;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>If only tokens secured a ledger on PostgreSQL and their configuration is lost, the server does not serve everybody.</summary>
public sealed class TokenMarkTests(SharedCluster shared) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_ledger_secured_by_tokens_is_not_served_without_tokens_and_keys()
    {
        string database = await (await shared.GetAsync()).CreateDatabaseAsync();
        string[] storage = ["--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database];
        string[] tokens = ["--Jwt:KeySetFile", WriteKeySet(), "--Jwt:Issuer", "https://login.example", "--Jwt:Audience", "points"];
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.File("server"), [.. storage, .. tokens]))
        {
            await server.StopAsync();
        }

        string sentence = await CommandLine.RunRefusedAsync(1, _directory.FullName, ["--urls", "http://127.0.0.1:0", .. storage]);
        Assert.Contains("set Jwt:Authority or Jwt:KeySetFile as before if clients used tokens, or create a new key with ", sentence, StringComparison.Ordinal);

        await using ServerProcess again = await ServerProcess.StartAsync(_directory.File("server"), [.. storage, .. tokens]);
        await again.StopAsync();
    }

    private string WriteKeySet()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        JsonObject publicKey = new()
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(parameters.Q.X),
            ["y"] = Base64Url.EncodeToString(parameters.Q.Y),
        };
        string file = _directory.File("key-set.json");
        File.WriteAllText(file, new JsonObject { ["keys"] = new JsonArray(publicKey) }.ToJsonString());
        return file;
    }
}
