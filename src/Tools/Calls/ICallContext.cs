using MeshMcp.Contracts.Trust;

namespace MeshMcp.Tools.Calls;

/// <summary>Who calls, and over which connection. A tool gets it by <see cref="CallContexts.Call"/>.</summary>
public interface ICallContext
{
    /// <summary>The token's name; <c>local</c> when <see cref="IsLocal"/>.</summary>
    string CallerName { get; }

    /// <summary>The caller's scopes, with the ones each includes.</summary>
    IReadOnlyList<Scope> Scopes { get; }

    /// <summary>The nodes the caller may speak about; all when null. Calls with another <c>node</c> argument are refused before the tool runs.</summary>
    IReadOnlyList<string>? Nodes { get; }

    /// <summary>How long ago the connection this call came in on was accepted: a confirmation counts only on one younger than the apply.</summary>
    TimeSpan ConnectionAge { get; }

    /// <summary>The call came over standard input: there is no connection whose path could be proven.</summary>
    bool IsLocal { get; }

    /// <summary>Where the caller's user reaches the dashboard of this mesh; null where none is known.</summary>
    Uri? Dashboard => null;

    /// <summary>A program reads the answer, not a model: nothing need be left out to spare its context.</summary>
    bool IsProgram => false;

    /// <summary>The tools that the caller wants to see; others it cannot call.</summary>
    ShownTools Tools => ShownTools.Usual;

    /// <summary>Ends the connection after this answer, so that the next call must prove the path anew. Nothing to do over standard input.</summary>
    void CloseAfterAnswer();
}
