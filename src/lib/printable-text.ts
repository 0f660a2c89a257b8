/** C0 (without tab and line feed), DEL, C1, and the characters that reorder text. */
const control = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text of strangers for a terminal: control characters, which could move the cursor or retitle the window, are shown instead of sent. */
export const printableText = (text: string): string =>
  text.replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
