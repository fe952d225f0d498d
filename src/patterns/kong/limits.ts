import type { Blueprint, Route, Service } from '../../blueprint/types.ts';
import type { Desired } from '../../core/resource.ts';
import type { PluginConfig } from '../../providers/kong/specs/plugin-config.ts';
import { routeName, routePath } from '../objects.ts';
import { pluginMaker } from './plugin.ts';

type Limits = Pick<Route, 'rateLimit' | 'maxBody'>;

/** What a service says for its routes, by plugins on the service. One on a route stands in its place there: Kong runs a plugin once for a request. */
export const serviceLimits = (blueprint: Blueprint, service: Service, name: string): readonly Desired[] => limits(blueprint, `services.${service.id}`, name, { service: name }, service);

export const routeLimits = (blueprint: Blueprint, route: Route): readonly Desired[] => {
  const name = routeName(blueprint, route);
  return limits(blueprint, routePath(route), name, { route: name }, route);
};

const limits = (blueprint: Blueprint, path: string, name: string, place: Parameters<ReturnType<typeof pluginMaker>>[2], { rateLimit, maxBody }: Limits): readonly Desired[] => {
  const plugin = pluginMaker(blueprint, path);
  return [
    ...(rateLimit === undefined ? [] : [plugin('rate-limiting', `${name}.rate`, place, rateConfig(rateLimit))]),
    ...(maxBody === undefined ? [] : [plugin('request-size-limiting', `${name}.size`, place, sizeConfig(maxBody))]),
  ];
};

/** Every period is stated, so that one that somebody added is taken away. */
const rateConfig = ({ by, second, minute, hour, day }: NonNullable<Limits['rateLimit']>): PluginConfig<'rate-limiting'> => ({
  second: second ?? null,
  minute: minute ?? null,
  hour: hour ?? null,
  day: day ?? null,
  month: null,
  year: null,
  limit_by: by,
  policy: 'local',
  hide_client_headers: false,
});

const UNITS = { kB: 'kilobytes', MB: 'megabytes' } as const;

const sizeConfig = (maxBody: string): PluginConfig<'request-size-limiting'> => {
  const { count, unit } = sizeOf(maxBody);
  return { allowed_payload_size: count, size_unit: UNITS[unit], require_content_length: false };
};

/** `8MB` in its parts. */
const sizeOf = (text: string): { readonly count: number; readonly unit: keyof typeof UNITS } => ({ count: Number.parseInt(text, 10), unit: text.endsWith('kB') ? 'kB' : 'MB' });
