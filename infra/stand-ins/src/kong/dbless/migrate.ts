import { isObject } from '../schema/errors.ts';
import { normalizePath } from '../schema/normalize.ts';
import type { Row } from '../schema/types.ts';

const RESERVED = new Set("!#$%&'()*+,/:;=?@[]");
const META = new Set('.^-{}\\|');

const decodeRegex = (regex: string): string =>
  regex.replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
    const char = String.fromCharCode(parseInt(hex, 16));
    if (RESERVED.has(char)) return whole.toUpperCase();
    return META.has(char) ? `\\${char}` : char;
  });

const upgraded = (path: unknown): unknown => {
  if (typeof path !== 'string') return path;
  return /^[a-zA-Z0-9.\-_~/%]*$/.test(path) ? (path.startsWith('/') ? normalizePath(path) : path) : `~${decodeRegex(path)}`;
};

const upgradeRoutes = (routes: unknown): void => {
  for (const route of Array.isArray(routes) ? routes : []) {
    if (isObject(route) && Array.isArray(route['paths'])) route['paths'] = route['paths'].map(upgraded);
  }
};

/** Before format 3.0 a path with a regex character in it was a regex; it gets its `~` (`kong/db/declarative/migrations/route_path.lua`). */
export const upgradePaths = (table: Row): void => {
  if (table['_format_version'] !== '1.1' && table['_format_version'] !== '2.1') return;
  upgradeRoutes(table['routes']);
  for (const service of Array.isArray(table['services']) ? table['services'] : []) if (isObject(service)) upgradeRoutes(service['routes']);
  table['_format_version'] = '3.0';
};
