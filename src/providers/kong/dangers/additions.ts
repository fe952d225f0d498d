import type { Danger, Desired, Live } from '../../../core/resource.ts';
import { kong } from '../specs/index.ts';
import type { Gateway } from './gateway.ts';

/** What somebody else hung on an object of ours: each lets in, or gets, what the blueprint gave to nobody. */
export function* additions({ wanted, live, ours }: Gateway): Generator<Danger> {
  for (const object of live) {
    // What carries a mark is planned by its blueprint.
    if (object.owner !== undefined || ours(object)) continue;
    const found = harmOf(object, wanted);
    if (found)
      yield {
        kind: object.kind,
        id: object.id,
        effect: 'opens',
        what: found.what,
        origin: found.on.origin,
        hint: 'find out who made it, then delete it, or take it into the blueprint',
      };
  }
}

const harmOf = (object: Live, wanted: Gateway['wanted']): { readonly what: string; readonly on: Desired } | undefined => {
  if (kong.target.is(object)) {
    const upstream = wanted.get(kong.upstream.address(String(object.spec.upstream.name)));
    return upstream && { what: `gets a share of the requests to our upstream ${upstream.id}`, on: upstream };
  }
  const isCredential = kong.keyAuth.is(object) || kong.basicAuth.is(object) || kong.hmacAuth.is(object);
  if (!isCredential && !kong.acl.is(object)) return undefined;
  const consumer = wanted.get(kong.consumer.address(String(object.spec.consumer.username)));
  if (consumer === undefined) return undefined;
  return isCredential
    ? { what: `is an extra credential of our consumer ${consumer.id}: its holder is let in as it`, on: consumer }
    : { what: `puts our consumer ${consumer.id} into a group that the blueprint does not`, on: consumer };
};
