import { escapeXml } from '../xml.ts';

/** Text that is mark-up already: made by `html` alone, so that nothing else comes to stand in a page as it is. */
export class Markup {
  readonly #text: string;
  constructor(text: string, key: typeof KEY) {
    if (key !== KEY) throw new Error('mark-up is made by `html`');
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}
const KEY = Symbol('made by html');

export type Content = string | number | Markup | undefined | readonly Content[];

/** Mark-up with what stands in it: text is escaped, mark-up stays as it is, a list is written one after the other, `undefined` is nothing. */
export const html = (parts: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  new Markup(parts.map((part, at) => `${part}${at < values.length ? written(values[at]) : ''}`).join(''), KEY);

const written = (value: Content): string => {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.toString();
  return typeof value === 'string' || typeof value === 'number' ? escapeXml(String(value)) : value.map(written).join('');
};

/** What the page's authors wrote themselves: a style sheet, a script. Never a text of a report. */
export const verbatim = (own: string): Markup => new Markup(own, KEY);
