import type * as sdk from '@aws-sdk/client-s3';
import { isLoopback } from '../blueprint/checks/addresses.ts';
import type { Environment } from '../blueprint/resolve.ts';
import { objectOf, textOf } from '../core/json.ts';
import { Problem, reason } from '../core/problem.ts';
import { environmentConfig } from '../providers/aws-sdk.ts';
import { bucketAsked, bucketPlace, ownerHint } from '../providers/bucket-place.ts';
import { errnoOf, statusOf } from '../providers/thrown.ts';

type Sdk = typeof sdk;

/** The objects of a prefix. Each function throws a `JOURNAL_…` where it is not known what is there. */
export interface Bucket {
  readonly names: () => Promise<readonly string[]>;
  readonly get: (name: string) => Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** Under the condition that there is none, or that it is the one of this tag; without where a server has no conditions, unless they count `always`. What it is tagged by now. */
  readonly put: (name: string, text: string, etag: string | undefined, condition?: 'always') => Promise<string>;
  /** With a tag: where it is that one still. */
  readonly remove: (name: string, etag?: string) => Promise<void>;
  /** Milliseconds by which the server's clock is before ours, by its last answer. */
  readonly ahead: () => number | undefined;
  readonly close: () => void;
}

/** Many times what a blueprint and its policy come to. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Of an object that others write meanwhile. */
const ROUNDS = 4;

/**
 * A prefix of a bucket of S3, or of a server that speaks its API. Nobody but one run writes an object, and that is made sure of: a write names the tag of what
 * it replaces (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). What was written and never answered is found again by that.
 * How objects are encrypted is left to the bucket.
 */
export const openBucket = (named: string, env: Environment): Bucket => {
  const { bucket, prefix, owner, bare: stated } = objectsOf(named);
  const of = bucketAsked({ bucket, ...(owner !== undefined && { owner }) });
  let opened: Promise<{ readonly s3: Sdk; readonly client: sdk.S3Client }> | undefined;
  let close = (): void => undefined;
  let ahead: number | undefined;
  /** A server that has no conditional writes says so (501); the name of a run is nobody else's all the same. */
  let conditional = true;

  const open = async (): Promise<{ readonly s3: Sdk; readonly client: sdk.S3Client }> => {
    const config = environmentConfig(env, 'S3');
    checkEndpoint(config.endpoint);
    const s3 = await import('@aws-sdk/client-s3');
    const client = new s3.S3Client({
      ...config,
      maxAttempts: 3,
      // Where an endpoint is stated it need not have a name for each bucket.
      forcePathStyle: config.endpoint !== undefined,
      // Other servers know none of the newer checksums; the signature covers the body in any case.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    client.middlewareStack.add(
      (next) => async (request) => {
        const result = await next(request);
        const at = Date.parse(textOf(objectOf(objectOf(result.response)['headers'])['date']) ?? '');
        if (!Number.isNaN(at)) ahead = at - Date.now();
        return result;
      },
      { step: 'deserialize', name: 'authctlClock', priority: 'low' },
    );
    close = () => { client.destroy(); };
    return { s3, client };
  };

  const ask = async <Answer>(doing: string, send: (s3: Sdk, client: sdk.S3Client) => Promise<Answer>): Promise<Answer> => {
    const { s3, client } = await (opened ??= open());
    try {
      return await send(s3, client);
    } catch (thrown) {
      throw thrown instanceof Problem ? thrown : (problemOf(thrown, doing, { stated, owner }) ?? thrown);
    }
  };

  const get: Bucket['get'] = (name) =>
    ask(`read ${name} in`, async ({ GetObjectCommand }, client) => {
      try {
        const { Body, ContentLength = 0, ETag } = await client.send(new GetObjectCommand({ ...of, Key: prefix + name }));
        if (ETag === undefined || Body === undefined) throw odd(`${name} came from ${stated} without an ETag`);
        if (ContentLength > MAX_BYTES) throw odd(`${name} in ${stated} is larger than anything that is noted`);
        return { text: await Body.transformToString(), etag: ETag };
      } catch (thrown) {
        if (nameOf(thrown) === 'NoSuchKey') return undefined;
        throw thrown;
      }
    });

  const write = (name: string, text: string, etag: string | undefined): Promise<string | 'other' | 'unconditional'> =>
    ask(`write ${name} to`, async ({ PutObjectCommand }, client) => {
      try {
        const { ETag } = await client.send(
          new PutObjectCommand({ ...of, Key: prefix + name, Body: text, ContentType: 'application/json', ...(conditional && (etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag })) }),
        );
        if (ETag === undefined) throw odd(`${stated} took ${name} without an ETag`);
        return ETag;
      } catch (thrown) {
        const status = statusOf(thrown);
        if (conditional && status === 501) return 'unconditional';
        // Not what it replaces, or somebody at the same object at the same time; 404 is of one that is gone by now.
        if (status === 412 || status === 409 || (etag !== undefined && nameOf(thrown) === 'NoSuchKey')) return 'other';
        throw thrown;
      }
    });

  const put: Bucket['put'] = async (name, text, first, condition) => {
    if (condition === 'always') conditional = true;
    let etag = first;
    for (let round = 0; round < ROUNDS; round += 1) {
      const answer = await write(name, text, etag);
      if (answer === 'unconditional' && condition === 'always') throw odd(`${stated} has no conditional writes`);
      if (answer === 'unconditional') conditional = false;
      else if (answer !== 'other') return answer;
      else {
        const found = await get(name);
        if (found?.text === text) return found.etag;
        // Nothing that is not told apart by its text is written over, nor put back where somebody has taken it away.
        if (condition === 'always') break;
        // What this run wrote before, and was never told of.
        if (found !== undefined && !text.startsWith(found.text)) break;
        etag = found?.etag;
      }
    }
    throw new Problem('JOURNAL_OVERTAKEN', `${name} in ${stated} was written by somebody else, too`, { hint: 'look who writes there; it was left as it is' });
  };

  return {
    names: () =>
      ask('list', async ({ ListObjectsV2Command }, client) => {
        const names: string[] = [];
        let token: string | undefined;
        do {
          const { Name, Contents = [], IsTruncated, NextContinuationToken } = await client.send(new ListObjectsV2Command({ ...of, Prefix: prefix, Delimiter: '/', ContinuationToken: token }));
          // Whatever is no list is not one of nothing.
          if (Name !== bucket) throw odd(`what came as the list of ${stated} is none of this bucket`);
          names.push(...Contents.flatMap(({ Key }) => (Key?.startsWith(prefix) === true && Key.length > prefix.length ? [Key.slice(prefix.length)] : [])));
          if (IsTruncated === true && (NextContinuationToken === undefined || NextContinuationToken === token)) throw odd(`the list of ${stated} has no end`);
          token = IsTruncated === true ? NextContinuationToken : undefined;
        } while (token !== undefined);
        return names;
      }),
    get,
    put,
    remove: (name, etag) =>
      ask(`delete ${name} in`, async ({ DeleteObjectCommand }, client) => {
        try {
          await client.send(new DeleteObjectCommand({ ...of, Key: prefix + name, ...(etag !== undefined && { IfMatch: etag }) }));
        } catch (thrown) {
          // Another one came in its place, or it is gone.
          if (etag === undefined || !(statusOf(thrown) === 412 || nameOf(thrown) === 'NoSuchKey')) throw thrown;
        }
      }),
    ahead: () => ahead,
    close: () => { close(); },
  };
};

/** A bucket, how the keys in it begin, and whose account it has to be of; `bare` as it is told. */
export const objectsOf = (stated: string): { readonly bucket: string; readonly prefix: string; readonly owner?: string; readonly bare: string } => {
  const place = bucketPlace(stated);
  if (!place) throw new Problem('JOURNAL_PLACE', 'AUTHCTL_JOURNAL is no bucket', { expected: 's3://bucket/prefix, or s3://bucket/prefix?owner=123456789012 with the account that the bucket must be of', hint: 'a directory is named by AUTHCTL_STATE_DIR' });
  const { bucket, owner } = place;
  const bare = place.prefix.replace(/^\/+|\/+$/g, '');
  return { bucket, prefix: bare === '' ? '' : `${bare}/`, ...(owner !== undefined && { owner }), bare: `s3://${bucket}${bare === '' ? '' : `/${bare}`}` };
};

/** A rollback goes by what it reads there. */
const checkEndpoint = (endpoint: string | undefined): void => {
  if (endpoint === undefined) return;
  const wrong = (what: string): Problem => new Problem('JOURNAL_PLACE', `the endpoint of S3 (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL) ${what}`, { expected: 'an https URL' });
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) throw wrong('is no http or https URL');
  const url = new URL(endpoint);
  if (url.protocol === 'http:' && !isLoopback(url)) throw wrong('is plain http to another machine: what is noted could be read and changed on the way');
};

const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : '');
const odd = (message: string): Problem => new Problem('JOURNAL_ANSWER', message, { hint: 'is it S3, or a server that speaks its API, and no proxy in between?' });

const LOGIN = /Credential|Token|Signature|AccessKey|AccessDenied|Forbidden|NotSignedUp|AccountProblem/;

/**
 * What the SDK threw, as a problem; nothing of a bug. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const problemOf = (thrown: unknown, doing: string, { stated, owner }: { readonly stated: string; readonly owner: string | undefined }): Problem | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const { name, message } = thrown;
  const status = statusOf(thrown);
  const words = `cannot ${doing} ${stated}`;
  if (/Region is missing/i.test(message)) return new Problem('JOURNAL_PLACE', `${words}: no region is stated`, { hint: 'export AWS_REGION=eu-central-1: that of the bucket' });
  if (name === 'NoSuchBucket') return new Problem('JOURNAL_NO_BUCKET', `${words}: the bucket is not there`, { hint: 'mend AUTHCTL_JOURNAL, or make the bucket' });
  if (status === 301 || status === 307 || name === 'AuthorizationHeaderMalformed' || name === 'IllegalLocationConstraintException')
    return new Problem('JOURNAL_PLACE', `${words}: the bucket is of another region (${name})`, { hint: 'export AWS_REGION with that of the bucket' });
  if (status === 401 || status === 403 || (LOGIN.test(name) && (status === undefined || status < 500)))
    return new Problem('JOURNAL_FORBIDDEN', status === undefined ? `${words}: there are no credentials (${name})` : `S3 does not let this login ${doing} ${stated}: ${name}`, {
      hint: `${ownerHint(owner)}check the credentials (aws sts get-caller-identity), and give them what "authctl permissions" prints while AUTHCTL_JOURNAL is set`,
    });
  if (status !== undefined && (status >= 500 || status === 429)) return away(`${words}: ${name} (${status})`);
  if (errnoOf(thrown) !== undefined || /Timeout|Abort|Network/.test(name)) return away(`${words}: ${reason(thrown)}`);
  // What is no XML has an answer all the same.
  if (status !== undefined || '$response' in thrown) return odd(`${words}: ${status === undefined || status < 400 ? 'what came is no answer of S3' : `${name} (${status})`}`);
  return undefined;
};

const away = (message: string): Problem =>
  new Problem('JOURNAL_UNREACHABLE', message, { nature: 'unreachable', hint: 'try again when S3 answers; without AUTHCTL_JOURNAL runs are noted on this machine, and what others did is not known' });
