import { isObject, objectOf, textOf } from '../../../core/json.ts';
import { seenOf } from '../../../core/seen.ts';
import type { Effect, SpecValue } from '../../../core/resource.ts';
import { canonicalHost } from '../../address.ts';

export interface Finding {
  /** `opa.config`, `opa.policy`, `opa.data`, `opa.decision` */
  readonly kind: string;
  readonly name: string;
  readonly effect: Effect;
  readonly what: string;
  readonly seen: string;
}

interface Wanted {
  readonly bundle: string;
  /** `https://store.example/bundles`, where the blueprint publishes by http. */
  readonly store: string | undefined;
  readonly signed: boolean;
  /** The token itself is part of a question. */
  readonly tokens: boolean;
}

/** Fields that say nothing of who decides, and of who learns what was asked. `keys` are looked at by a check of their own. */
const PLAIN = new Set(['labels', 'services', 'bundles', 'keys', 'default_decision', 'default_authorization_decision']);

/** What an OPA is told to do beside fetching our bundle. https://www.openpolicyagent.org/docs/latest/configuration/ */
export function* configFindings(config: Readonly<Record<string, unknown>>, { bundle, store, signed, tokens }: Wanted): Generator<Finding> {
  const services = objectOf(config['services']);
  const addressOf = (service: unknown): string => textOf(objectOf(services[textOf(service) ?? ''])['url']) ?? `the service ${String(service)}`;
  const finding = (name: string, effect: Effect, what: string): Finding => ({ kind: 'opa.config', name, effect, what, seen: seenOf(plain(config[name.split('.')[0] ?? ''])) });

  const own = objectOf(objectOf(config['bundles'])[bundle]);
  const from = addressOf(own['service']);
  if (Object.keys(own).length > 0 && store !== undefined && hostOf(from) !== hostOf(store)) yield finding('bundles', 'opens', `its policy comes from ${from}, and the blueprint publishes to ${store}`);
  if (Object.keys(own).length > 0 && signed && !isObject(own['signing'])) yield finding('bundles', 'weakens', 'it takes a bundle that nobody signed');
  if (isObject(config['discovery'])) yield finding('discovery', 'weakens', `what it does is told by ${addressOf(config['discovery']['service'])} ${textOf(config['discovery']['resource']) ?? ''}, whatever it was started with`);
  const logs = config['decision_logs'];
  if (isObject(logs)) {
    const to = logs['service'] !== undefined ? addressOf(logs['service']) : textOf(logs['plugin']) !== undefined ? `the plugin ${String(logs['plugin'])}` : logs['console'] === true ? 'its own log' : undefined;
    if (to !== undefined) yield finding('decision_logs', 'exposes', `every question goes to ${to}: ${tokens ? 'tokens are in it, and their claims' : 'the claims of tokens are in it'}`);
  }
  const status = objectOf(config['status']);
  if (status['service'] !== undefined || status['plugin'] !== undefined) yield finding('status', 'differs', `it tells ${addressOf(status['service'] ?? status['plugin'])} which bundles it has`);
  if (config['default_decision'] !== undefined && config['default_decision'] !== '/system/main') yield finding('default_decision', 'differs', `a question without a path is answered by ${String(config['default_decision'])}`);
  for (const [name, value] of Object.entries(config)) {
    if (PLAIN.has(name) || ['discovery', 'decision_logs', 'status'].includes(name) || isNothing(value)) continue;
    const strange = name === 'plugins';
    yield finding(name, strange ? 'weakens' : 'differs', strange ? `plugins of its own take part: ${Object.keys(objectOf(value)).join(', ')}` : `${name} is configured`);
  }
}

const hostOf = (url: string): string => {
  if (!URL.canParse(url)) return url;
  const { hostname, port } = new URL(url);
  return `${canonicalHost(hostname)}:${port}`;
};
const isNothing = (value: unknown): boolean => value == null || value === false || (isObject(value) && Object.keys(value).length === 0);
/** JSON as it was read is what a spec is made of. */
const plain = (value: unknown): SpecValue => JSON.parse(JSON.stringify(value ?? null)) as SpecValue;
