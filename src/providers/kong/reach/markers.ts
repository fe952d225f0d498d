import { textsOf } from '../../../core/json.ts';
import { MARKER_HEADER, MARKER_HOST, markerOrigin, markerPath, markerPathIn } from '../in-force-marker.ts';
import { kong } from '../specs/index.ts';
import { markerName } from '../specs/marks.ts';
import type { Finding, Gateway } from './gateway.ts';
import { scopeOf } from './scopes.ts';
import { referenceOf } from './objects.ts';
import type { LivePlugin, LiveRoute, LiveService } from './objects.ts';

/** True for the bookkeeping row of a kind, whatever has become of it. */
export const isMarkerService = (name: string, { id }: { readonly id: string }): boolean => id === markerName(name);

/** True for the route of the bookkeeping while it is as authctl writes it, and leads nowhere: it takes nothing from anybody. */
export const isMarkerAsWritten = ({ name, serviceOf }: Gateway, route: LiveRoute): boolean => {
  const service = route.id === markerName(name) ? serviceOf(route) : undefined;
  return service !== undefined && wrongRoute(route, name) === undefined && wrongService(service) === undefined;
};

/** Plugins of others on our bookkeeping, which may keep us from seeing what is in force. */
export function* guestsOnMarkers({ name, plugins, origin }: Gateway): Generator<Finding> {
  const own = markerName(name);
  for (const plugin of plugins) {
    const { route, service } = scopeOf(plugin.spec);
    if (plugin.id === own || plugin.spec.enabled === false || (route !== own && service !== own)) continue;
    yield {
      kind: plugin.kind,
      id: plugin.id,
      effect: 'differs',
      what: `${plugin.spec.name} stands on a row of authctl's own bookkeeping, by which it sees what is in force`,
      origin,
      hint: 'delete it',
      seen: [plugin.spec],
    };
  }
}

/** The three rows by which authctl sees that its writes are in force: exactly as it writes them, or told. */
export function* strangeMarkers({ name, live, origin }: Gateway): Generator<Finding> {
  const own = markerName(name);
  for (const object of live) {
    if (object.id !== own) continue;
    const wrong = kong.service.is(object) ? wrongService(object) : kong.route.is(object) ? wrongRoute(object, name) : kong.plugin.is(object) ? wrongPlugin(object, own) : undefined;
    if (wrong !== undefined)
      yield {
        kind: object.kind,
        id: object.id,
        effect: 'differs',
        what: `a row of authctl's own bookkeeping is not as authctl writes it: ${wrong}`,
        origin,
        hint: 'delete the three rows of this name; the next apply that writes makes them again',
        seen: [object.spec],
      };
  }
}

const wrongService = ({ spec }: LiveService): string | undefined => (spec.host === MARKER_HOST && spec.path == null ? undefined : `it leads to ${String(spec.host)}:${String(spec.port)}`);

const wrongRoute = ({ spec, id }: LiveRoute, name: string): string | undefined => {
  const [path = '', ...more] = textsOf(spec.paths);
  if (more.length > 0 || !new RegExp(`^${markerPath(name, '[0-9a-f]+').replaceAll('.', '\\.')}$`).test(markerPathIn(path))) return `it takes ${[path, ...more].join(', ') || 'every path'}`;
  if (spec.service == null || referenceOf(spec.service) !== id) return 'it leads to another service';
  if (!textsOf(spec.headers?.[MARKER_HEADER]).includes(name)) return `it does not ask for ${MARKER_HEADER}`;
  return textsOf(spec.methods).join() === 'OPTIONS' ? undefined : 'it takes other methods than OPTIONS';
};

const wrongPlugin = ({ spec }: LivePlugin, own: string): string | undefined => {
  if (spec.name !== 'cors') return `it is ${spec.name}`;
  if (spec.enabled === false) return 'it is off';
  const origins = textsOf(spec.config?.origins);
  if (spec.config?.preflight_continue === true || origins.length !== 1 || !new RegExp(`^${markerOrigin('[0-9a-f]+')}$`).test(origins[0] ?? '')) return 'it answers something else';
  return spec.route != null && referenceOf(spec.route) === own ? undefined : 'it does not stand on the route of the same name';
};
