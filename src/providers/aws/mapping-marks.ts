import { createHash } from 'node:crypto';

/**
 * API mappings have no tags. What says that one was made here is a tag of the API that it leads to, one for each, which is there before the mapping is.
 * A tag's key is short, and neither its key nor its value takes `*` and `~`, which are an `@` there: of a domain the first can only be `*`, of a path
 * it can only be `~`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging.html
 */
const PREFIX = 'authctl-mapping-';

/** Where a mapping stands: a domain, and the first segments of paths, none for all. */
export interface Place {
  readonly domain: string;
  readonly path: string;
}

export const placeText = ({ domain, path }: Place): string => `${domain}/${path}`;
const keyOf = (place: Place): string => `${PREFIX}${createHash('sha256').update(placeText(place)).digest('hex').slice(0, 32)}`;

export const isMappingTag = (key: string): boolean => key.startsWith(PREFIX);
export const mappingTag = (place: Place): readonly [key: string, value: string] => [keyOf(place), placeText(place).replaceAll(/[*~]/g, '@')];

/** The places that the tags of an API mark. A tag whose key is not that of its value was not set here. */
export const markedPlaces = (tags: Readonly<Record<string, string>> = {}): readonly Place[] =>
  Object.entries(tags).flatMap(([key, value]) => {
    const [, domain, path] = /^([^/]+)\/(.*)$/.exec(value) ?? [];
    if (domain === undefined || path === undefined) return [];
    const place = { domain: domain.replace(/^@/, '*'), path: path.replaceAll('@', '~') };
    return keyOf(place) === key ? [place] : [];
  });
