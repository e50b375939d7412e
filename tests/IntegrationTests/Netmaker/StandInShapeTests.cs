using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace MeshMcp.IntegrationTests.Netmaker;

/// <summary>What the stand-in answers is held to the published description of the real server's API, so that tests on the stand-in say something about the real one.</summary>
[Collection(nameof(NetmakerLab))]
public sealed class StandInShapeTests(NetmakerLab lab)
{
    const string Variable = "MESHMCP_NETMAKER_SWAGGER";

    static readonly Lazy<PublishedDescription> Published = new(() => new(Environment.GetEnvironmentVariable(Variable)!));

    [Theory]
    [InlineData("/api/networks", "/api/networks")]
    [InlineData("/api/networks/{networkname}", "/api/networks/privacy-mesh")]
    [InlineData("/api/v1/enrollment-keys", "/api/v1/enrollment-keys")]
    [InlineData("/api/hosts", "/api/hosts")]
    [InlineData("/api/nodes", "/api/nodes")]
    [InlineData("/api/nodes/{network}", "/api/nodes/privacy-mesh")]
    [InlineData("/api/server/status", "/api/server/status")]
    public async Task Its_answers_have_the_fields_and_types_of_the_description(string described, string path)
    {
        RequireDescription();
        var answer = await AskAsync(path);

        Assert.Empty(Published.Value.Faults(answer, Published.Value.AnswerOf("get", described)));
        // A list of nothing would prove nothing.
        Assert.True(answer.ValueKind != JsonValueKind.Array || answer.GetArrayLength() > 0, path);
    }

    [Fact]
    public async Task Its_egress_answers_are_wrapped_and_have_the_fields_of_the_description()
    {
        RequireDescription();
        var answer = await AskAsync("/api/v1/egress?network=privacy-mesh");

        var entries = answer.GetProperty("Response");
        Assert.NotEqual(0, entries.GetArrayLength());
        Assert.All(entries.EnumerateArray(), e => Assert.Empty(Published.Value.Faults(e, Published.Value.ItemOf(Published.Value.AnswerOf("get", "/api/v1/egress")))));
        Assert.Equal(200, answer.GetProperty("Code").GetInt32());
    }

    [Fact]
    public async Task What_a_host_registers_and_pulls_has_the_fields_of_the_description()
    {
        RequireDescription();
        var (id, password) = (Guid.NewGuid().ToString(), "the host's password");
        var host = new JsonObject
        {
            ["id"] = id, ["name"] = "described", ["hostpass"] = password, ["version"] = "v1.4.0", ["listenport"] = 51899, ["traffickeypublic"] = Convert.ToBase64String(new byte[32]),
            ["publickey"] = new JsonArray([.. Enumerable.Range(0, 32).Select(n => (JsonNode)n)]), ["macaddress"] = Convert.ToBase64String(new byte[6]),
        };
        try
        {
            var registered = Read(await lab.CurlAsync($"/api/v1/host/register/{Uri.EscapeDataString(await lab.NewKeyAsync())}", host.ToJsonString(), "POST"));
            Assert.Empty(Published.Value.Faults(registered, Published.Value.AnswerOf("post", "/api/v1/host/register/{token}")));

            var login = Read(await lab.CurlAsync("/api/hosts/adm/authenticate", new JsonObject { ["id"] = id, ["password"] = password }.ToJsonString(), "POST"));
            Assert.Empty(Published.Value.Faults(login, Published.Value.AnswerOf("post", "/api/hosts/adm/authenticate")));

            var token = login.GetProperty("Response").GetProperty("AuthToken").GetString();
            var pulled = Read(await lab.RunAsync(NetmakerLab.Vps, "curl", "-s", "--fail", "--cacert", "/etc/meshmcp/ca.crt", "-H", $"Authorization: Bearer {token}", $"https://{NetmakerLab.Api}/api/v1/host"));
            Assert.Empty(Published.Value.Faults(pulled, Published.Value.AnswerOf("get", "/api/v1/host")));
            Assert.Equal(1, pulled.GetProperty("peers").GetArrayLength());
        }
        finally
        {
            await lab.CurlAsync($"/api/hosts/{id}?force=true", method: "DELETE");
        }
    }

    static void RequireDescription()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } file || !File.Exists(file)) Assert.Skip($"{Variable} names no description of Netmaker's API");
    }

    async Task<JsonElement> AskAsync(string path)
    {
        await lab.NewKeyAsync();
        return Read(await lab.CurlAsync(path));
    }

    static JsonElement Read(string json) => JsonDocument.Parse(json).RootElement;
}
