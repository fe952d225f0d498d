import { textsOf } from '../../../core/json.ts';
import type { LiveRoute, LiveService } from './objects.ts';

/** Whether some request by this route gets to a path below `wanted` at the service: what it takes off and puts before is reckoned with. */
export const reachesBelow = (route: LiveRoute, service: LiveService, wanted: string): boolean =>
  upstreamPrefixes(route, service).some((prefix) => wanted.startsWith(prefix) || prefix === wanted || prefix.startsWith(`${wanted}/`));

/** What every path that the service gets by this route begins with. */
const upstreamPrefixes = ({ spec }: LiveRoute, { spec: { path } }: LiveService): readonly string[] => {
  const before = String(path ?? '').replace(/\/+$/, '');
  const paths = textsOf(spec.paths);
  // An expression, and a route without paths, may take any; what is stripped leaves any.
  if (typeof spec.expression === 'string' || paths.length === 0 || spec.strip_path !== false) return [before];
  return paths.map((one) => `${before}${one.startsWith('~') ? literalStart(one.slice(1)) : one}`);
};

/** What every text that fits a regular expression begins with, as far as that is plain to see. */
const literalStart = (expression: string): string => (/[|]/.test(expression) ? '' : (/^\^?((?:[\w/-]|\\[./-])*)(?![?*{+])/.exec(expression)?.[1] ?? '').replaceAll('\\', ''));
