/** The part of JSON Schema that the schemas of the conventions are written in. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** What of `value` does not hold to the schema, by its place; nothing where all does. */
export function faultsOf(value: unknown, schema: Schema, root: Schema = schema, place = '$'): string[] {
  if (schema.$ref !== undefined) {
    const [, name] = /^#\/\$defs\/(\w+)$/.exec(schema.$ref) ?? [];
    // The draft of JSON Schema itself: any schema of a tool.
    return name === undefined ? [] : faultsOf(value, root.$defs?.[name] as Schema, root, place);
  }
  if (schema.anyOf !== undefined) {
    const faults = schema.anyOf.map((one) => faultsOf(value, one, root, place));
    return faults.some((one) => one.length === 0) ? [] : faults.flat();
  }
  if (schema.const !== undefined && value !== schema.const) return [`${place}: expected ${String(schema.const)}`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${place}: expected one of ${String(schema.enum)}`];
  if (schema.type !== undefined && typeOf(value) !== schema.type) return [`${place}: expected ${schema.type}`];
  return [...memberFaults(value, schema, root, place), ...itemFaults(value, schema, root, place)];
}

function memberFaults(
  value: unknown,
  { required = [], properties = {} }: Schema,
  root: Schema,
  place: string,
): string[] {
  if (typeOf(value) !== 'object') return [];
  const members = value as Readonly<Record<string, unknown>>;
  const missing = required.filter((name) => !(name in members)).map((name) => `${place}: lacks ${name}`);
  const wrong = Object.entries(properties).flatMap(([name, one]) =>
    name in members ? faultsOf(members[name], one, root, `${place}.${name}`) : [],
  );
  return [...missing, ...wrong];
}

const itemFaults = (value: unknown, { items }: Schema, root: Schema, place: string): string[] =>
  Array.isArray(value) && items !== undefined
    ? value.flatMap((one, index) => faultsOf(one, items, root, `${place}[${index}]`))
    : [];

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
