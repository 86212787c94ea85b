/** Does something with each item, some at once; results in the items' order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  action: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await action(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
