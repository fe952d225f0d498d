import type * as s3 from '@aws-sdk/client-s3';
import type { S3Place } from '../../blueprint/types.ts';
import { objectOf, textOf } from '../../core/json.ts';
import { Problem, reason, unreachable } from '../../core/problem.ts';
import { quietSdk, sdkLimits } from '../aws-sdk.ts';
import { bucketAsked, bucketPlace, ownerHint } from '../bucket-place.ts';
import { statusOf } from '../thrown.ts';
import { fileOf } from './store.ts';
import type { BundleStore, Stored } from './store.ts';

type Sdk = typeof s3;

/**
 * A bucket of S3, or of a server that speaks its API. Without stated credentials the usual AWS environment gives them. A write is whole
 * or not at all, as S3 has it. The SDK is loaded when it is first needed.
 */
export const createS3Store = (publish: string, { endpoint, region, pathStyle, credentials }: S3Place, name: string, limitMs = Number.POSITIVE_INFINITY): BundleStore & { readonly close: () => void } => {
  const { bucket, prefix: stated, owner } = bucketPlace(publish) ?? { bucket: '', prefix: '' };
  const prefix = stated === '' ? '' : `${stated.replace(/\/+$/, '')}/`;
  const of = bucketAsked({ bucket, ...(owner !== undefined && { owner }) });
  const key = (stored: Stored): string => `${prefix}${fileOf(name, stored)}`;
  const where = (stored: Stored): string => `s3://${bucket}/${key(stored)}`;
  const counts = { reads: 0, writes: 0 };
  let opened: Promise<{ readonly sdk: Sdk; readonly s3: s3.S3Client }> | undefined;
  let close = (): void => undefined;

  const open = async (): Promise<{ readonly sdk: Sdk; readonly s3: s3.S3Client }> => {
    const sdk = await import('@aws-sdk/client-s3');
    quietSdk();
    const s3 = new sdk.S3Client({
      region,
      forcePathStyle: pathStyle,
      ...(endpoint !== undefined && { endpoint }),
      ...(credentials && {
        credentials: { accessKeyId: credentials.accessKeyId.reveal(), secretAccessKey: credentials.secretAccessKey.reveal() },
      }),
      // Other servers know none of the newer checksums; the signature covers the body in any case.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 4,
      requestHandler: sdkLimits(20_000, limitMs),
    });
    close = () => { s3.destroy(); };
    return { sdk, s3 };
  };

  /** Sends one command; what S3 says no to is a problem, and no answer is `TARGET_UNREACHABLE`. */
  const ask = async <Answer>(doing: string, stored: Stored, send: (sdk: Sdk, s3: s3.S3Client) => Promise<Answer>): Promise<Answer | undefined> => {
    const { sdk, s3 } = await (opened ??= open());
    try {
      return await send(sdk, s3);
    } catch (thrown) {
      const code = textOf(objectOf(thrown)['name']) ?? '';
      const status = statusOf(thrown);
      if (code === 'NoSuchKey') return undefined;
      if (code === 'CredentialsProviderError')
        throw new Problem('OPA_STORE', `there are no credentials to ${doing} ${where(stored)}`, { hint: 'state them in targets.opa.bundle.s3, or give them by the AWS environment' });
      if (status === undefined || status >= 500) throw unreachable('opa', endpoint ?? `S3 (${region})`, new Error(status === undefined ? reason(thrown) : `HTTP ${status}`));
      if (status === 401 || status === 403)
        throw new Problem('OPA_FORBIDDEN', `S3 does not let these credentials ${doing} ${where(stored)} (${code})`, { hint: `${ownerHint(owner)}check targets.opa.bundle.s3` });
      throw new Problem('OPA_STORE', `cannot ${doing} ${where(stored)}: ${code} (${status})`, { hint: 'check targets.opa.bundle.publish' });
    }
  };

  return {
    where,
    read: async (stored) => {
      counts.reads += 1;
      const bytes = await ask('read', stored, async ({ GetObjectCommand }, s3) => {
        const { Body } = await s3.send(new GetObjectCommand({ ...of, Key: key(stored) }));
        return Body?.transformToByteArray();
      });
      return bytes && Buffer.from(bytes);
    },
    write: async (stored, archive) => {
      counts.writes += 1;
      await ask('write', stored, ({ PutObjectCommand }, s3) =>
        s3.send(new PutObjectCommand({ ...of, Key: key(stored), Body: archive, ContentType: 'application/gzip', CacheControl: 'no-cache' })),
      );
    },
    remove: async (stored) => {
      counts.writes += 1;
      await ask('delete', stored, ({ DeleteObjectCommand }, s3) => s3.send(new DeleteObjectCommand({ ...of, Key: key(stored) })));
    },
    requests: () => ({ ...counts }),
    close: () => { close(); },
  };
};
