using System.Collections.Concurrent;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>
/// The section <c>xray</c>: the configuration of Xray or v2ray in containers. A configuration is put in place only after the program itself accepted
/// it; then the program is ended, and the container's init starts it anew. The containers and their services are the <c>lxc</c> section's.
/// </summary>
public sealed class XraySystem(XrayFiles files, XrayRecords records, XrayPrograms programs, SecretStore secrets, NodeStore store) : HostSystem<XraySection, ObservedXray>
{
    readonly XrayUserIds _ids = new(secrets);
    readonly ConcurrentDictionary<string, RefusedXray> _refused = new();

    public override string Name => "xray";

    public override NodeState? Released(NodeState desired) => null;

    public override async Task<ObservedXray> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var items = XrayItem.Of(desired.Xray);
        var applied = records.All();
        var places = new Dictionary<string, XrayPlace>();
        foreach (var container in items.Select(i => i.Container).Concat(applied.Keys).Distinct())
        {
            var exists = files.HasRoot(container);
            places[container] = new(exists, exists ? files.DigestIn(container) : null, applied.GetValueOrDefault(container), exists ? await programs.RunsAsync(container, ct) : null, _refused.GetValueOrDefault(container));
        }
        var found = items.SelectMany(i => i.Secrets()).DistinctBy(s => s.Reference).Select(s => (s.Reference, Content: _ids.Find(s.Reference, s.Kind))).Where(s => s.Content is not null)
            .ToLookup(s => store.Revoked.Find(s.Content!.Trim()) is not null);
        return new(places, found[false].ToDictionary(s => s.Reference, s => s.Content!), Enum.GetValues<XrayProgram>().Where(XrayPrograms.Has).ToHashSet(), found[true].Select(s => s.Reference).ToHashSet());
    }

    public override XraySection? Ours(ObservedXray observed)
    {
        AppliedXray[] ours = [.. observed.Places.Values.Where(p => p is { Digest: not null, Applied: not null }).Select(p => p.Applied!)];
        return ours.Length == 0 ? null : new() { Server = ours.Select(a => a.Server).FirstOrDefault(s => s is not null), Exit = ours.Select(a => a.Exit).FirstOrDefault(e => e is not null) };
    }

    public override IEnumerable<Problem> Validate(NodeState desired) => desired.Xray is { } section ? XrayFaults.Of(section) : [];

    public override IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) =>
        XrayItem.Of(state.Xray).SelectMany(i => i.Secrets()).Select(s => (s.Path, (string?)s.Reference, s.Kind));

    public override IEnumerable<(string Secret, string Name)> Revokes(Edit edit, NodeState before) =>
        edit is RemoveXrayUser { Name: var name } && before.Xray?.Server?.Users.FirstOrDefault(u => u.Name == name) is { } user && secrets.Find(user.IdReference, SecretKind.XrayId)?.Trim() is { } id ? [(id, $"Xray user {name}")] : [];

    public override void Keep(Edit edit)
    {
        if (edit is AddXrayUser { User: var user }) _ids.Keep(user);
    }

    public override Edit Resolve(Edit edit, NodeState state)
    {
        if (state.Xray?.Server is not { } server)
            throw new MeshException(ErrorKind.NotFound, "This node has no Xray server.", "xray.server", "Declare one in the section xray with apply_state; get_state shows what there is.");
        switch (edit)
        {
            case AddXrayUser { User: var user }:
                if (!XrayFaults.IsName(user.Name)) throw new MeshException(ErrorKind.InvalidArgument, $"\"{user.Name}\" is no user name.", "name", $"Give {XrayFaults.NameForm}.");
                if (server.Users.Any(u => u.Name == user.Name))
                    throw new MeshException(ErrorKind.Conflict, $"There is a user {user.Name} already.", "name", $"Choose another name, or remove {user.Name} first; the links of users that are there are shown by meshctl xray links.");
                return new AddXrayUser(user with { Id = user.Id ?? _ids.For(user) });
            case RemoveXrayUser { Name: var name } when server.Users.All(u => u.Name != name):
                throw NoUser(name, server);
            default:
                return edit;
        }
    }

    public static MeshException NoUser(string name, XrayServer? server) => new(new MeshError(ErrorKind.NotFound, $"There is no Xray user {name}.", "name",
        "xray_status lists those there are.", [new("name", "No such user.", Nearest: Nearest.To(name, server?.Users.Select(u => u.Name) ?? []))]));

    public override IReadOnlyList<Finding> Findings(XraySection? desired, ObservedXray observed) =>
    [
        .. from item in XrayItem.Of(desired)
           from finding in FindingsOf(item, observed)
           select finding,
    ];

    public override IReadOnlyList<Step> Plan(XraySection? desired, ObservedXray observed)
    {
        var steps = new List<Step>();
        var items = XrayItem.Of(desired);
        foreach (var (container, place) in observed.Places)
            if (place is { Applied: { } applied, Digest: not null } && items.All(i => i.Container != container))
                steps.Add(new(new(Name, $"container {container}", $"take the {(applied.Server is null ? "exit" : "server")}'s configuration out of container {container} and end the program", Effect.Disruptive), ct => TakeAsync(container, ct), Teardown: true) { Binds = place.Digest, Touches = [new Touch.Container(container, true, Ends: false)] });
        foreach (var item in items)
        {
            var place = observed.Places[item.Container];
            if (!place.Exists || !observed.Programs.Contains(item.Program)) continue;
            var rendering = XrayConfiguration.Of(item, observed.Secrets.GetValueOrDefault, observed.Revoked);
            if (rendering.Content is null || (place.Digest == rendering.Digest && IsAs(place.Applied, item)) || IsSpoilt(item, place, rendering)) continue;
            var program = XrayPrograms.NameOf(item.Program);
            // The container may be another system's work in the same change.
            steps.Add(new(new(Name, $"container {item.Container}", $"put the {item.Role}'s configuration into container {item.Container} and restart {program}", Effect.Disruptive, Details: Details(place, rendering)),
                ct => PutAsync(item, place.Applied, rendering, ct))
            {
                Item = $"xray.{item.Role}",
                Binds = rendering.Digest,
                Touches = [new Touch.Container(item.Container, true, Ends: false)],
            });
        }
        return steps;
    }

    /// <summary>The configuration that an item comes to with what is on this node now.</summary>
    public static XrayRendering Render(XrayItem item, ObservedXray observed) => XrayConfiguration.Of(item, observed.Secrets.GetValueOrDefault, observed.Revoked);

    protected override XraySection? Section(NodeState state) => state.Xray;

    protected override NodeState With(NodeState state, XraySection? section) => state with { Xray = section };

    /// <summary>Its programs live in containers.</summary>
    protected override string Asked(NodeState state) =>
        $"{base.Asked(state)} {string.Join(' ', XrayItem.Of(state.Xray).Select(i => state.Lxc?.Containers.FirstOrDefault(c => c.Id == i.Container)?.Properties.Template ?? i.Container))}";

    /// <summary>The record is written last: after a crash in between the whole step is done again.</summary>
    async Task PutAsync(XrayItem item, AppliedXray? before, XrayRendering rendering, CancellationToken ct)
    {
        try
        {
            await records.TryAsync(item.Container, rendering.Content!, file => programs.TestAsync(item.Program, file, ct));
        }
        catch (MeshException e)
        {
            _refused[item.Container] = new(rendering.Digest!, e.Error.Message);
            throw;
        }
        files.Put(item.Container, rendering.Content!);
        await programs.RestartAsync(item.Container, ct);
        records.Write(item.Container, new(item.Server, item.Exit, rendering.Digest!, rendering.Users));
    }

    async Task TakeAsync(string container, CancellationToken ct)
    {
        files.Delete(container);
        await programs.RestartAsync(container, ct);
        records.Delete(container);
    }

    static IEnumerable<Finding> FindingsOf(XrayItem item, ObservedXray observed)
    {
        var (place, path, program) = (observed.Places[item.Container], $"xray.{item.Role}", XrayPrograms.NameOf(item.Program));
        if (!place.Exists) yield return new("waiting", $"{path}.container", $"Container {item.Container} is not there yet; its configuration is written when it is.");
        if (!observed.Programs.Contains(item.Program)) yield return new("waiting", $"{path}.program", $"{program} is not installed on this node{(item.Program == XrayProgram.V2ray ? ": apt-get install v2ray" : "")}.");
        var rendering = Render(item, observed);
        foreach (var waiting in rendering.Waiting) yield return waiting;
        if (IsSpoilt(item, place, rendering)) yield return new("waiting", path, $"The old configuration stays: {place.Refused!.Words} Correct the secrets that xray.{item.Role} names.");
        if (place is { Digest: not null, Applied: not null, Runs: false })
            yield return new("warning", path, $"Container {item.Container} runs, but no {program} in it. Give it a service with the command {Start(item.Program)}.");
    }

    /// <summary>Nothing but a secret changed since it was applied, and the program refused that: no change of the state to fail, and nothing to try again for.</summary>
    static bool IsSpoilt(XrayItem item, XrayPlace place, XrayRendering rendering) => place.Refused is { } refused && refused.Digest == rendering.Digest && IsAs(place.Applied, item);

    static string Start(XrayProgram program) => program == XrayProgram.V2ray ? $"[\"v2ray\", \"-config\", \"{XrayFiles.Path}\"]" : $"[\"xray\", \"run\", \"-c\", \"{XrayFiles.Path}\"]";

    static bool IsAs(AppliedXray? applied, XrayItem item) => applied is not null
        && Text(applied with { Digest = "", Users = [] }) == Text(new(item.Server, item.Exit, "", []));

    static string Text(AppliedXray applied) => JsonSerializer.Serialize(applied, XrayJson.Default.AppliedXray);

    static string[] Details(XrayPlace place, XrayRendering rendering)
    {
        if (place is not { Digest: { } digest, Applied: { } applied }) return [$"+ {XrayFiles.Path}", .. rendering.Users.Select(u => $"+ user {u}")];
        return
        [
            .. digest == applied.Digest ? Array.Empty<string>() : [$"~ {XrayFiles.Path} was altered by others"],
            .. applied.Users.Except(rendering.Users).Select(u => $"- user {u}"),
            .. rendering.Users.Except(applied.Users).Select(u => $"+ user {u}"),
            .. applied.Users.SequenceEqual(rendering.Users) && digest == applied.Digest ? [$"~ {XrayFiles.Path}"] : Array.Empty<string>(),
        ];
    }
}
