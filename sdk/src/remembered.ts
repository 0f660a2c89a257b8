/** The value of a key, made when it is asked for the first time. */
export function remembered<K, V>(values: Pick<Map<K, V>, 'get' | 'set'>, key: K, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}
