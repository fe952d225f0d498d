/** A text as a part of a regular expression that matches that text alone. (`RegExp.escape` needs Node 24.) */
export const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
