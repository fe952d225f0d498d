/** A place in S3 as it is stated. */
interface BucketPlace {
  readonly bucket: string;
  /** As it is stated, with whatever slashes. */
  readonly prefix: string;
  /** The account that the bucket has to be of. */
  readonly owner?: string;
}

/** `s3://bucket/prefix?owner=123456789012` in its parts, or `undefined`. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const bucketPlace = (stated: string): BucketPlace | undefined => {
  const { bucket, prefix = '', owner } = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(?<prefix>[^?#]*))?(?:\?owner=(?<owner>\d{12}))?$/.exec(stated)?.groups ?? {};
  return bucket === undefined ? undefined : { bucket, prefix, ...(owner !== undefined && { owner }) };
};

/**
 * What each request to it says. A bucket of this name that is somebody else's by now is refused by S3 itself
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html).
 */
export const bucketAsked = ({ bucket, owner }: Pick<BucketPlace, 'bucket' | 'owner'>): { readonly Bucket: string; readonly ExpectedBucketOwner?: string } => ({
  Bucket: bucket,
  ...(owner !== undefined && { ExpectedBucketOwner: owner }),
});

/** The first words of a hint where S3 refuses. */
export const ownerHint = (owner: string | undefined): string => (owner === undefined ? '' : `is the bucket one of the account ${owner}? `);
