using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Flows;

/// <summary>One reading of one flow's text: goes on after a fault, so that the caller sees all of them.</summary>
sealed class FlowParser(string text, string path)
{
    public const int DefaultPriority = 32768;
    public const int LastTable = 253;

    const int LongestText = 8192;
    const string ActionsKey = "actions=";

    const string Cookies = "MeshMcp uses the cookie to mark whose flow it is";
    const string Timeouts = "the desired state holds until it is changed, so flows do not expire";
    const string Flags = "flags of the flow_mod message are not part of a flow's state";
    const string Statistics = "statistics are not part of a flow; leave it out";

    static readonly Dictionary<string, string> Refused = new()
    {
        ["cookie"] = Cookies,
        ["cookie_mask"] = Cookies,
        ["idle_timeout"] = Timeouts,
        ["hard_timeout"] = Timeouts,
        ["importance"] = Timeouts,
        ["send_flow_rem"] = Flags,
        ["check_overlap"] = Flags,
        ["reset_counts"] = Flags,
        ["no_packet_counts"] = Flags,
        ["no_byte_counts"] = Flags,
        ["allow_hidden_fields"] = Flags,
        ["out_port"] = Flags,
        ["out_group"] = Flags,
        ["duration"] = Statistics,
        ["n_packets"] = Statistics,
        ["n_bytes"] = Statistics,
        ["idle_age"] = Statistics,
        ["hard_age"] = Statistics,
    };

    readonly List<Problem> problems = [];
    readonly Dictionary<string, string> fields = [];
    readonly List<(Token At, MatchField Field)> requirements = [];
    ProtocolState protocol;
    int? table;
    int? priority;

    public IReadOnlyList<Problem> Problems => problems;

    public FlowPattern Parse(bool actionsRequired)
    {
        if (text.Length > LongestText)
        {
            Fault(LongestText, $"longer than {LongestText} characters");
            return new(null, null, [], null);
        }
        var whole = new Token(text, 0);
        var start = ActionsAt();
        foreach (var piece in (start < 0 ? whole : whole.Slice(0, start)).Split(IsSeparator, (at, what) => Fault(at, what))) ReadMatch(piece);
        foreach (var (at, field) in requirements)
        {
            if (field.Requires?.Met(protocol) == false)
                Fault(at.At, $"{at.Text} needs {field.Requires.Words} in the same flow");
        }
        IReadOnlyList<FlowAction>? actions = null;
        if (start >= 0)
            actions = new ActionParser(protocol, table ?? 0, fields, Fault).Read(whole.From(start + ActionsKey.Length));
        else if (actionsRequired)
            Fault(text.Length, "actions are missing: end the flow with actions=… (actions=drop drops)");
        return new(table, priority, Fields(), actions);
    }

    public static bool IsSeparator(char c) => c is ',' or ' ' or '\t' or '\r' or '\n';

    /// <summary>Where <c>actions=</c> begins as a word of its own; -1 when it does not.</summary>
    int ActionsAt()
    {
        for (var at = 0; (at = text.IndexOf(ActionsKey, at, StringComparison.Ordinal)) >= 0; at++)
        {
            if (at == 0 || IsSeparator(text[at - 1])) return at;
        }
        return -1;
    }

    void ReadMatch(Token piece)
    {
        var (key, value) = piece.Cut("=");
        var name = key.Text.ToLowerInvariant();
        if (Refused.TryGetValue(name, out var reason)) Fault(key.At, $"{name} is not accepted: {reason}");
        else if (name == "table") ReadNumber(key, value, LastTable, ref table);
        else if (name == "priority") ReadNumber(key, value, 65535, ref priority);
        else if (Protocol.Find(name) is { } word) ReadProtocol(key, value, word);
        else if (MatchField.Find(name) is { } field) ReadField(key, value, field);
        else Fault(key.At, $"{FieldValues.Shown(key.Text)} is not a field of a match{(value is null ? " (actions begin with actions=)" : "")}",
            Nearest.To(name, MatchField.Names.Concat(["table", "priority", "actions"])));
    }

    void ReadNumber(Token key, Token? value, int max, ref int? number)
    {
        if (number is not null) Fault(key.At, $"{key.Text} is given twice");
        else if (value is not { Text.Length: > 0 } given) Fault(key.End, $"{key.Text} has no value (0-{max})");
        else if (FieldValues.Number((ulong)max)(given.Text) is { Fault: { } fault }) Fault(given.At, $"{key.Text}: {fault}");
        else if (FieldValues.TryNumber(given.Text, out var read)) number = (int)read;
    }

    void ReadProtocol(Token key, Token? value, Protocol word)
    {
        if (value is not null) Fault(value.Value.At - 1, $"{word.Name} takes no value");
        else SetProtocol(key, word.EtherType, word.IpProtocol);
    }

    void ReadField(Token key, Token? value, MatchField field)
    {
        if (value is not { Text.Length: > 0 } given)
        {
            Fault(key.End, $"{key.Text} has no value");
            return;
        }
        var reading = field.Read(given.Text);
        if (reading.Fault is { } fault)
        {
            Fault(given.At, $"{key.Text}: {fault}");
            return;
        }
        requirements.Add((key, field));
        if (field.Name == "dl_type") SetProtocol(key, (int)Convert.ToUInt32(reading.Value, 16), null);
        else if (field.Name == "nw_proto") SetProtocol(key, null, int.Parse(reading.Value!));
        else if (!fields.TryAdd(field.PrintedAs ?? field.Name, reading.Value!)) Fault(key.At, $"{key.Text} is given twice");
    }

    /// <summary>The same may be said twice (<c>ip,tcp</c>); what excludes each other may not.</summary>
    void SetProtocol(Token key, int? etherType, int? ipProtocol)
    {
        var conflict = (etherType is not null && protocol.EtherType is not null && etherType != protocol.EtherType)
            || (ipProtocol is not null && protocol.IpProtocol is not null && ipProtocol != protocol.IpProtocol);
        if (conflict) Fault(key.At, $"{key.Text} contradicts the protocol that this flow matches already");
        else protocol = new(etherType ?? protocol.EtherType, ipProtocol ?? protocol.IpProtocol);
    }

    List<FlowField> Fields() =>
    [
        .. protocol.Fields(),
        .. fields.Where(f => f.Value.Length > 0).OrderBy(f => MatchField.OrderOf(f.Key)).Select(f => new FlowField(f.Key, f.Value)),
    ];

    void Fault(int at, string message, IReadOnlyList<string>? nearest = null) =>
        problems.Add(new(path, message, at, nearest is { Count: > 0 } ? nearest : null));
}
