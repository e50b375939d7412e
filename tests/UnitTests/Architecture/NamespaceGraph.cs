using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MeshMcp.UnitTests.Architecture;

/// <summary>Which namespace of an assembly uses which, by what its types are made of and what their code names.</summary>
sealed class NamespaceGraph
{
    static readonly Dictionary<ushort, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => (ushort)o.Value);

    readonly MetadataReader _reader;
    readonly PEReader _file;
    readonly UsedTypes _used;

    NamespaceGraph(PEReader file)
    {
        (_file, _reader) = (file, file.GetMetadataReader());
        _used = new(_reader);
    }

    /// <summary>An example of a use, as "type → type", by the two namespaces.</summary>
    public Dictionary<(string From, string To), string> Uses { get; } = [];

    public static NamespaceGraph Of(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var graph = new NamespaceGraph(file);
        foreach (var handle in graph._reader.TypeDefinitions) graph.Add(handle);
        return graph;
    }

    void Add(TypeDefinitionHandle handle)
    {
        var type = _reader.GetTypeDefinition(handle);
        _used.Types.Clear();
        _used.Take(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations()) _used.Take(_reader.GetInterfaceImplementation(implemented).Interface);
        foreach (var attribute in type.GetCustomAttributes()) _used.Take(_reader.GetCustomAttribute(attribute).Constructor);
        foreach (var field in type.GetFields()) _reader.GetFieldDefinition(field).DecodeSignature(_used, null);
        foreach (var method in type.GetMethods()) Add(_reader.GetMethodDefinition(method));
        foreach (var used in _used.Types)
        {
            var (from, to) = (_used.NamespaceOf(handle), _used.NamespaceOf(used));
            if (from != to) Uses.TryAdd((from, to), $"{_used.NameOf(handle)} → {_used.NameOf(used)}");
        }
    }

    void Add(MethodDefinition method)
    {
        method.DecodeSignature(_used, null);
        if (method.RelativeVirtualAddress == 0) return;
        var body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil) _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_used, null);
        foreach (var region in body.ExceptionRegions) _used.Take(region.CatchType);
        var code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            int first = code.ReadByte();
            var operation = OpCodesByValue[first == 0xFE ? (ushort)(0xFE00 | code.ReadByte()) : (ushort)first];
            switch (operation.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok:
                    _used.Take(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                default:
                    code.Offset += operation.OperandType switch
                    {
                        OperandType.InlineNone => 0,
                        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                        OperandType.InlineVar => 2,
                        OperandType.InlineI8 or OperandType.InlineR => 8,
                        _ => 4,
                    };
                    break;
            }
        }
    }

    /// <summary>Collects the assembly's own types that signatures and code name.</summary>
    sealed class UsedTypes(MetadataReader reader) : ISignatureTypeProvider<object?, object?>
    {
        public HashSet<TypeDefinitionHandle> Types { get; } = [];

        public string NamespaceOf(TypeDefinitionHandle handle) => reader.GetString(reader.GetTypeDefinition(Outermost(handle)).Namespace);

        public string NameOf(TypeDefinitionHandle handle) => reader.GetString(reader.GetTypeDefinition(Outermost(handle)).Name);

        TypeDefinitionHandle Outermost(TypeDefinitionHandle handle) => reader.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer ? Outermost(outer) : handle;

        public void Take(EntityHandle handle)
        {
            if (handle.IsNil) return;
            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition:
                    Types.Add((TypeDefinitionHandle)handle);
                    break;
                case HandleKind.TypeSpecification:
                    reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                    break;
                case HandleKind.MethodDefinition:
                    Types.Add(reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.FieldDefinition:
                    Types.Add(reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MemberReference:
                    Take(reader.GetMemberReference((MemberReferenceHandle)handle).Parent);
                    break;
                case HandleKind.MethodSpecification:
                    var method = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                    Take(method.Method);
                    method.DecodeSignature(this, null);
                    break;
            }
        }

        public object? GetTypeFromDefinition(MetadataReader r, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            Types.Add(handle);
            return null;
        }

        public object? GetTypeFromSpecification(MetadataReader r, object? context, TypeSpecificationHandle handle, byte rawTypeKind)
        {
            Take(handle);
            return null;
        }

        public object? GetTypeFromReference(MetadataReader r, TypeReferenceHandle handle, byte rawTypeKind) => null;
        public object? GetArrayType(object? elementType, ArrayShape shape) => null;
        public object? GetByReferenceType(object? elementType) => null;
        public object? GetFunctionPointerType(MethodSignature<object?> signature) => null;
        public object? GetGenericInstantiation(object? genericType, ImmutableArray<object?> typeArguments) => null;
        public object? GetGenericMethodParameter(object? context, int index) => null;
        public object? GetGenericTypeParameter(object? context, int index) => null;
        public object? GetModifiedType(object? modifier, object? unmodifiedType, bool isRequired) => null;
        public object? GetPinnedType(object? elementType) => null;
        public object? GetPointerType(object? elementType) => null;
        public object? GetPrimitiveType(PrimitiveTypeCode typeCode) => null;
        public object? GetSZArrayType(object? elementType) => null;
    }
}
