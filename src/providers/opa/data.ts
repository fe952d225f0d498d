import { parse } from 'yaml';
import { Problem, reason } from '../../core/problem.ts';
import { readData } from '../../service/decision/archive.ts';

/** Members sorted, no blanks: equal data, equal text. */
export const stableJson = (value: unknown): string => JSON.stringify(inOrder(value));

/** The same with members in order. What is in order is taken as it is: data of many megabytes mostly is, and a copy of it costs more than all else. */
const inOrder = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const ordered = items.map(inOrder);
    return ordered.every((item, at) => item === items[at]) ? items : ordered;
  }
  let previous = '';
  let same = true;
  const members: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    const ordered = inOrder(item);
    if (ordered !== item || name < previous) same = false;
    previous = name;
    members.push([name, ordered]);
  }
  return same ? value : Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/**
 * The one document that `data.json` and `data.yaml` files make, each below the path it stands in. Read here, once, so that OPA and the
 * services get the same. Throws `OPA_DATA` for what is no data, is said twice, or holds a number that a service would round.
 */
export const dataOf = (files: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> => {
  const read = Object.entries(files).map(([path, text]) => [path.replace(/\.yaml$/, '.json'), Buffer.from(asJson(path, text))] as const);
  const doubled = read.find(([path], at) => read.findIndex(([other]) => other === path) !== at);
  if (doubled) throw noData(doubled[0], 'is there as JSON and as YAML');
  try {
    return readData(new Map(read));
  } catch (thrown) {
    throw new Problem('OPA_DATA', `the data of the policy cannot be put together: ${reason(thrown)}`, { cause: thrown });
  }
};

const asJson = (path: string, text: string): string => {
  const exact = path.endsWith('.yaml') ? fromYaml(path, text) : text;
  // Without strings, in which digits mean nothing.
  const long = exact.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/\d[\d.]*/g)?.find((number) => number.replace('.', '').length > 15);
  if (long !== undefined) throw noData(path, `holds ${long}, which a service would round`, 'write it as a string');
  return exact;
};

const fromYaml = (path: string, text: string): string => {
  try {
    return JSON.stringify(parse(text));
  } catch (thrown) {
    throw noData(path, `is not YAML: ${reason(thrown).split('\n')[0] ?? ''}`);
  }
};

const noData = (path: string, why: string, hint?: string): Problem => new Problem('OPA_DATA', `${path} ${why}`, { hint });
