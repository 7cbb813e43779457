/** All elements of an asynchronous sequence: the events of a stream, the items of a paginated list. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const elements: T[] = [];
  for await (const element of source) elements.push(element);
  return elements;
}
