import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { ArgumentError } from "./argument-error.ts";
import { staticToken, type Authentication } from "./authentication.ts";
import { checkEndpoint } from "./check-arguments.ts";
import { iamPassword } from "./iam-password.ts";
import { signature, type SignatureOptions } from "./signature.ts";
import type { Transport } from "./transport.ts";

export interface DefaultCredentialsOptions {
  /** Takes precedence over all other credentials. */
  readonly explicit?: Authentication | undefined;
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Carries the requests for tokens by password; default: the global `fetch`. */
  readonly fetch?: Transport | undefined;
}

export interface FoundCredentials {
  readonly auth: Authentication;
  /** Where they were found, for messages: the name of the variable, or the file. Contains no secret. */
  readonly source: string;
  /** Their owner, for messages and to distinguish accounts. Contains no secret; undefined for a token, which names none. */
  readonly identity: CredentialsIdentity | undefined;
}

/** A user that signs in with a password, or an access key by its id. */
export type CredentialsIdentity = { readonly user: string; readonly domain: string } | { readonly accessKey: string };

const IAM_ENDPOINT = "https://iam.myhuaweicloud.com";

/**
 * Finds credentials. The first of these that exists is used: `explicit`; a token in `CASELINK_TOKEN`; a user in
 * `CASELINK_IAM_USER`, `CASELINK_IAM_PASSWORD`, `CASELINK_IAM_DOMAIN` (optional: `CASELINK_IAM_ENDPOINT`,
 * `CASELINK_IAM_PROJECT_ID`); an access key in `HUAWEICLOUD_SDK_AK` and `HUAWEICLOUD_SDK_SK` (optional:
 * `HUAWEICLOUD_SDK_SECURITY_TOKEN`, `HUAWEICLOUD_SDK_DOMAIN_ID`); the file in `HUAWEICLOUD_SDK_CREDENTIALS_FILE`, else
 * `~/.huaweicloud/credentials`, in the format of the official SDKs:
 *
 * ```ini
 * [global]
 * ak = access key
 * sk = secret key
 * ```
 * @throws ArgumentError if there are none, or if they are incomplete. The message never contains a value.
 */
export function defaultCredentials(options: DefaultCredentialsOptions = {}): FoundCredentials {
  const { explicit, environment = process.env, fetch } = options;
  if (explicit !== undefined) return { auth: explicit, source: "given explicitly", identity: undefined };
  return fromEnvironment(environment, fetch) ?? fromFile(environment);
}

function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  fetch: Transport | undefined,
): FoundCredentials | undefined {
  const needed = (name: string): string => {
    const value = env[name];
    if (!value) throw new ArgumentError(name, `The credentials in the environment are incomplete: ${name} is not set.`);
    return value;
  };
  if (env["CASELINK_TOKEN"])
    return { auth: staticToken(env["CASELINK_TOKEN"]), source: "CASELINK_TOKEN", identity: undefined };
  if (env["CASELINK_IAM_USER"] || env["CASELINK_IAM_PASSWORD"]) {
    const user = needed("CASELINK_IAM_USER");
    const password = needed("CASELINK_IAM_PASSWORD");
    const domain = needed("CASELINK_IAM_DOMAIN");
    const auth = iamPassword({
      iamEndpoint: checkEndpoint("CASELINK_IAM_ENDPOINT", env["CASELINK_IAM_ENDPOINT"] || IAM_ENDPOINT),
      user,
      password,
      domain,
      projectId: env["CASELINK_IAM_PROJECT_ID"] || undefined,
      ...(fetch && { fetch }),
    });
    return { auth, source: "CASELINK_IAM_USER", identity: { user, domain } };
  }
  if (!env["HUAWEICLOUD_SDK_AK"] && !env["HUAWEICLOUD_SDK_SK"]) return undefined;
  const accessKey = needed("HUAWEICLOUD_SDK_AK");
  const auth = signature({
    accessKey,
    secretKey: needed("HUAWEICLOUD_SDK_SK"),
    securityToken: env["HUAWEICLOUD_SDK_SECURITY_TOKEN"] || undefined,
    domainId: env["HUAWEICLOUD_SDK_DOMAIN_ID"] || undefined,
  });
  return { auth, source: "HUAWEICLOUD_SDK_AK", identity: { accessKey } };
}

/** Sections of the file, preferred first: this API belongs to a global service. */
const SECTIONS = ["global", "basic", "default"];

function fromFile(env: Readonly<Record<string, string | undefined>>): FoundCredentials {
  const named = env["HUAWEICLOUD_SDK_CREDENTIALS_FILE"];
  const file = named || path.join(homedir(), ".huaweicloud", "credentials");
  const sections = parseProfile(read(file));
  for (const name of SECTIONS) {
    const { ak, sk, security_token: securityToken, domain_id: domainId } = sections[name] ?? {};
    if (!ak && !sk) continue;
    if (!ak || !sk) throw new ArgumentError("credentials", `${file}: section [${name}] has no ${ak ? "sk" : "ak"}.`);
    const options: SignatureOptions = { accessKey: ak, secretKey: sk, securityToken, domainId };
    return { auth: signature(options), source: file, identity: { accessKey: ak } };
  }
  throw new ArgumentError("credentials", `${file}: none of its sections [${SECTIONS.join("], [")}] has ak and sk.`);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw new ArgumentError(
      "credentials",
      code === "ENOENT"
        ? `No credentials: set CASELINK_TOKEN, or CASELINK_IAM_USER, CASELINK_IAM_PASSWORD and CASELINK_IAM_DOMAIN, or HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or write ${file}.`
        : `Cannot read ${file} (${code}).`,
    );
  }
}

/** `[section]`, `name = value`; comments start with # or ;. */
function parseProfile(text: string): Record<string, Record<string, string>> {
  // Without a prototype: a file may name a section `__proto__`.
  const sections = Object.create(null) as Record<string, Record<string, string>>;
  let section = (sections["default"] = {}) as Record<string, string>;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
    const [, name, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (heading !== undefined) section = sections[heading.trim().toLowerCase()] ??= {};
    else if (name !== undefined && value) section[name.toLowerCase()] = value;
  }
  return sections;
}
