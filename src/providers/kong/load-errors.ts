import { objectOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';

const SHOWN = 5;

/**
 * The reasons of a refused configuration, an entity each: `route shop.orders.list: paths.1: invalid regex`. `undefined` when the answer
 * of `POST /config` has lost them: with `flatten_errors` Kong drops what belongs to no entity. Never quotes the entity itself, which may hold secrets.
 * (https://developer.konghq.com/gateway/db-less-mode/, and Kong 3.9.3)
 */
export const loadErrors = (body: unknown): string | undefined => {
  const { flattened_errors: flattened, fields, message } = objectOf(body);
  const found = listOf(flattened).map(objectOf).flatMap(reasonsOf).filter((reason) => reason !== '');
  const rest = typeof fields === 'object' && fields !== null && Object.keys(fields).length > 0 ? [String(message)] : [];
  const all = [...found, ...rest];
  if (all.length > SHOWN) return `${all.slice(0, SHOWN).join('; ')}; and ${all.length - SHOWN} more`;
  return all.length > 0 ? all.join('; ') : undefined;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const reasonsOf = ({ entity_type: type, entity_name: name, entity_id: id, errors }: JsonObject): readonly string[] =>
  listOf(errors).map(objectOf).map(({ field, message, messages }) => {
    const what = [type, name ?? id].filter((part) => typeof part === 'string').join(' ');
    const why = [message, ...listOf(messages)].filter((part) => typeof part === 'string').join(', ');
    return [what, field, why].filter((part) => typeof part === 'string' && part !== '').join(': ');
  });
