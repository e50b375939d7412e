using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Http;

namespace MeshMcp.Server.Acme;

/// <summary><c>meshmcp-server acme</c>.</summary>
static class AcmeRole
{
    /// <summary>Keeps the certificate until SIGTERM or SIGINT.</summary>
    /// <exception cref="MeshException">The configuration, the account's key or the roots cannot be used.</exception>
    public static async Task RunAsync(string configurationPath)
    {
        var configuration = AcmeConfiguration.Read(configurationPath);
        AcmeClient.Check(configuration);
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "meshmcp-server" });
        StandardError.AddTo(builder.Logging);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(configuration)
            .AddSingleton(s => new KeptCertificate(configuration, s.GetRequiredService<TimeProvider>()))
            .AddHostedService<AcmeRenewal>();
        using var host = builder.Build();
        await host.RunAsync();
    }
}
