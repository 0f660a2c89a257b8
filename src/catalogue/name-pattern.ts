/** Whether `name` matches a pattern in which `*` stands for any run of characters. Time is bounded by the product of the lengths. */
export function matchesPattern(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  let inPattern = 0;
  let inName = 0;
  let star = -1;
  let retry = 0;
  while (inName < name.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern++;
      retry = inName;
    } else if (pattern[inPattern] === name[inName]) {
      inPattern += 1;
      inName += 1;
    } else if (star >= 0) {
      inPattern = star + 1;
      inName = ++retry;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** Whether some name matches both patterns; used to refuse templates of one priority whose patterns overlap. */
export function patternsOverlap(left: string, right: string): boolean {
  const width = right.length + 1;
  const reachable = new Uint8Array((left.length + 1) * width);
  reachable[0] = 1;
  for (let i = 0; i <= left.length; i++) {
    for (let j = 0; j <= right.length; j++) {
      if (!reachable[i * width + j]) continue;
      const a = left[i];
      const b = right[j];
      if (a === '*') reachable[(i + 1) * width + j] = 1;
      if (b === '*') reachable[i * width + j + 1] = 1;
      if (a !== undefined && b === '*' && a !== '*') reachable[(i + 1) * width + j] = 1;
      if (b !== undefined && a === '*' && b !== '*') reachable[i * width + j + 1] = 1;
      if (a !== undefined && a === b && a !== '*') reachable[(i + 1) * width + j + 1] = 1;
    }
  }
  return reachable[reachable.length - 1] === 1;
}
