using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MeshMcp.Mutants;

/// <summary>Puts every change of one file behind its switch, innermost first, so that one build holds all of them.</summary>
/// <param name="number">Gives the mutant of that name its number; null where it is left out.</param>
/// <param name="constants">Names that the language wants to be constant.</param>
sealed class Mutator(Rule rule, string file, IReadOnlySet<string> constants, Func<string, int?> number)
{
    readonly Dictionary<string, int> _seen = [];

    /// <summary>The node's whole text, with what is around it.</summary>
    public string Text(SyntaxNode node)
    {
        if (IsNoRule(node) || IsFixed(node)) return node.ToFullString();
        var whole = string.Concat(node.ChildNodesAndTokens().Select(child => child.AsNode() is { } inner ? Text(inner) : Text(child.AsToken())));
        var (before, after) = (node.GetLeadingTrivia().ToFullString(), node.GetTrailingTrivia().ToFullString());
        var text = whole[before.Length..^after.Length];
        var member = node.Ancestors().Select(NameOf).FirstOrDefault(n => n is not null) ?? "";
        foreach (var change in rule.Members?.Contains(member) == false ? [] : Changes.Of(node, rule))
            if (number(Named(member, change)) is { } n) text = change.Wrap(text, $"global::MeshMcp.Contracts.Mutant.Is({n})");
        return before + text + after;
    }

    /// <summary>A constant becomes what can be behind a switch.</summary>
    static string Text(SyntaxToken token) => token.ToFullString() is var text && !token.IsKind(SyntaxKind.ConstKeyword) ? text
        : text.Replace("const", token.Parent is FieldDeclarationSyntax ? "static readonly" : "", StringComparison.Ordinal);

    bool IsFixed(SyntaxNode node) => node switch
    {
        FieldDeclarationSyntax field => field.Modifiers.Any(SyntaxKind.ConstKeyword) && field.Declaration.Variables.Any(v => constants.Contains(v.Identifier.Text)),
        LocalDeclarationStatementSyntax local => local.IsConst && local.Declaration.Variables.Any(v => constants.Contains(v.Identifier.Text)),
        _ => false,
    };

    /// <summary>What is said to people and logs, filters of exceptions, and what is no code.</summary>
    static bool IsNoRule(SyntaxNode node) => node switch
    {
        AttributeListSyntax or UsingDirectiveSyntax or EnumDeclarationSyntax or CatchFilterClauseSyntax or ParameterSyntax or PatternSyntax => true,
        ThrowStatementSyntax or ThrowExpressionSyntax => true,
        ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { Expression: var called } } => called.ToString() is var name
            && (name.StartsWith("Log", StringComparison.Ordinal) || name.StartsWith("log.", StringComparison.Ordinal) || name.StartsWith("events.", StringComparison.Ordinal) || name.EndsWith("Dispose", StringComparison.Ordinal)),
        _ => false,
    };

    string Named(string member, Change change)
    {
        var name = $"{Path.GetFileNameWithoutExtension(file)}.{member}: {change.Words}";
        var times = _seen[name] = _seen.GetValueOrDefault(name) + 1;
        return times == 1 ? name : $"{name} ({times})";
    }

    static string? NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        LocalFunctionStatementSyntax function => function.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        FieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier.Text,
        OperatorDeclarationSyntax => "operator",
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        _ => null,
    };
}
