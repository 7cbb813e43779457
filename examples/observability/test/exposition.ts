/** What a scrape tells: for each metric the labels that its samples have, and whether there are any. */
export type Exposition = ReadonlyMap<string, ReadonlySet<string>>;

const sample = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? \S+(?: \d+)?$/;
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the text format of Prometheus. @throws Error that names the line, for what is none. */
export function expositionOf(text: string): Exposition {
  const found = new Map<string, Set<string>>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const parts = sample.exec(line);
    if (parts === null) throw new Error(`line ${index + 1} is no sample: ${line}`);
    const [, name = '', labels = ''] = parts;
    const known = found.get(name) ?? new Set();
    for (const [, one] of labels.matchAll(label)) known.add(one!);
    found.set(name, known);
  }
  return found;
}
