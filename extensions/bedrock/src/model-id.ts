/** Prefixes of the inference profiles that Bedrock keeps: the part of the world that a request may be answered in. */
const profilePrefix = /^(global|us-gov|us|eu|apac|jp|au|ca|in|sa|me|af|ap)\.(?=[a-z0-9-]+\.)/;

export interface ModelName {
  /** As the model is called everywhere: `anthropic.claude-opus-5-5`. */
  readonly base: string;
  /** The inference profile in front of it. */
  readonly profile?: string;
  /** False for an ARN that says nothing of the model: of an application's profile, of bought throughput, of an imported model. */
  readonly isTelling: boolean;
}

/** What an id says of its model: a foundation model's, an inference profile's, or the ARN of one. */
export function modelName(id: string): ModelName {
  const arn = /^arn:[\w-]+:bedrock:[^:]*:[^:]*:([\w-]+)\/(.+)$/s.exec(id);
  const isTelling = arn === null || arn[1] === "foundation-model" || arn[1] === "inference-profile";
  const name = arn?.[2] ?? id;
  const profile = isTelling ? profilePrefix.exec(name)?.[1] : undefined;
  return { base: profile === undefined ? name : name.slice(profile.length + 1), isTelling, ...(profile === undefined ? {} : { profile }) };
}

/** The inference profiles near a region, the nearest first. */
export function profilesNear(region: string): readonly string[] {
  const near: readonly (readonly [pattern: RegExp, ...profiles: readonly string[]])[] = [
    [/^us-gov-/, "us-gov"],
    [/^us-/, "us"],
    [/^ca-/, "ca", "us"],
    [/^eu-/, "eu"],
    [/^ap-northeast-[13]/, "jp", "apac"],
    [/^ap-southeast-[24]/, "au", "apac"],
    [/^ap-south-/, "in", "apac"],
    [/^ap-/, "apac"],
  ];
  const [, ...profiles] = near.find(([pattern]) => pattern.test(region)) ?? [/./];
  return region.startsWith("us-gov-") ? profiles : [...profiles, "global"];
}

/**
 * The id that is sent. An inference profile is put in front of a plain id, where the model is known to have that profile; what
 * names its profile already, and every ARN, stays as it is.
 */
export function sentId(id: string, wanted: string, region: string, has: readonly string[]): string {
  if (wanted === "none" || id.startsWith("arn:") || modelName(id).profile !== undefined) return id;
  const profile = (wanted === "auto" ? profilesNear(region) : [wanted]).find((each) => has.includes(each));
  return profile === undefined ? id : `${profile}.${id}`;
}
