/**
 * Does `work` for every item, at most `jobs` at a time, the heaviest first so that none is left to the end alone. `tell` gets the
 * results in the order of the items, each as soon as all before it are there. Rejects with the first failure of `work`.
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  jobs: number,
  weight: (item: Item) => number,
  work: (item: Item) => Promise<Result>,
  tell: (item: Item, result: Result) => void,
): Promise<void> {
  const waiting = items.map((item, place) => ({ item, place }));
  waiting.sort((a, b) => weight(b.item) - weight(a.item) || a.place - b.place);
  const done = new Map<number, { item: Item; result: Result }>();
  let told = 0;
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      done.set(next.place, { item: next.item, result: await work(next.item) });
      for (let ready = done.get(told); ready !== undefined; ready = done.get(told)) {
        done.delete(told++);
        tell(ready.item, ready.result);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, worker));
}
