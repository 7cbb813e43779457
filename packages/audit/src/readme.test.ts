import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaults } from './options.ts';
import { guardedCodes, securityEvents } from './security-events.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

/** Names of the members of an interface, as its source has them. */
function membersOf(source: string, name: string): string[] {
  const body = new RegExp(`interface ${name}[^{]*\\{\\n([^]*?)\\n\\}`).exec(read(source))?.[1] ?? '';
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member]) => member as string);
}

/** First cells of the table whose head begins so. */
function rowsOf(head: string): string[] {
  const table = readme.slice(readme.indexOf(`| ${head}`)).split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `(\w+)`/gm)].map(([, cell]) => cell as string);
}

describe('the README', () => {
  it.each([
    ['of every line', 'LineHead', ['type']],
    ['of a `call`', 'CallRecord', []],
    ['of a `security`', 'SecurityRecord', []],
    ['of a `gap`', 'GapRecord', []],
  ])('has each member %s, and no other', (head, name, more) => {
    const members = membersOf('./line.ts', name).filter((member) => member !== 'type');
    expect(members.length).toBeGreaterThan(2);
    expect(rowsOf(head).toSorted()).toEqual([...members, ...more].toSorted());
  });

  it('has each option, with its default', () => {
    const options = membersOf('./options.ts', 'AuditOptions');
    expect(options.length).toBeGreaterThan(5);
    expect(rowsOf('option').toSorted()).toEqual(options.toSorted());
    for (const [option, value] of Object.entries(defaults))
      expect(readme).toMatch(new RegExp(`\\| \`${option}\` +\\| \`?'?${String(value)}`));
  });

  it('has each event about security', () => {
    for (const event of [...securityEvents, ...guardedCodes.map((code) => `guard.${code}`)])
      expect(readme).toContain(`\`${event}\``);
  });
});
