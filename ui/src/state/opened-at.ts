/** When the page was opened: the first "now". Whoever asks before the page is drawn counts from it too, so that both ask the same. */
export const openedAtMillis = Date.now();
