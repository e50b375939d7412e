using Xunit;

namespace MeshMcp.UnitTests;

/// <summary>Tests that change what is the whole process's, its environment, its signals, its umask, and tests that are about seconds. Nothing runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
