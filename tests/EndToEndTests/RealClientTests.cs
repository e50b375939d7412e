using MeshMcp.Clients;
using MeshMcp.Clients.Models;
using MeshMcp.Clients.Steps;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>One real client with a scripted model; <c>./dev clients</c> has all of them, and all steps.</summary>
public sealed class RealClientTests(LabFixture fixture)
{
    const string Client = "MESHMCP_CLIENT";

    [Theory]
    [InlineData("tools")]
    [InlineData("list")]
    [InlineData("change")]
    [InlineData("refused")]
    [InlineData("confirmed")]
    [InlineData("approval")]
    [InlineData("resource")]
    [InlineData("untrusted")]
    public async Task A_real_clients_model_reads_what_it_needs(string name)
    {
        var client = RealClient.All.SingleOrDefault(c => c.Name == Environment.GetEnvironmentVariable(Client));
        if (client?.Program is null) Assert.Skip($"{Client} (claude, codex or gemini) is not set, or {string.Join(", ", RealClient.All.SelectMany(c => c.Needs).Distinct())} do not name its program; ./dev test sees to it");
        var ct = TestContext.Current.CancellationToken;
        await using var model = await ScriptedModel.StartAsync(fixture.Lab.Site.Place("user"), ct);

        var outcome = await new ClientRun(fixture.Lab, fixture.Token, model).OfAsync(client, new Script(fixture.Lab, fixture.Started).Steps.Single(s => s.Name == name), ct);

        Assert.Null(outcome.Wrong);
        Assert.NotNull(outcome.Characters);
    }
}
