/** An assignment as `util.parseEnv` of Node understands it. */
const assignment = /^\s*(?:export\s+)?([^\s=#]+)\s*=\s*(.*)$/;

/** A line of a `.env` file that is left out by the parser without a word. */
export interface MalformedLine {
  /** 1-based. */
  readonly number: number;
  readonly length: number;
}

/** The first line that is neither an assignment nor part of a quoted value, a comment or blank. */
export function malformedLine(text: string): MalformedLine | undefined {
  for (const { line, number, name } of statements(text))
    if (name === undefined && !/^\s*(?:#.*)?$/.test(line)) return { number, length: line.length };
  return undefined;
}

/** The line that gives `name` its value: the last one, as the parser has it. */
export function lineOf(text: string, name: string): number | undefined {
  let found: number | undefined;
  for (const statement of statements(text)) if (statement.name === name) found = statement.number;
  return found;
}

interface Statement {
  readonly line: string;
  readonly number: number;
  /** `undefined` when it is no assignment. */
  readonly name: string | undefined;
}

/** The lines on which something begins: those within a quoted value belong to the one that opened it. */
function* statements(text: string): Generator<Statement> {
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const [, name, value = ''] = assignment.exec(line) ?? [];
    yield { line, number: index + 1, name };
    const quote = name === undefined ? undefined : /^["'`]/.exec(value)?.[0];
    if (quote === undefined || value.includes(quote, 1)) continue;
    const end = lines.findIndex((other, at) => at > index && other.includes(quote));
    // A quote that is never closed is part of the value, which then ends with its line.
    if (end !== -1) index = end;
  }
}
