using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>The file that this node's declared document comes from (of Nix, of a repository), where there is one: no other document is taken, as it would last only until that file is applied again.</summary>
/// <param name="path">Null: the document may come from everywhere.</param>
public sealed class DeclaredFile(string? path)
{
    /// <summary>Documents are that file's, read at each boot: nobody means one as an answer to an edit.</summary>
    public bool IsNamed => path is not null;

    /// <summary>Why <paramref name="document"/> is not taken; null when it is what the file says.</summary>
    public MeshError? Refusal(NodeState document)
    {
        if (path is null) return null;
        var fault = "";
        try
        {
            if (DeclaredDocuments.DigestOf(StateReader.Read(File.ReadAllText(path))) == DeclaredDocuments.DigestOf(document)) return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MeshException)
        {
            fault = $" The file cannot be read: {e.Message}";
        }
        return new(ErrorKind.NotSupported, $"The declared document of this node comes from {path}; another one is not taken.{fault}", "state",
            "Change it where that file is made (on NixOS services.op-dbus.stateConfig, then nixos-rebuild switch), or make the change as an edit (add_flow, create_container, publish_port …): edits stay on top of the document.");
    }
}
