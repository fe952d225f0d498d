import { groupBy } from '../core/collections.ts';
import { oneLine } from '../core/one-line.ts';
import { addressOfChange, changesOf, reasonsOf } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import type { Report } from '../core/report.ts';
import type { Change, FieldDiff } from '../core/resource.ts';
import { besideOf, diffWords, originOf, speaksOfLive, titleOf, unseenLines, whyOf } from './change.ts';
import { fieldDiff, valueText } from './field-diff.ts';
import { leftLines, mostOf } from './most.ts';
import { placeOf } from './problem.ts';
import { effectOf, rankOf, ranked } from './ranked.ts';
import type { Style } from './style.ts';

const symbols: Record<Change['action'], string> = {
  create: '+',
  update: '~',
  replace: '±',
  adopt: '^',
  delete: '-',
  release: 'o',
  keep: ' ',
  orphan: '?',
  blocked: '!',
  deferred: '+',
  danger: '!',
};

/** A plan as it is read: by service, and what must not be missed last, where the eye is when a command has ended. */
export const renderPlan = (plan: Plan, report: Report, style: Style): string => {
  const changes = changesOf(plan).filter(({ action }) => action !== 'keep');
  const unseen = unseenLines(plan).map((line) => style.change(line));
  const accepted = plan.accepted.length > 0 ? [`${plan.accepted.length} accepted`] : [];
  if (changes.length === 0) return ['no changes', ...unseen, ...accepted].join('\n');
  // What opens a door or gives something away is never one of many.
  const isGrave = (change: Change): boolean => speaksOfLive(report) && ['opens', 'exposes'].includes(effectOf(change) ?? '');
  // Of a kind the most dangerous are kept.
  const { shown, left } = mostOf(ranked(changes).filter((change) => !isGrave(change)).toReversed(), (change) => `${titleOf(change, report)} ${kindOf(change)}`);
  const inOrder = ranked(changes).filter((change) => isGrave(change) || shown.includes(change));
  const groups = groupsOf(inOrder, report);
  const lines = groups.flatMap(({ title, members }) => [
    ...(groups.length > 1 ? ['', style.strong(title)] : []),
    ...members.map((change) => renderChange(change, report, style)),
  ]);
  return [...lines.slice(lines[0] === '' ? 1 : 0), ...leftLines(left).map((line) => style.faint(line)), ...unseen, '', style.strong([countChanges(plan, report), ...accepted].join(', '))].join('\n');
};

const kindOf = (change: Change): string => addressOfChange(change).replace(/\/.*$/s, '');

interface Group {
  readonly title: string;
  readonly members: readonly Change[];
}

/** Changes by the service that they are about, the group with the most dangerous one last; what is of no single service is a group of its own. */
const groupsOf = (changes: readonly Change[], { topology }: Report): readonly Group[] => {
  const services = (topology?.clusters ?? []).flatMap(({ id }) => (id.startsWith('service ') ? [id.slice('service '.length)] : []));
  if (services.length === 0) return [{ title: '', members: changes }];
  const shared = `${topology?.name ?? ''}: of no single service`;
  const groups = [...groupBy(changes, (change) => serviceOf(change, services) ?? shared)].map(([title, members]) => ({ title, members }));
  const worst = ({ members }: Group): number => Math.max(...members.map(rankOf));
  return groups.toSorted((a, b) => worst(a) - worst(b) || Number(b.title === shared) - Number(a.title === shared));
};

/** The service of the blueprint that a change is about, by its object's name: `kong.route/shop.orders.list`, `keycloak.client-scope/shop/orders:read`. */
const serviceOf = (change: Change, services: readonly string[]): string | undefined => {
  const parts = addressOfChange(change).split(/[./\s:]/);
  return services.find((service) => parts.includes(service));
};

/** What is within reach stays as it is when something is applied: nobody who said yes beforehand has seen it. */
export const renderStaying = (plan: Plan, report: Report, style: Style): string => {
  const grave = plan.dangers.filter(({ effect }) => effect === 'opens' || effect === 'exposes');
  const others = plan.dangers.length - grave.length;
  const rest = others === 0 ? [] : [style.faint(`${others} more ${others === 1 ? 'thing is' : 'things are'} told by authctl drift`)];
  return [...grave.map((change) => renderChange(change, report, style)), ...rest].join('\n');
};

const renderChange = (change: Change, report: Report, style: Style): string => {
  const colour = { create: style.good, deferred: style.good, delete: style.bad, blocked: style.bad, danger: style.bad } as Partial<
    Record<Change['action'], (text: string) => string>
  >;
  const paint = colour[change.action] ?? style.change;
  const origin = originOf(change);
  const severity = speaksOfLive(report) && change.action !== 'danger' && change.effect !== undefined ? `  [${change.effect}]` : '';
  // Fields have a line each.
  const note = reasonsOf(change).length > 0 ? besideOf(change).join('; ') : whyOf(change);
  return [
    `${paint(`${symbols[change.action]} ${titleOf(change, report)}`)} ${addressOfChange(change)}${severity}${origin ? `  ${style.faint(placeOf(origin))}` : ''}`,
    ...(note === '' ? [] : [`    ${note}`]),
    ...reasonsOf(change).flatMap((difference) => fieldLines(difference, report, style).map((line) => `    ${line}`)),
  ].join('\n');
};

/** Lines of one field that are shown at the most. */
const SHOWN = 24;

/** A field in a line; a text of many lines (a policy) as a unified diff, a list by the elements that differ. */
const fieldLines = (difference: FieldDiff, report: Report, style: Style): readonly string[] => {
  const { path, before, after } = difference;
  if (!isLong(before, after)) return [diffWords(difference, report, (value, side) => style[side === 'before' ? 'bad' : 'good'](valueText(value)))];
  const lines = fieldDiff(difference, speaksOfLive(report));
  const paint = { '-': style.bad, '+': style.good, '': style.faint };
  return [
    `${path}:${speaksOfLive(report) ? ' (- is live, + is what the blueprint says)' : ''}`,
    ...lines.slice(0, SHOWN).map(({ sign, text }) => `  ${paint[sign](sign === '' ? oneLine(text) : `${sign} ${oneLine(text)}`)}`),
    ...(lines.length > SHOWN ? [`  ${style.faint(`… ${lines.length - SHOWN} more lines`)}`] : []),
  ];
};

const isLong = (before: unknown, after: unknown): boolean =>
  (Array.isArray(before) && Array.isArray(after) && before.length + after.length > 0) || (typeof before === 'string' && typeof after === 'string' && before.includes('\n') && after.includes('\n'));

const countChanges = (plan: Plan, report: Report): string => {
  const count = new Map<string, number>();
  for (const change of changesOf(plan)) {
    const title = change.action === 'keep' ? 'keep' : titleOf(change, report);
    count.set(title, (count.get(title) ?? 0) + 1);
  }
  const kept = count.get('keep') ?? 0;
  const named = [...count].filter(([action]) => action !== 'keep').map(([action, number]) => `${number} ${action}`);
  return `${named.join(', ')}${kept > 0 ? `, ${kept} unchanged` : ''}`;
};
