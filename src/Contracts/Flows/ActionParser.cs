using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using static MeshMcp.Contracts.Flows.FieldValues;
using static MeshMcp.Contracts.Flows.FlowParser;

namespace MeshMcp.Contracts.Flows;

/// <summary>Reads the actions of one flow. <see cref="Readers"/> is the one list of what is accepted.</summary>
/// <param name="protocol">What the match says, for actions that make sense on one protocol only.</param>
/// <param name="table">Where the flow stands: goto_table goes on only.</param>
/// <param name="match">Fields of the match by printed name.</param>
sealed partial class ActionParser(ProtocolState protocol, int table, IReadOnlyDictionary<string, string> match, Action<int, string, IReadOnlyList<string>?> fault)
{
    static readonly Dictionary<string, string> Refused = new()
    {
        ["controller"] = "no controller serves this bridge",
        ["learn"] = "it adds flows that are not in the state",
        ["enqueue"] = "queues are not managed",
        ["set_queue"] = "queues are not managed",
    };

    static readonly Dictionary<string, Func<ActionParser, Token, Token?, FlowAction?>> Readers = new()
    {
        ["output"] = (p, key, value) => p.Port(key, value, output: true) is { } port ? new FlowAction.Output(port) : null,
        ["resubmit"] = (p, key, value) => p.Resubmit(key, value),
        ["goto_table"] = (p, key, value) => p.GotoTable(key, value),
        ["set_field"] = (p, key, value) => p.SetField(key, value, tracked: false),
        ["load"] = (p, key, value) => p.Load(key, value),
        ["move"] = (p, key, value) => p.Move(key, value),
        ["ct"] = (p, key, value) => p.Track(key, value),
        ["mod_dl_src"] = Modify(WithoutMask(Mac)),
        ["mod_dl_dst"] = Modify(WithoutMask(Mac)),
        ["mod_nw_src"] = Modify(WithoutMask(Ipv4), Requirement.Ipv4),
        ["mod_nw_dst"] = Modify(WithoutMask(Ipv4), Requirement.Ipv4),
        ["mod_tp_src"] = Modify(Number(65535), Requirement.Transport),
        ["mod_tp_dst"] = Modify(Number(65535), Requirement.Transport),
        ["mod_nw_tos"] = Modify(Tos, Requirement.AnyIp),
        ["mod_nw_ttl"] = Modify(Number(255), Requirement.AnyIp),
        ["mod_vlan_vid"] = Modify(Number(4095)),
        ["mod_vlan_pcp"] = Modify(Number(7)),
        ["push_vlan"] = Modify(VlanEtherType),
        ["group"] = Modify(Number(0xffffff00)),
        ["meter"] = Modify(Number(0xffff0000)),
        ["note"] = Modify(Note),
        ["dec_ttl"] = Word(Requirement.AnyIp),
        ["strip_vlan"] = Word(null),
        ["pop_vlan"] = Word(null),
    };

    static readonly IReadOnlyList<string> Names = [.. Readers.Keys, "drop", .. FlowPort.Keywords.Select(k => k.ToLowerInvariant())];

    public IReadOnlyList<FlowAction> Read(Token text)
    {
        var pieces = text.Split(IsSeparator, (at, what) => fault(at, what, null));
        if (pieces.Count == 0) Fault(text.At, "actions are empty: write actions=drop to drop");
        if (pieces is [{ Text: var only }] && only.Equals("drop", StringComparison.OrdinalIgnoreCase)) return [];
        List<FlowAction> actions = [];
        foreach (var piece in pieces)
        {
            if (actions is [.., FlowAction.GotoTable]) Fault(piece.At, "nothing may follow goto_table");
            var (key, value) = Cut(piece);
            if (ReadOne(key, value) is not { } action) continue;
            if (action is FlowAction.Other { Name: "strip_vlan" or "pop_vlan" } && !HasTag(actions))
                Fault(key.At, $"{key.Text} needs dl_vlan or vlan_tci in the match, or a push_vlan before it");
            actions.Add(action);
        }
        return actions;
    }

    bool HasTag(List<FlowAction> before) => match.ContainsKey("dl_vlan") || match.ContainsKey("vlan_tci")
        || before.Any(a => a is FlowAction.Other { Name: "push_vlan" or "mod_vlan_vid" or "mod_vlan_pcp" });

    FlowAction? ReadOne(Token key, Token? value)
    {
        var name = key.Text.ToLowerInvariant();
        if (name == "drop") return Bad(key.At, "drop stands alone");
        if (Refused.TryGetValue(name, out var reason)) return Bad(key.At, $"{name} is not accepted: {reason}");
        if (Readers.TryGetValue(name, out var reader)) return reader(this, key, value);
        if (value is null && Port(key, key, output: true, quiet: true) is { } port) return new FlowAction.Output(port);
        return Bad(key.At, $"{Shown(key.Text)} is not an action{(value is null ? ", nor a port" : "")}", Nearest.To(name, Names));
    }

    /// <summary>The keyword and its argument, in either form: <c>a:b</c> or <c>a(b)</c>.</summary>
    (Token Key, Token? Value) Cut(Token piece)
    {
        if (piece.Text[0] == '"') return (piece, null);
        var i = piece.Text.IndexOfAny([':', '(']);
        if (i < 0) return (piece, null);
        var inBrackets = piece.Text[i] == '(';
        if (inBrackets && piece.Text[^1] != ')')
        {
            // An unpaired one has been reported; text after the pair has not.
            if (piece.Text.LastIndexOf(')') is var close and > 0) Fault(piece.At + close + 1, "a comma is missing after )");
            return (piece.Slice(0, i), piece.From(i + 1));
        }
        return (piece.Slice(0, i), inBrackets ? piece.Slice(i + 1, piece.Text.Length - 1) : piece.From(i + 1));
    }

    string? Port(Token key, Token? value, bool output, bool quiet = false)
    {
        if (value is not { Text.Length: > 0 } given) return Missing(key, value, "a port");
        var reading = FlowPort.Read(given.Text, output);
        if (reading.Fault is { } what && !quiet) Fault(given.At, what);
        return reading.Value;
    }

    FlowAction.Resubmit? Resubmit(Token key, Token? value)
    {
        if (value is not { Text.Length: > 0 } given)
        {
            Missing(key, value, "a port, or (port,table)");
            return null;
        }
        var (first, second) = given.Cut(",");
        // "in_port" here means: keep the real one.
        var port = first.Text.Length == 0 || first.Text.Equals("in_port", StringComparison.OrdinalIgnoreCase) ? "" : Port(key, first, output: false);
        if (second is null)
        {
            if (port == "") Fault(first.At, "resubmit needs a port or a table");
            return string.IsNullOrEmpty(port) ? null : new(port, null);
        }
        var target = Value(key, second, Number(LastTable));
        return port is null || target is null ? null : new(port == "" ? null : port, int.Parse(target));
    }

    FlowAction.GotoTable? GotoTable(Token key, Token? value)
    {
        if (Value(key, value, Number(LastTable)) is not { } text) return null;
        if (int.Parse(text) is var target && target > table) return new(target);
        Fault(value!.Value.At, $"goto_table goes only to a table after this one ({table})");
        return null;
    }

    /// <param name="tracked">Inside ct(exec(…)), the only place where ct_mark can be set.</param>
    FlowAction? SetField(Token key, Token? value, bool tracked)
    {
        if (value is not { Text.Length: > 0 } given || given.Cut("->") is not (var what, { } target))
            return Bad(value?.At ?? key.End, "set_field is written set_field:VALUE->FIELD");
        var field = MatchField.Find(target.Text.ToLowerInvariant());
        if (field?.SetAs is not { } name || tracked != (name == "ct_mark"))
            return Bad(target.At, field?.SetAs == "ct_mark" ? "ct_mark is set inside ct(commit,exec(…))" : $"{Shown(target.Text)} is not a field that can be set here",
                Nearest.To(target.Text, tracked ? ["ct_mark"] : MatchField.SettableNames));
        if (field.Requires is not null) Require(key, field.Requires);
        return Value(key, what, field.Read) is not { } read ? null
            : read.Length == 0 ? Bad(what.At, "a mask of zeros sets nothing") : Other(key, $":{read}->{name}");
    }

    FlowAction? Load(Token key, Token? value)
    {
        if (value is not { Text.Length: > 0 } given || given.Cut("->") is not (var what, { } target))
            return Bad(value?.At ?? key.End, "load is written load:VALUE->FIELD[FIRST..LAST]");
        return Value(key, what, Hex(ulong.MaxValue, maskable: false)) is { } read && Subfield(target) is { } into
            ? Other(key, $":{read}->{into}") : null;
    }

    FlowAction? Move(Token key, Token? value)
    {
        if (value is not { Text.Length: > 0 } given || given.Cut("->") is not (var what, { } target))
            return Bad(value?.At ?? key.End, "move is written move:FIELD[FIRST..LAST]->FIELD[FIRST..LAST]");
        return Subfield(what) is { } from && Subfield(target) is { } into ? Other(key, $":{from}->{into}") : null;
    }

    FlowAction.Other? Track(Token key, Token? value)
    {
        if (value is null or { Text.Length: 0 }) return Other(key, "()");
        List<string> parts = [];
        var whole = true;
        foreach (var piece in value.Value.Split(IsSeparator, (_, _) => { }))
        {
            if (TrackPart(piece) is { } part) parts.Add(part);
            else whole = false;
        }
        return whole ? Other(key, $"({string.Join(',', parts)})") : null;
    }

    string? TrackPart(Token piece)
    {
        if (piece.Text is "commit" or "force" or "nat") return piece.Text;
        if (NatText().IsMatch(piece.Text)) return piece.Text;
        if (piece.Text.StartsWith("exec(", StringComparison.Ordinal) && piece.Text[^1] == ')') return Execute(piece.Slice(5, piece.Text.Length - 1));
        var (key, value) = piece.Cut("=");
        switch (key.Text)
        {
            case "table": return Value(key, value, Number(LastTable)) is { } table ? $"table={table}" : null;
            case "zone" when value?.Text is [>= '0' and <= '9', ..]: return Value(key, value, Number(65535)) is { } zone ? $"zone={zone}" : null;
            case "zone" when value is { } from: return Subfield(from) is { } subfield ? $"zone={subfield}" : null;
            case "alg" when value?.Text is "ftp" or "tftp": return piece.Text;
        }
        Fault(piece.At, $"{Shown(piece.Text)} is not part of ct(…): commit, force, table=N, zone=N, nat, nat(src=A-B:P-Q), alg=ftp, exec(…)",
            Nearest.To(key.Text, ["commit", "force", "table", "zone", "nat", "alg", "exec"]));
        return null;
    }

    string? Execute(Token inside)
    {
        List<string> actions = [];
        foreach (var piece in inside.Split(IsSeparator, (_, _) => { }))
        {
            var (key, value) = Cut(piece);
            FlowAction? action = key.Text switch
            {
                "set_field" => SetField(key, value, tracked: true),
                "load" => Load(key, value),
                "move" => Move(key, value),
                _ => Bad(key.At, $"{Shown(key.Text)} cannot stand in exec(…): set_field, load or move"),
            };
            if (action is null) return null;
            actions.Add(action.ToString()!);
        }
        if (actions.Count == 0) Fault(inside.At, "exec() is empty");
        return actions.Count == 0 ? null : $"exec({string.Join(',', actions)})";
    }

    string? Subfield(Token token)
    {
        if (SubfieldText().IsMatch(token.Text)) return token.Text;
        Fault(token.At, $"{Shown(token.Text)} is not a field with bits: reg0[], reg0[0..15], NXM_OF_IP_DST[]");
        return null;
    }

    static Func<ActionParser, Token, Token?, FlowAction?> Modify(Func<string, Reading> read, Requirement? requires = null) => (p, key, value) =>
    {
        if (requires is not null) p.Require(key, requires);
        return p.Value(key, value, read) is { } text ? Other(key, $":{text}") : null;
    };

    static Func<ActionParser, Token, Token?, FlowAction?> Word(Requirement? requires) => (p, key, value) =>
    {
        if (requires is not null) p.Require(key, requires);
        return value is { Text.Length: > 0 } ? p.Bad(value.Value.At, $"{key.Text} takes no value") : Other(key, "");
    };

    static Func<string, Reading> WithoutMask(Func<string, Reading> read) =>
        text => text.Contains('/') ? Reading.Bad($"{Shown(text)} has a mask, which means nothing here") : read(text);

    static Reading VlanEtherType(string text) => TryNumber(text, out var type) && type is 0x8100 or 0x88a8
        ? Reading.Of($"0x{type:x4}") : Reading.Bad($"{Shown(text)} is neither 0x8100 nor 0x88a8");

    static Reading Note(string text) => NoteText().IsMatch(text) ? Reading.Of(text.ToLowerInvariant())
        : Reading.Bad($"{Shown(text)} is not pairs of hexadecimal digits (01.02.0a)");

    string? Value(Token key, Token? value, Func<string, Reading> read)
    {
        if (value is not { Text.Length: > 0 } given) return Missing(key, value, "a value");
        var reading = read(given.Text);
        if (reading.Fault is { } what) Fault(given.At, $"{key.Text}: {what}");
        return reading.Value;
    }

    void Require(Token key, Requirement requirement)
    {
        if (!requirement.Met(protocol)) Fault(key.At, $"{key.Text} needs {requirement.Words} in the match");
    }

    static FlowAction.Other Other(Token key, string rest) => new(key.Text.ToLowerInvariant(), key.Text.ToLowerInvariant() + rest);

    string? Missing(Token key, Token? value, string what)
    {
        Fault(value?.At ?? key.End, $"{key.Text} needs {what}");
        return null;
    }

    FlowAction? Bad(int at, string message, IReadOnlyList<string>? nearest = null)
    {
        Fault(at, message, nearest);
        return null;
    }

    void Fault(int at, string message, IReadOnlyList<string>? nearest = null) => fault(at, message, nearest);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]{0,39}(\[([0-9]{1,3}(\.\.[0-9]{1,3})?)?\])?\z")]
    private static partial Regex SubfieldText();

    [GeneratedRegex(@"^[0-9A-Fa-f]{2}(\.[0-9A-Fa-f]{2}){0,63}\z")]
    private static partial Regex NoteText();

    [GeneratedRegex(@"^nat\((src|dst)=[0-9.]{7,15}(-[0-9.]{7,15})?(:[0-9]{1,5}(-[0-9]{1,5})?)?(,(random|hash|persistent))*\)\z")]
    private static partial Regex NatText();
}
