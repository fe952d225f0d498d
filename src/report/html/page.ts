import { createHash } from 'node:crypto';
import type { Content, Markup } from './markup.ts';
import { html, verbatim } from './markup.ts';
import { script } from './script.ts';
import { css } from './style.ts';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Nothing is loaded from anywhere, and no mark-up that came in by a name could run: only this script and this style sheet are let, by what they are.
 * (Content Security Policy Level 3, section 2.3.1, hash-source)
 */
const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(css)}; base-uri 'none'; form-action 'none'`;

/** Written by hand, because a bundler takes the end of a script in a template for the end of its own and asks a package for help. */
const own = (tag: 'script' | 'style', text: string): Markup => verbatim(`<${tag}>${text}</${tag}>`);

/** One self-contained page. */
export const pageOf = (title: string, body: readonly Content[]): Markup =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${title}</title>
${own('style', css)}</head>
<body>${body}
${own('script', script)}</body></html>`;

/** How something is: a shape and a word, and a colour beside them. */
export type State = 'good' | 'bad' | 'unknown' | 'changes' | 'none';
const SHAPES: Readonly<Record<State, string>> = { good: '✓', bad: '✗', unknown: '?', changes: '△', none: '–' };

/** The word is read, the shape is for the eye. */
export const badge = (state: State, word: string): Markup => html`<span class="badge ${state}"><span aria-hidden="true">${SHAPES[state]}</span> ${word}</span>`;

export const section = (id: string, title: string, lead: Content, body: Content): Markup =>
  html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${lead === undefined ? undefined : html`<p class="lead">${lead}</p>`}
${body}</section>
`;

/** A table that scrolls by itself where the page is narrower: reached by keyboard, named for who does not see it. */
export const table = (name: string, heads: readonly Content[], rows: readonly Markup[]): Markup =>
  html`<div class="scroll" role="region" aria-label="${name}, as a table" tabindex="0"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>
${rows}</tbody></table></div>
`;
export const row = (first: Content, ...cells: readonly Content[]): Markup => html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
