using CliWrap;
using CliWrap.Buffered;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>The OpenAPI document, as the API serves it, under validators that know nothing of us.</summary>
public sealed class OpenApiTests(LabFixture fixture)
{
    const string Node = "MESHMCP_NODE", Redocly = "MESHMCP_REDOCLY", SwaggerParser = "MESHMCP_SWAGGER_PARSER";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60), Hangs = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Redocly_finds_no_fault_and_nothing_to_warn_of_in_the_document() =>
        await PassesAsync(Redocly, file => [Path.Combine(Package(Redocly), "bin", "cli.js"), "lint", file, "--extends=recommended", "--max-problems=20", "--format=stylish"], says => Assert.DoesNotContain("warning", says, StringComparison.OrdinalIgnoreCase));

    [Fact]
    public async Task Swagger_parser_follows_every_reference_of_the_document_and_finds_no_fault() =>
        await PassesAsync(SwaggerParser, file => [Path.Combine(AppContext.BaseDirectory, "Documents", "swagger.mjs"), file], says => Assert.Contains("valid OpenAPI 3.1", says, StringComparison.Ordinal));

    static string Package(string variable) => Environment.GetEnvironmentVariable(variable)!;

    async Task PassesAsync(string package, Func<string, IReadOnlyList<string>> arguments, Action<string> says)
    {
        if (Environment.GetEnvironmentVariable(Node) is not { } node || Environment.GetEnvironmentVariable(package) is null)
        {
            Assert.Skip($"{Node} (a Node 22 program) and {package} (the package's folder) are not set; ./dev test sets them");
            return;
        }
        var folder = Directory.CreateTempSubdirectory("openapi");
        try
        {
            var file = Path.Combine(folder.FullName, "openapi.json");
            await Eventually.True(async () => await ReadAsync(file), Soon, "the API serves its document", TestContext.Current.CancellationToken);
            using var limit = new CancellationTokenSource(Hangs);
            var validator = await Cli.Wrap(node).WithArguments(arguments(file)).WithWorkingDirectory(folder.FullName)
                .WithEnvironmentVariables(e => e.Set("REDOCLY_TELEMETRY", "off").Set("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"))
                .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(limit.Token);
            var said = $"{validator.StandardOutput}\n{validator.StandardError}";
            Assert.True(validator.IsSuccess, said);
            says(said);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    async Task<bool> ReadAsync(string file)
    {
        var document = (await fixture.Lab.In("user", "curl", "-s", "-m", "20", "--cacert", $"{fixture.Lab.Site.Certificates}/ca.crt", "-H", $"Authorization: Bearer {fixture.Token}", "https://203.0.113.10:9574/v1/openapi.json").RunAsync()).Text;
        await File.WriteAllTextAsync(file, document);
        return document.Contains("\"openapi\"", StringComparison.Ordinal);
    }
}
