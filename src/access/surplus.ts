/**
 * Those that are too many: of the addresses that have most, the oldest. What is left is shared evenly.
 * @param items the oldest first
 * @param max how many may stay
 */
export function surplus<Item extends { readonly address: string }>(items: readonly Item[], max: number): Item[] {
  if (items.length <= max) {
    return [];
  }
  const byAddress = new Map<string, Item[]>();
  for (const item of items) {
    const others = byAddress.get(item.address);
    if (others === undefined) {
      byAddress.set(item.address, [item]);
    } else {
      others.push(item);
    }
  }
  const groups = [...byAddress.values()].sort((one, other) => one.length - other.length);
  let left = max;
  return groups.flatMap((group, index) => {
    const share = Math.min(group.length, Math.floor(left / (groups.length - index)));
    left -= share;
    return group.slice(0, group.length - share);
  });
}
