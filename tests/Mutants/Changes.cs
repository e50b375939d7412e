using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Kind = Microsoft.CodeAnalysis.CSharp.SyntaxKind;

namespace MeshMcp.Mutants;

/// <summary>The changes that a node's own form and place offer. By syntax alone: what would not compile is left out here, or told by the compiler.</summary>
static class Changes
{
    static readonly Dictionary<Kind, string> Neighbours = new()
    {
        [Kind.LessThanExpression] = "<=", [Kind.LessThanOrEqualExpression] = "<", [Kind.GreaterThanExpression] = ">=", [Kind.GreaterThanOrEqualExpression] = ">",
        [Kind.LessThanToken] = "<=", [Kind.LessThanEqualsToken] = "<", [Kind.GreaterThanToken] = ">=", [Kind.GreaterThanEqualsToken] = ">",
    };

    static readonly Dictionary<string, string> Opposites = new() { ["Min"] = "Max", ["Max"] = "Min", ["Any"] = "All", ["All"] = "Any" };

    /// <summary>In texts that are programs themselves: tables of nftables.</summary>
    static readonly (string Word, string Opposite)[] Texts = [(" drop", " accept"), (" != ", " "), ("masquerade", "accept"), ("ct state", "ct mark")];

    public static IEnumerable<Change> Of(SyntaxNode node, Rule rule) => node switch
    {
        ExpressionStatementSyntax statement => OfStatement(statement),
        ExpressionSyntax expression and not ParenthesizedExpressionSyntax => [.. OfPlace(expression), .. OfForm(expression, rule)],
        _ => [],
    };

    static IEnumerable<Change> OfStatement(ExpressionStatementSyntax statement)
    {
        var called = statement.Expression is AwaitExpressionSyntax waited ? waited.Expression : statement.Expression;
        // Alone under a condition it is gone where that never holds.
        if (called is InvocationExpressionSyntax or ConditionalAccessExpressionSyntax && statement.Parent is not (IfStatementSyntax or ElseClauseSyntax) && !Declarations.Of(called).Any())
            yield return Change.Without(statement.ToString());
    }

    /// <summary>By what the expression decides there.</summary>
    static IEnumerable<Change> OfPlace(ExpressionSyntax expression)
    {
        var (text, declared, place) = (expression.ToString(), Declarations.Of(expression), Places.Of(expression));
        var (never, always) = (!declared.HasFlag(Declared.WhenNot), !declared.HasFlag(Declared.When));
        var literal = expression is LiteralExpressionSyntax;
        if (literal || place == Place.None) yield break;
        var chain = expression.RawKind is (int)Kind.LogicalAndExpression or (int)Kind.LogicalOrExpression;
        if (place is Place.Guard or Place.Branch or Place.Choice && never) yield return Change.Never(text);
        if (place is Place.Branch or Place.Choice && always && !chain) yield return Change.Always(text);
        // One of several alternatives that never holds; one of several conditions that always does.
        if (place is Place.Alternative && never) yield return Change.Never(text);
        if (place is Place.Condition && always) yield return Change.Always(text);
        if (place is Place.Answer && !chain && declared == Declared.Nothing)
        {
            yield return Change.Never(text);
            yield return Change.Always(text);
        }
    }

    static IEnumerable<Change> OfForm(ExpressionSyntax expression, Rule rule)
    {
        var text = expression.ToString();
        if (Places.OfConstant(expression)) yield return Change.Instead(text, $"(2 * ({text}) + 1)");
        if (Declarations.Of(expression) != Declared.Nothing) yield break;
        switch (expression)
        {
            case BinaryExpressionSyntax compared when Neighbours.TryGetValue(compared.Kind(), out var neighbour):
                yield return Change.Instead(text, $"{compared.Left} {neighbour} {compared.Right}");
                break;
            case IsPatternExpressionSyntax tested:
                foreach (var other in Patterns.Others(tested.Pattern, Neighbours)) yield return Change.Instead(text, $"{tested.Expression} is {other}");
                break;
            case LiteralExpressionSyntax literal when literal.Token.IsKind(Kind.TrueKeyword) || literal.Token.IsKind(Kind.FalseKeyword):
                if (literal.Parent is ArgumentSyntax or ReturnStatementSyntax or AssignmentExpressionSyntax or ArrowExpressionClauseSyntax)
                    yield return Change.Instead(text, literal.Token.IsKind(Kind.TrueKeyword) ? "false" : "true") with { Words = $"not {text}{Places.Around(literal)}" };
                break;
            case LiteralExpressionSyntax literal when literal.Token.IsKind(Kind.StringLiteralToken) && Places.IsConstantField(literal):
                yield return Change.Instead(text, $"{text} + \"x\"");
                break;
            case CollectionExpressionSyntax { Elements.Count: > 1 } list:
                for (var i = 0; i < list.Elements.Count; i++) yield return Change.Instead(text, $"[{string.Join(", ", list.Elements.Where((_, n) => n != i))}]") with { Words = $"without {list.Elements[i]} in {Places.Short(text)}" };
                break;
            case ImplicitArrayCreationExpressionSyntax { Initializer.Expressions: { Count: > 1 } items }:
                for (var i = 0; i < items.Count; i++) yield return Change.Instead(text, $"new[] {{ {string.Join(", ", items.Where((_, n) => n != i))} }}");
                break;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called, ArgumentList.Arguments.Count: > 0 } call when Opposites.TryGetValue(called.Name.Identifier.Text, out var opposite):
                yield return Change.Instead(text, $"{called.Expression}.{opposite}{call.ArgumentList}");
                break;
            case MemberAccessExpressionSyntax { Name.Identifier.Text: "Secret", Expression: IdentifierNameSyntax { Identifier.Text: "AtomicFile" } }:
                yield return Change.Instead(text, "AtomicFile.Public");
                break;
            case InterpolatedStringExpressionSyntax or LiteralExpressionSyntax { RawKind: (int)Kind.StringLiteralExpression } when rule.Texts:
                foreach (var (word, wrong) in Texts.Where(t => text.Contains(t.Word, StringComparison.Ordinal))) yield return Change.Instead(text, text.Replace(word, wrong, StringComparison.Ordinal));
                break;
        }
    }
}
