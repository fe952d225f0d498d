/** A Lambda function by its ARN. */
export interface LambdaFunction {
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  /** An alias or a version. */
  readonly qualifier?: string;
}

const FUNCTION = /^(?:arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/)?(arn:(aws[a-z-]*):lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]+)(?::([A-Za-z0-9$_-]+))?)(?:\/invocations)?$/;

/** The function that an upstream or the address of an integration names, by its own ARN or by the one it is invoked at; `undefined` for a URL. */
export const functionOf = (place: string): LambdaFunction | undefined => {
  const [, arn, partition = '', region = '', account = '', name = '', qualifier] = FUNCTION.exec(place) ?? [];
  return arn === undefined ? undefined : { arn, partition, region, account, name, ...(qualifier !== undefined && { qualifier }) };
};

export const isFunction = (place: string): boolean => functionOf(place) !== undefined;

/** The function whatever its version: an alias leads to the same code as another one, sooner or later. */
export const unqualified = ({ partition, region, account, name }: LambdaFunction): string => `arn:${partition}:lambda:${region}:${account}:function:${name}`;
