using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Serving;

/// <summary>The part of the REST API that a node uses, behind TLS on one port as the real one is behind its front.</summary>
static class Server
{
    public static async Task<int> RunAsync(string[] words)
    {
        var options = new Options(words);
        string Needed(string name) => options[name] ?? throw new ArgumentException($"{name} is missing");
        var mesh = new Mesh(Needed("--http-host"), options["--state"], TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new());
        using var loaded = X509Certificate2.CreateFromPemFile(Needed("--certificate"), Needed("--key"));
        var certificate = X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pfx), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(Needed("--certificate"));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .ConfigureKestrel(k => k.Listen(IPEndPoint.Parse(options["--listen"] ?? "0.0.0.0:8081"), l => l.UseHttps(h => (h.ServerCertificate, h.ServerCertificateChain) = (certificate, chain))));
        builder.Services.AddRoutingCore();
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolver = WireJson.Options.TypeInfoResolver);
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        await using var app = builder.Build();
        app.UseRouting();
        var api = new Api(mesh, Needed("--master-key"));
        app.Use(api.GuardAsync);
        api.Map(app);
        await app.RunAsync();
        return 0;
    }
}

/// <summary>Routes and who may use them.</summary>
sealed class Api(Mesh mesh, string masterKey)
{
    static readonly string[] Open = ["/api/server/health", "/api/server/status", "/api/v1/host/register", "/api/hosts/adm/authenticate"];
    /// <summary>A host may look at itself and leave, no more.</summary>
    static readonly string[] ForHosts = ["/api/v1/host", "/api/hosts/", "/api/nodes/"];

    public void Map(WebApplication app)
    {
        app.MapGet("/api/server/health", () => "Server is up and running!!");
        app.MapGet("/api/server/status", () => Json(new
        {
            db_connected = true, broker_connected = true, is_broker_conn_open = true, license_error = "", is_pro = false, trial_end_date = default(DateTimeOffset),
            is_on_trial_license = false, deployment_mode = "", version = mesh.Configuration.Version,
        }));
        app.MapGet("/api/networks", () => Json(mesh.List(k => k.Networks)));
        app.MapPost("/api/networks", async context => await SendAsync(context, mesh.AddNetwork(await ReadAsync<Network>(context))));
        app.MapGet("/api/networks/{network}", (string network) => Json(mesh.Network(network)));
        app.MapDelete("/api/networks/{network}", (string network, bool? force) =>
        {
            mesh.DeleteNetwork(network, force == true);
            return Json(new Answer(200, "success", null));
        });
        app.MapGet("/api/v1/enrollment-keys", () => Json(mesh.List(k => k.Keys)));
        app.MapPost("/api/v1/enrollment-keys", async context => await SendAsync(context, mesh.AddKey(await ReadAsync<NewEnrollmentKey>(context))));
        app.MapDelete("/api/v1/enrollment-keys/{value}", (string value) => mesh.DeleteKey(value));
        app.MapPost("/api/v1/host/register/{token}", async context =>
            await SendAsync(context, mesh.Register(Uri.UnescapeDataString((string)context.Request.RouteValues["token"]!), await ReadAsync<Host>(context), context.Connection.RemoteIpAddress)));
        app.MapPost("/api/hosts/adm/authenticate", async context =>
        {
            var asked = await ReadAsync<HostCredentials>(context);
            await SendAsync(context, new Answer(200, $"W1R3: Host {asked.Id} Authorized", new HostLogin(asked.Id, mesh.Authenticate(asked.Id, asked.Password))));
        });
        app.MapGet("/api/v1/host", (HttpContext context) => Json(mesh.PullOf((string?)context.Items["host"] ?? throw new Refusal(401, "You are unauthorized to access this endpoint."))));
        app.MapGet("/api/hosts", () => Json(mesh.List(k => k.Hosts).Select(ApiHost.Of)));
        app.MapGet("/api/v1/hosts", (int? page, int? per_page) =>
        {
            var (hosts, number, size) = (mesh.List(k => k.Hosts), page ?? 1, per_page ?? 10);
            return Json(new Answer(200, "fetched hosts", new HostPage([.. hosts.Skip((number - 1) * size).Take(size).Select(ApiHost.Of)], number, size, hosts.Count, (hosts.Count + size - 1) / size)));
        });
        app.MapPut("/api/hosts/{id}", async context => await SendAsync(context, mesh.Update((string)context.Request.RouteValues["id"]!, await ReadAsync<ApiHost>(context))));
        app.MapDelete("/api/hosts/{id}", (string id) => Json(ApiHost.Of(mesh.DeleteHost(id))));
        app.MapPost("/api/hosts/{id}/networks/{network}", (string id, string network) => mesh.Rejoin(id, network));
        app.MapDelete("/api/hosts/{id}/networks/{network}", (string id, string network) =>
            mesh.DeleteNode(mesh.List(k => k.Nodes).FirstOrDefault(n => n.HostId == id && n.Network == network)?.Id ?? throw new Refusal(404, "record not found")));
        app.MapGet("/api/nodes", () => Json(mesh.List(k => k.Nodes).Select(mesh.Shown)));
        app.MapGet("/api/nodes/{network}", (string network) => Json(mesh.List(k => k.Nodes).Where(n => n.Network == network).Select(mesh.Shown)));
        app.MapDelete("/api/nodes/{network}/{id}", (string network, string id) =>
        {
            mesh.DeleteNode(id);
            return Json(new Answer(200, id + " deleted from " + network, null));
        });
        app.MapPut("/api/nodes/{network}/{id}", async context =>
        {
            var id = (string)context.Request.RouteValues["id"]!;
            mesh.SetConnected(id, (await ReadAsync<ApiNode>(context)).Connected);
            await SendAsync(context, mesh.Shown(mesh.List(k => k.Nodes).First(n => n.Id == id)));
        });
        app.MapGet("/api/v1/egress", (string network) => Json(new Answer(200, "fetched egress resources", mesh.List(k => k.Egress).Where(e => e.Network == network))));
        app.MapPost("/api/v1/egress", async context => await SendAsync(context, new Answer(200, "created egress resource", mesh.AddEgress(await ReadAsync<Egress>(context)))));
        app.MapPut("/api/v1/egress", async context => await SendAsync(context, new Answer(200, "updated egress resource", mesh.PutEgress(await ReadAsync<Egress>(context)))));
        app.MapDelete("/api/v1/egress", (string id) =>
        {
            mesh.DeleteEgress(id);
            return Json(new Answer(200, "deleted egress resource", null));
        });
    }

    /// <summary>Bearer of the master key, or of a host for what concerns it; refusals in the server's own form.</summary>
    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            var path = context.Request.Path.Value!;
            if (!Open.Any(o => path.StartsWith(o, StringComparison.Ordinal)))
            {
                var bearer = context.Request.Headers.Authorization.ToString().Split(' ').Last();
                context.Items["host"] = mesh.HostBy(bearer);
                if (bearer != masterKey && !(context.Items["host"] is not null && ForHosts.Any(p => path.StartsWith(p, StringComparison.Ordinal))))
                    throw new Refusal(401, "You are unauthorized to access this endpoint.");
            }
            await next(context);
        }
        catch (Refusal e)
        {
            context.Response.StatusCode = e.Status;
            await context.Response.WriteAsJsonAsync(new Answer(e.Status, e.Message, null), WireJson.Options);
        }
        catch (IOException)
        {
            context.Abort();
        }
    }

    static IResult Json<T>(T value) => Results.Json(value, WireJson.Options);

    static Task SendAsync<T>(HttpContext context, T value) => context.Response.WriteAsJsonAsync(value, WireJson.Options);

    static async Task<T> ReadAsync<T>(HttpContext context)
    {
        try
        {
            return (await JsonSerializer.DeserializeAsync<T>(context.Request.Body, WireJson.Options))!;
        }
        catch (JsonException e)
        {
            throw new Refusal(400, e.Message);
        }
    }
}

sealed record HostCredentials(string Id, string Password, string MacAddress = "");

[Untagged]
sealed record HostLogin(string ID, string AuthToken);

sealed record HostPage(List<ApiHost> Data, int Page, [property: System.Text.Json.Serialization.JsonPropertyName("per_page")] int PerPage, int Total,
    [property: System.Text.Json.Serialization.JsonPropertyName("total_pages")] int TotalPages);
