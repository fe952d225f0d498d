import type { Danger, Desired, Live, Spec } from '../../core/resource.ts';
import { addressOf } from '../../core/resource.ts';

const CREDENTIALS = new Set(['kong.keyauth_credential', 'kong.basicauth_credential', 'kong.hmacauth_credential']);

/** What somebody else hung on an object of ours: each lets in, or gets, what the blueprint gave to nobody. */
export function* extrasOf(wanted: ReadonlyMap<string, Desired>, live: readonly Live[]): Generator<Danger> {
  for (const object of live) {
    // What carries a mark is planned by its blueprint.
    if (object.owner !== undefined || wanted.has(addressOf(object))) continue;
    const found = harmOf(object, wanted);
    if (found)
      yield {
        kind: object.kind,
        id: object.id,
        what: found.what,
        origin: found.on.origin,
        hint: 'find out who made it, then delete it, or take it into the blueprint',
      };
  }
}

const harmOf = ({ kind, spec }: Live, wanted: ReadonlyMap<string, Desired>): { readonly what: string; readonly on: Desired } | undefined => {
  const consumer = wanted.get(`kong.consumer/${name(spec, 'consumer', 'username')}`);
  if (consumer && CREDENTIALS.has(kind)) return { what: `is an extra credential of our consumer ${consumer.id}: its holder is let in as it`, on: consumer };
  if (consumer && kind === 'kong.acl') return { what: `puts our consumer ${consumer.id} into a group that the blueprint does not`, on: consumer };
  const upstream = wanted.get(`kong.upstream/${name(spec, 'upstream', 'name')}`);
  if (upstream && kind === 'kong.target') return { what: `gets a share of the requests to our upstream ${upstream.id}`, on: upstream };
  return undefined;
};

const name = (spec: Spec, reference: string, field: string): string =>
  String((spec[reference] as Spec | null | undefined)?.[field] ?? '');
