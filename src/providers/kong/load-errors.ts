/** What `POST /config` says when it refuses. (https://developer.konghq.com/gateway/db-less-mode/, and Kong 3.9.3) */
interface Refusal {
  readonly message?: unknown;
  readonly fields?: unknown;
  readonly flattened_errors?: unknown;
}
interface Flattened {
  readonly entity_type?: unknown;
  readonly entity_name?: unknown;
  readonly entity_id?: unknown;
  readonly errors?: readonly { readonly field?: unknown; readonly message?: unknown; readonly messages?: readonly unknown[] }[];
}

const SHOWN = 5;

/**
 * The reasons of a refused configuration, an entity each: `route shop.orders.list: paths.1: invalid regex`. `undefined` when the answer
 * has lost them: with `flatten_errors` Kong drops what belongs to no entity. Never quotes the entity itself, which may hold secrets.
 */
export const loadErrors = (body: unknown): string | undefined => {
  const { flattened_errors: flattened, fields, message } = (body ?? {}) as Refusal;
  const found = (Array.isArray(flattened) ? (flattened as Flattened[]) : []).flatMap(reasonsOf);
  const rest = typeof fields === 'object' && fields !== null && Object.keys(fields).length > 0 ? [String(message)] : [];
  const all = [...found, ...rest];
  if (all.length > SHOWN) return `${all.slice(0, SHOWN).join('; ')}; and ${all.length - SHOWN} more`;
  return all.length > 0 ? all.join('; ') : undefined;
};

const reasonsOf = ({ entity_type: type, entity_name: name, entity_id: id, errors = [] }: Flattened): readonly string[] =>
  errors.map(({ field, message, messages = [] }) => {
    const what = [type, name ?? id].filter((part) => typeof part === 'string').join(' ');
    const why = [message, ...messages].filter((part) => typeof part === 'string').join(', ');
    return [what, field, why].filter((part) => typeof part === 'string' && part !== '').join(': ');
  });
