import type { Topology } from '../../core/topology.ts';
import { html, verbatim } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { layoutOf } from './layout.ts';
import type { Box, Link } from './layout.ts';
import { nameOf } from './marks.ts';
import type { Mark, Marks } from './marks.ts';

/** Colours come from the page's own variables; a picture that stands alone brings them (`alone`). */
export const topologyCss = `
.topology{display:block;width:100%;min-width:54rem;height:auto;font:500 12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
.topology text{fill:var(--text)}
.topology .heading{fill:var(--muted);font-size:11px;font-weight:600;letter-spacing:.06em}
.topology .box{fill:var(--card);stroke:var(--edge);stroke-width:1}
.topology .issuer .box,.topology .gateway .box,.topology .policy .box{stroke:var(--accent);fill:var(--accent-soft)}
.topology .route .box,.topology .more .box{fill:none;stroke:none}
.topology .title{font-weight:650}.topology .line{fill:var(--muted);font-weight:450}
.topology .route .title{font-weight:500}.topology .route .line{font-size:11px}
.topology .clients .box{fill:none;stroke-dasharray:2 4}.topology .more .title{fill:var(--muted);font-weight:450}
.topology .wrong>.box{stroke:var(--bad);stroke-width:2;fill:var(--bad-soft)}
.topology .route.wrong>.box{fill:var(--bad-soft);stroke:var(--bad);stroke-width:1}
.topology .wrong>.title{fill:var(--bad)}
.topology .service.wrong>.box{fill:var(--card)}.topology .service.wrong>.title{fill:var(--text)}
.topology .link{fill:none;stroke:var(--edge);stroke-width:1.5}
.topology .link.dashed{stroke-dasharray:4 4}.topology .link.wrong{stroke:var(--bad);stroke-width:2}
.topology .arrow{fill:var(--edge)}.topology .arrow.wrong{fill:var(--bad)}
.topology .label{fill:var(--muted);font-size:10.5px;font-weight:450;paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
.topology .badge{stroke-width:1.6;fill:none;stroke-linecap:round;stroke-linejoin:round}
.topology .badge.wrong{stroke:var(--bad)}.topology .badge.unknown{stroke:var(--warn)}.topology .badge.good{stroke:var(--good)}.topology .badge.changed{stroke:var(--accent)}
`;

export const lightColours = '--ground:#ffffff;--card:#ffffff;--text:#1b2330;--muted:#566172;--line:#dde2ea;--edge:#98a2b3;--soft:#f5f7fa;--accent:#2f5bd0;--accent-soft:#eef3ff;--good:#1c7340;--good-soft:#e9f6ee;--bad:#b3261e;--bad-soft:#fdeceb;--warn:#8a5a00;--warn-soft:#fdf4e1';
export const darkColours = '--ground:#10151d;--card:#171e29;--text:#e7ecf3;--muted:#a3afc0;--line:#2c3644;--edge:#64738a;--soft:#1a222e;--accent:#8fb0ff;--accent-soft:#1a2740;--good:#69cf93;--good-soft:#14291d;--bad:#ff8f86;--bad-soft:#371a1b;--warn:#e9b85c;--warn-soft:#322712';

/** Shapes, and not colours alone, say how something is: a cross, a question mark, a tick, a triangle. */
const SHAPES: Readonly<Record<Mark, string>> = {
  wrong: 'M-5 -5L5 5M5 -5L-5 5',
  unknown: 'M-3 -3.5A3.2 3.2 0 1 1 0 .8V2.4M0 5.4V5.6',
  good: 'M-5 0L-1.5 4L5 -4',
  changed: 'M0 -5L5 4H-5Z',
};
const WORDS: Readonly<Record<Mark, string>> = { wrong: 'wrong', unknown: 'not known', good: 'as it should be', changed: 'changes' };

/** The picture of a topology, with what a report says of it. Characters that do something are its caller's to take out (`harmless`). */
export const drawTopology = (topology: Topology, marks: Marks, { alone = false, note }: { readonly alone?: boolean; /** What it is no picture of. */ readonly note?: string } = {}): Markup => {
  const { width, height, boxes, links, headings } = layoutOf(topology, marks);
  const names = new Map(topology.clusters.flatMap(({ nodes }) => nodes.map((node) => [node.id, nameOf(node)] as const)));
  const wrong = boxes.filter(({ mark, part }) => mark === 'wrong' && part !== 'service' && part !== 'clients');
  const unknown = boxes.filter(({ mark }) => mark === 'unknown');
  const said = (of: readonly Box[], word: string): readonly string[] => (of.length === 0 ? [] : [`${word}: ${of.map(({ id }) => names.get(id) ?? id).join(', ')}`]);
  const description = [...(note === undefined ? [] : [note]), [...said(wrong, 'wrong'), ...said(unknown, 'not known')].join('; ') || 'nothing in it is wrong'].join('. ');
  return html`<svg class="topology" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${alone ? html`width="${width}" height="${height}" ` : undefined}role="img" aria-labelledby="picture-title picture-desc"><title id="picture-title">Topology of ${topology.name}</title><desc id="picture-desc">${description}</desc>
${alone ? verbatim(`<style>:root{color-scheme:light dark;${lightColours}}@media(prefers-color-scheme:dark){:root{${darkColours}}}${topologyCss}.ground{fill:var(--ground)}</style>\n`) : undefined}${alone ? html`<rect class="ground" width="${width}" height="${height}"/>\n` : undefined}${headings.map(({ x, y, text }) => html`<text class="heading" x="${x}" y="${y}">${text}</text>\n`)}${boxes.filter(isFrame).map(drawBox)}${links.filter(({ dashed }) => !dashed).map(drawLink)}${links.filter(({ dashed }) => dashed).map(drawLink)}${boxes.filter((box) => !isFrame(box)).map(drawBox)}${note === undefined ? undefined : html`<text class="line" x="12" y="${height - 3}">${cut(note, width)}</text>`}</svg>`;
};

/** It holds others, which are drawn on it. */
const isFrame = ({ part }: Box): boolean => part === 'service' || part === 'clients';

const drawBox = (box: Box): Markup => {
  const { part, mark, x, y, width, height, title, lines, words } = box;
  if (part === 'clients') return html`<g class="clients"><title>${title}</title><rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/></g>\n`;
  const flat = part === 'route' || part === 'more';
  const room = width - 24 - (mark === undefined ? 0 : 20);
  const first = flat || lines.length === 0 ? y + (part === 'service' ? 21 : height / 2 + 4) : y + height / 2 - (lines.length > 1 ? 12 : 3);
  const said = mark === undefined ? [] : [`${WORDS[mark]}${words.length > 0 && mark !== 'good' ? `: ${words.slice(0, 8).join(', ')}${words.length > 8 ? ` and ${words.length - 8} more` : ''}` : ''}`];
  const tip = [title, ...lines, ...said].join('\n').split('\n').join('; ');
  // A route says on one line what it is, and who may.
  const text = flat
    ? html`<text class="title" x="${x + 8}" y="${first}">${cut(title, part === 'more' ? width : width * 0.6)}</text>${lines[0] === undefined ? undefined : html`<text class="line" x="${x + width - (mark === undefined ? 8 : 26)}" y="${first}" text-anchor="end">${cut(lines[0], width * 0.4 - 24)}</text>`}`
    : html`<text class="title" x="${x + 12}" y="${first}">${cut(title, room)}</text>${lines.slice(0, 2).map((line, at) => html`<text class="line" x="${x + 12}" y="${first + 16 * (at + 1)}">${cut(line, room)}</text>`)}`;
  return html`<g class="${part}${mark === undefined ? '' : ` ${mark}`}"><title>${tip}</title><rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="${flat ? 5 : 8}"/>${text}${mark === undefined || part === 'service' ? undefined : html`<path class="badge ${mark}" transform="translate(${x + width - 15} ${flat || lines.length === 0 ? y + height / 2 : first - 4})" d="${SHAPES[mark]}"/>`}</g>\n`;
};

/** How many letters of about this size have room, the last of them an ellipsis. */
const cut = (text: string, width: number): string => {
  const letters = [...text];
  const most = Math.max(4, Math.floor(width / 6.7));
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
};

const drawLink = ({ from, to, label, dashed, wrong }: Link): Markup => {
  const { path, end, turn, middle } = from.x === to.x ? upright(from, to) : across(from, to);
  const kind = `${dashed ? ' dashed' : ''}${wrong ? ' wrong' : ''}`;
  return html`<g><path class="link${kind}" d="${path}"/><path class="arrow${wrong ? ' wrong' : ''}" transform="translate(${end.x} ${end.y}) rotate(${turn})" d="M0 0L-7 -3.5V3.5Z"/>${label === undefined ? undefined : html`<text class="label" x="${middle.x}" y="${middle.y}" text-anchor="${middle.anchor}">${cut(label, 190)}</text>`}</g>\n`;
};

interface Drawn {
  readonly path: string;
  readonly end: { readonly x: number; readonly y: number };
  readonly turn: number;
  readonly middle: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** From the right side of one to the left side of another. */
const across = (from: Box, to: Box): Drawn => {
  const back = to.x < from.x;
  const begin = { x: back ? from.x : from.x + from.width, y: round(from.y + from.height / 2) };
  const end = { x: back ? to.x + to.width : to.x, y: round(to.y + (to.part === 'service' ? Math.min(to.height / 2, 60) : to.height / 2)) };
  const bend = round((end.x - begin.x) / 2);
  return {
    path: `M${begin.x} ${begin.y}C${begin.x + bend} ${begin.y} ${end.x - bend} ${end.y} ${end.x} ${end.y}`,
    end,
    turn: back ? 180 : 0,
    middle: { ...at(begin, end, end.x - begin.x > 240 ? 0.3 : 0.5), anchor: 'middle' },
  };
};

/** A point of the curve, a little above it: on a long one near its begin, where nothing else is. */
const at = (begin: { readonly x: number; readonly y: number }, end: { readonly x: number; readonly y: number }, t: number): { readonly x: number; readonly y: number } => {
  const rise = 3 * t * t - 2 * t * t * t;
  return { x: round(begin.x + (end.x - begin.x) * t), y: round(begin.y + (end.y - begin.y) * rise - 5) };
};

/** Between two that stand above each other; one that is not next goes around what is between. */
const upright = (from: Box, to: Box): Drawn => {
  const up = to.y < from.y;
  const begin = up ? from.y : from.y + from.height;
  const end = up ? to.y + to.height : to.y;
  const x = from.x + from.width / 2;
  if (Math.abs(begin - end) < 110) return { path: `M${x} ${begin}V${end}`, end: { x, y: end }, turn: up ? -90 : 90, middle: { x: x + 8, y: round((begin + end) / 2 + 4), anchor: 'start' } };
  const side = from.x + from.width;
  const [a, b] = [round(from.y + from.height / 2), round(to.y + to.height / 2)];
  return { path: `M${side} ${a}C${side + 34} ${a} ${side + 34} ${b} ${side} ${b}`, end: { x: side, y: b }, turn: 180, middle: { x: side + 14, y: b + (up ? -8 : 16), anchor: 'start' } };
};
