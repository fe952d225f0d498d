import { describe, expect, it } from 'vitest';
import { createAdmin } from '../../../../src/providers/kong/client.ts';
import { loadErrors } from '../../../../src/providers/kong/load-errors.ts';

describe('a refused configuration', () => {
  it('is told entity by entity, without the entity itself', () => {
    const flattened_errors = [
      {
        entity_type: 'route', entity_name: 'r', entity: { name: 'r', paths: ['~/a('] },
        errors: [{ field: 'paths.1', type: 'field', message: 'invalid regex' }],
      },
      { entity_type: 'jwt_secret', entity_id: 'j-1', entity: { secret: 'hidden' }, errors: [{ messages: ['first', 'second'] }] },
    ];
    expect(loadErrors({ fields: {}, message: 'declarative config is invalid: {}', flattened_errors })).toBe(
      'route r: paths.1: invalid regex; jwt_secret j-1: first, second',
    );
  });

  it('is told by its fields where they belong to no entity', () => {
    const fields = { jwt_secrets: ['uniqueness violation'] };
    expect(loadErrors({ fields, message: 'declarative config is invalid: {…}', flattened_errors: {} })).toBe('declarative config is invalid: {…}');
  });

  const wrong = (count: number) => ({
    flattened_errors: Array.from({ length: count }, (_, at) => ({ entity_type: 'route', entity_name: `r${at}`, errors: [{ message: 'wrong' }] })),
  });
  it('is told whole up to five reasons, and then by how many more there are', () => {
    expect(loadErrors(wrong(5))).toBe('route r0: wrong; route r1: wrong; route r2: wrong; route r3: wrong; route r4: wrong');
    expect(loadErrors(wrong(7))).toBe(`${loadErrors(wrong(5)) ?? ''}; and 2 more`);
  });

  it('may leave out what it is about, where, and why', () => {
    const flattened_errors = [
      { entity_type: 'vault', errors: [{ field: 'prefix', messages: [7, 'too short'] }] },
      { errors: [{ message: 'nameless' }, 'no reason at all'] },
      { entity_type: 'key', entity_name: 'k', errors: 'no list' },
    ];
    expect(loadErrors({ flattened_errors })).toBe('vault: prefix: too short; nameless');
  });

  it.each([[undefined], [null], ['text'], [{ fields: null }], [{ fields: 'text' }], [{ fields: {}, flattened_errors: 'text' }]])('has no reason in %j', (body) => {
    expect(loadErrors(body)).toBeUndefined();
  });

  it('has lost its reason when both are empty, and is asked again without flatten_errors', async () => {
    const lost = { code: 14, fields: {}, message: 'declarative config is invalid: {}', flattened_errors: {} };
    expect(loadErrors(lost)).toBeUndefined();
    const asked: string[] = [];
    const message = "declarative config is invalid: {routes={r={\"invalid reference 'service: nope'\"}}}";
    const send = (method: string, path: string) => {
      asked.push(`${method} ${path}`);
      return Promise.resolve({ status: 400, body: path.includes('flatten') ? lost : { ...lost, message } });
    };
    const http = { send, requests: () => ({ reads: 0, writes: 0 }), close: () => undefined };
    await expect(createAdmin(http, { url: 'http://kong:8001', mask: (text) => text }).load({})).rejects.toMatchObject({
      code: 'KONG_REFUSED',
      message: `kong refused to load the configuration (400): ${message}`,
    });
    expect(asked).toEqual(['POST /config?check_hash=1&flatten_errors=1', 'POST /config?check_hash=1']);
  });
});
