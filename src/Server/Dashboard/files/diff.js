// The lines that two texts differ in.

/** [{ kind: ' ' | '-' | '+', text }]; unchanged stretches shortened to `around` lines. */
export const diff = (before, after, around = 2) => {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const longest = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) longest[i][j] = a[i] === b[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
  const lines = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;)
    if (i < a.length && j < b.length && a[i] === b[j]) { lines.push({ kind: ' ', text: a[i++] }); j++; }
    else if (j >= b.length || (i < a.length && longest[i + 1][j] >= longest[i][j + 1])) lines.push({ kind: '-', text: a[i++] });
    else lines.push({ kind: '+', text: b[j++] });
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some(l => l.kind !== ' '));
  return lines.filter((_, at) => near[at]);
};
