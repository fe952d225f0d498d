import type { SpecValue } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { defaultPort } from '../../address.ts';
import { standsWithOthers } from './foreign-plugins.ts';
import { ifAtAll } from './gateway.ts';
import type { Finding, Gateway } from './gateway.ts';
import { scopeOf } from './scopes.ts';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** Every address that a configuration names, as a URL or as a host beside its port (`upstream_host`, `upstream_port`). */
export function* placesIn(value: SpecValue | undefined): Generator<Place> {
  if (typeof value === 'string') {
    const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) && URL.canParse(value) ? new URL(value) : undefined;
    if (url && url.hostname !== '') yield { host: url.hostname, port: Number(url.port) || defaultPort(url.protocol.slice(0, -1)) };
  } else if (typeof value === 'object' && value !== null && !(value instanceof Secret)) {
    for (const [name, item] of Object.entries(value)) {
      yield* placesIn(item);
      const port: SpecValue | undefined = /(^|_)host$/.test(name) ? Object.entries(value).find(([other]) => other === name.replace(/host$/, 'port'))?.[1] : undefined;
      if (typeof item === 'string' && typeof port === 'number') yield { host: item, port };
    }
  }
}

/** Whether a URL in a configuration has its host from the request, so that it may be any. */
const goesAnywhere = (value: SpecValue | undefined): boolean => {
  if (typeof value === 'string') return /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\$\(|\$\{|\{\{)/i.test(value);
  return typeof value === 'object' && value !== null && !(value instanceof Secret) && Object.values(value).some(goesAnywhere);
};

/** Plugins of others that send requests of their own to what the blueprint protects, or to what manages the gateway: no route leads there. */
export function* callingPlugins(gateway: Gateway): Generator<Finding> {
  for (const plugin of gateway.plugins) {
    const { name, config, enabled } = plugin.spec;
    if (enabled === false || !standsWithOthers(gateway, plugin)) continue;
    const reached = [...placesIn(config)].flatMap((place) => {
      const endpoints = gateway.endpoints({ name: '', ...place });
      const control = gateway.controlAt(endpoints);
      // A guard asks Keycloak or OPA: that is what it is there for. Nothing on a route asks the Admin API.
      const there = gateway.protectedAt(endpoints);
      if (there) return `${there.service.id}${ifAtAll(there)}`;
      return control?.what === "Kong's Admin API" ? `${control.what}${ifAtAll(control)}` : [];
    });
    if (goesAnywhere(config)) reached.push('wherever its caller says');
    if (reached.length === 0) continue;
    yield {
      kind: plugin.kind,
      id: plugin.id,
      effect: 'opens',
      what: `${name} on ${Object.values(scopeOf(plugin.spec)).join(' and ')} sends requests of its own to ${[...new Set(reached)].join(', ')}, past every guard`,
      origin: gateway.origin,
      hint: 'delete the plugin, or accept it',
      seen: [plugin.spec],
    };
  }
}
